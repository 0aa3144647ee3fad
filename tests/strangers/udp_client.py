# An echo client over UDP: a datagram for each piece of its input.
import socket
import sys

server = (sys.argv[1], int(sys.argv[2]))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(2)
    while data := sys.stdin.buffer.raw.read(4096):
        client.sendto(data, server)
        sender = None
        while sender != server:
            answer, sender = client.recvfrom(65535)
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
