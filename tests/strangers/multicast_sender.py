# Sends each line of its input to a multicast group.
import argparse
import socket
import sys

parser = argparse.ArgumentParser()
parser.add_argument("group", nargs="?", default="239.1.1.1")
parser.add_argument("port", nargs="?", type=int, default=9190)
parser.add_argument("--interface", default="127.0.0.1")
parser.add_argument("--ttl", type=int, default=1)
parser.add_argument("--loop", type=int, default=1)
options = parser.parse_args()

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(options.interface))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, options.ttl)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, options.loop)
    for line in sys.stdin:
        sock.sendto(line.rstrip("\n").encode(), (options.group, options.port))
