# A file client: the file appears when it is complete, and the server gets a line of its own.
import os
import socket
import struct
import sys

host, port, name = sys.argv[1:]
with socket.create_connection((host, int(port))) as server, server.makefile("rb") as stream:
    (size,) = struct.unpack("!Q", stream.read(8))
    data = stream.read()
    if len(data) != size:
        sys.exit(f"{len(data)} of {size} bytes")
    with open(f"{name}.new", "wb") as file:
        file.write(data)
    os.rename(f"{name}.new", name)
    server.sendall(b"merci\n")
