# Sends its input line by line to a group, and shows what the members say at the end.
import socket
import sys
import time

arguments = sys.argv[1:] + ["239.1.1.1", "9190", "127.0.0.1", "1"][len(sys.argv) - 1:]
group = (arguments[0], int(arguments[1]))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(arguments[2]))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, int(arguments[3]))
    count = 0
    for count, line in enumerate(sys.stdin, 1):
        sock.sendto(f"line {count} ".encode() + line.rstrip("\n").encode(), group)
    print(f"sent {count} lines")
    said = {}
    for _ in range(3):
        sock.sendto(f"end {count}".encode(), group)
        end = time.monotonic() + 0.3
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                answer, member = sock.recvfrom(2048)
            except socket.timeout:
                break
            said[member] = answer.decode(errors="replace")
    for (host, port), answer in said.items():
        print(f"{host}:{port} {answer}")
    if not said:
        print("no answer")
