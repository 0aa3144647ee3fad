# A line server on a well-known library: one client after another, each line as soon as it is complete.
import socketserver
import sys


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            for line in self.rfile:
                self.wfile.write(line)
        except OSError:
            pass


socketserver.TCPServer.allow_reuse_address = True
with socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Lines) as server:
    server.serve_forever()
