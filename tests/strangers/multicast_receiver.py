# Joins multicast groups, and prints what is sent to them.
import argparse
import socket

parser = argparse.ArgumentParser()
parser.add_argument("port", nargs="?", type=int, default=9190)
parser.add_argument("groups", nargs="*", default=["239.1.1.1"])
parser.add_argument("--interface", default="127.0.0.1")
options = parser.parse_args()

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((options.groups[0] if len(options.groups) == 1 else "", options.port))
    for group in options.groups:
        membership = socket.inet_aton(group) + socket.inet_aton(options.interface)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        print(f"joined {group} on {options.interface}", flush=True)
    while True:
        data, (host, port) = sock.recvfrom(65535)
        print(f"from {host}:{port}: {data.decode(errors='replace')}", flush=True)
