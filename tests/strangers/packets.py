# A packet server: it hangs up on a client whose packet is too long or breaks off.
import socket
import struct
import sys


def receive(client, count):
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        client, _ = listener.accept()
        with client:
            try:
                while True:
                    (length,) = struct.unpack("!I", receive(client, 4))
                    if length > 65536:
                        break
                    client.sendall(struct.pack("!I", length) + receive(client, length))
            except (EOFError, OSError):
                pass
