# An echo client: sends a piece of its input, and waits until all of it is back.
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as server:
    while data := sys.stdin.buffer.raw.read(4096):
        server.sendall(data)
        missing = len(data)
        while missing:
            back = server.recv(missing)
            if not back:
                sys.exit("the server closed early")
            sys.stdout.buffer.write(back)
            sys.stdout.buffer.flush()
            missing -= len(back)
    server.shutdown(socket.SHUT_WR)
    server.recv(1)
