# One client after another, with blocking calls.
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        client, _ = listener.accept()
        with client:
            try:
                while data := client.recv(4096):
                    client.sendall(data)
            except ConnectionError as error:
                print(error, file=sys.stderr)
