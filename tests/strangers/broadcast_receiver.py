# Prints what is sent to a broadcast address.
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 9190
address = sys.argv[2] if len(sys.argv) > 2 else "127.255.255.255"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    while True:
        data, (host, port) = sock.recvfrom(65535)
        print(f"from {host}:{port}: {data.decode(errors='replace')}", flush=True)
