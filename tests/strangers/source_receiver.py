# Joins a group, for one source if there is one, and prints what comes.
import argparse
import socket
import struct

parser = argparse.ArgumentParser()
parser.add_argument("port", nargs="?", type=int, default=9190)
parser.add_argument("group", nargs="?", default="232.1.1.1")
parser.add_argument("source", nargs="?")
parser.add_argument("--interface", default="lo")
options = parser.parse_args()
MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP = 42, 46

family = socket.AF_INET6 if ":" in options.group else socket.AF_INET
level = socket.IPPROTO_IPV6 if family == socket.AF_INET6 else socket.IPPROTO_IP


def storage(address):
    """A sockaddr_storage: the family, then the port, which does not matter, and for IPv6 the flow."""
    before = 2 if family == socket.AF_INET else 6
    return (struct.pack("@H", family) + bytes(before) + socket.inet_pton(family, address)).ljust(128, b"\0")


with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((options.group, options.port))
    request = struct.pack("@I4x", socket.if_nametoindex(options.interface)) + storage(options.group)
    if options.source:
        sock.setsockopt(level, MCAST_JOIN_SOURCE_GROUP, request + storage(options.source))
    else:
        sock.setsockopt(level, MCAST_JOIN_GROUP, request)
    while True:
        data, (host, port, *_) = sock.recvfrom(65535)
        print(f"from {f'[{host}]' if ':' in host else host}:{port}: {data.decode(errors='replace')}", flush=True)
