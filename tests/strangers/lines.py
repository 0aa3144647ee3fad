# A line server on a well-known library: one client after another, each line as soon as it is complete, none longer than 1 kB.
import socketserver
import sys


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while line := self.rfile.readline(1025):
                if len(line) > 1024:
                    break
                self.wfile.write(line)
        except OSError:
            pass


socketserver.TCPServer.allow_reuse_address = True
with socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Lines) as server:
    server.serve_forever()
