# A ping: an echo request each time, and whoever answers it.
import os
import socket
import struct
import sys
import time

host = socket.gethostbyname(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1")
count = int(sys.argv[2]) if len(sys.argv) > 2 else 3
ttl = int(sys.argv[3]) if len(sys.argv) > 3 else 64
identifier = os.getpid() & 0xFFFF


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def answer(packet, sequence):
    """What the packet says about our request, and whether it is the reply."""
    ip_header = (packet[0] & 15) * 4
    sender = socket.inet_ntoa(packet[12:16])
    icmp = packet[ip_header:]
    if len(icmp) < 8:
        return None, False
    kind = icmp[0]
    if kind == 0 and struct.unpack("!HH", icmp[4:8]) == (identifier, sequence):
        return f"reply from {sender}: time to live {packet[8]}", True
    if kind in (3, 11) and len(icmp) >= 8 + 28:
        quoted = icmp[8:]
        echo = quoted[(quoted[0] & 15) * 4:]
        if quoted[9] == 1 and echo[0] == 8 and struct.unpack("!HH", echo[4:8]) == (identifier, sequence):
            return f"{'time exceeded' if kind == 11 else 'destination unreachable'}, says {sender}", False
    return None, False


replies = 0
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    for sequence in range(1, count + 1):
        data = b"0123456789abcdef"
        head = struct.pack("!BBHHH", 8, 0, 0, identifier, sequence)
        head = struct.pack("!BBHHH", 8, 0, checksum(head + data), identifier, sequence)
        start = time.monotonic()
        sock.sendto(head + data, (host, 0))
        text = None
        while text is None and (left := start + 1 - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                text, is_reply = answer(sock.recv(65535), sequence)
            except socket.timeout:
                break
        if text is None:
            print(f"sequence {sequence}: no answer", flush=True)
        else:
            print(f"sequence {sequence}: {text}, {int((time.monotonic() - start) * 1e6)} us", flush=True)
            replies += is_reply
print(f"{replies} of {count} answered")
sys.exit(0 if replies else 1)
