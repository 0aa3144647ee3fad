# A process for each client: socketserver again.
import contextlib
import socketserver
import sys
import time


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.socket.close()  # a child needs no listener; the library leaves it open
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(4096):
                self.request.sendall(data)


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128
    max_children = 2000

    def get_request(self):
        try:
            return super().get_request()
        except OSError:  # perhaps no descriptor is free
            time.sleep(0.05)
            raise


with Server(("127.0.0.1", int(sys.argv[1])), Echo) as server:
    server.serve_forever()
