# A packet client that sends header and text at once.
import socket
import struct
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as server, server.makefile("rb") as answers:
    for line in sys.stdin.buffer:
        text = line.rstrip(b"\n")
        server.sendall(struct.pack("!I", len(text)) + text)
        (length,) = struct.unpack("!I", answers.read(4))
        print(answers.read(length).decode(), flush=True)
