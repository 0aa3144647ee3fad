# A process for each client: socketserver again.
import contextlib
import socketserver
import sys


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(4096):
                self.request.sendall(data)


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128
    max_children = 2000


with Server(("127.0.0.1", int(sys.argv[1])), Echo) as server:
    server.serve_forever()
