# A file server in the words of the standard library.
import pathlib
import socket
import struct
import sys

port, _, name = sys.argv[1:]
with socket.create_server(("127.0.0.1", int(port))) as listener:
    while True:
        client, _ = listener.accept()
        with client:
            try:
                data = pathlib.Path(name).read_bytes()
                client.sendall(struct.pack("!Q", len(data)) + data)
                client.shutdown(socket.SHUT_WR)
                while client.recv(4096):
                    pass
            except OSError:
                pass
