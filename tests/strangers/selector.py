# One thread, and selectors. A client that does not read gets a full buffer at most.
import selectors
import socket
import sys

LIMIT = 65536
selector = selectors.DefaultSelector()


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.waiting = bytearray()
        self.finished = False
        self.watched = selectors.EVENT_READ
        connection.setblocking(False)
        selector.register(connection, self.watched, self)

    def ready(self, events):
        try:
            if events & selectors.EVENT_READ:
                data = self.connection.recv(4096)
                self.waiting += data
                self.finished = not data
            if self.waiting:
                del self.waiting[:self.connection.send(self.waiting)]
        except BlockingIOError:
            pass
        except OSError:
            return self.close()
        if self.finished and not self.waiting:
            return self.close()
        wanted = selectors.EVENT_WRITE if self.waiting else 0
        if not self.finished and len(self.waiting) < LIMIT:
            wanted |= selectors.EVENT_READ
        if wanted != self.watched:
            self.watched = wanted
            selector.modify(self.connection, wanted, self)

    def close(self):
        selector.unregister(self.connection)
        self.connection.close()


class Listener:
    def __init__(self, port):
        self.socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.socket.setblocking(False)
        self.resting = False
        selector.register(self.socket, selectors.EVENT_READ, self)

    def ready(self, _):
        try:
            Client(self.socket.accept()[0])
        except (BlockingIOError, ConnectionError):
            pass
        except OSError:  # no descriptor is free
            selector.unregister(self.socket)
            self.resting = True

    def wake(self):
        if self.resting:
            self.resting = False
            selector.register(self.socket, selectors.EVENT_READ, self)


listener = Listener(int(sys.argv[1]))
while True:
    events = selector.select(0.2 if listener.resting else None)
    for key, ready in events:
        key.data.ready(ready)
    if not events:
        listener.wake()
