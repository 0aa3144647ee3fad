# One client after another, with blocking calls.
import socket
import sys
import time


def accept(listener):
    while True:
        try:
            return listener.accept()[0]
        except OSError as error:
            print(error, file=sys.stderr)
            time.sleep(0.05)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        with accept(listener) as client:
            try:
                while data := client.recv(4096):
                    client.sendall(data)
            except OSError as error:
                print(error, file=sys.stderr)
