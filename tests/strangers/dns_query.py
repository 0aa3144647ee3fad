# Asks a name server the questions of its input, and shows all records of the answers.
import ipaddress
import random
import socket
import struct
import sys
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "AAAA": 28}
RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]


def read_name(message, at):
    labels, end, limit = [], None, at
    while message[at]:
        if message[at] < 64:
            labels.append(message[at + 1:at + 1 + message[at]].decode())
            at += 1 + message[at]
        else:
            target = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            end = end or at + 2
            if target >= limit:
                raise ValueError("a pointer that does not lead back")
            at = limit = target
    return ".".join(labels) or ".", end or at + 1


def data_text(message, at, size, kind):
    if kind == 1:
        return socket.inet_ntop(socket.AF_INET, message[at:at + size])
    if kind == 28:
        return socket.inet_ntop(socket.AF_INET6, message[at:at + size])
    if kind in (2, 5, 12):
        return read_name(message, at)[0]
    if kind == 6:
        server, at = read_name(message, at)
        admin, at = read_name(message, at)
        return " ".join(map(str, (server, admin, *struct.unpack_from("!5I", message, at))))
    return message[at:at + size].hex()


def records(message):
    """The lines for the records after the one question."""
    at = read_name(message, 12)[1] + 4
    for section, count in zip(("answer", "authority", "additional"), struct.unpack_from("!3H", message, 6)):
        for _ in range(count):
            name, at = read_name(message, at)
            kind, _, ttl, size = struct.unpack_from("!HHIH", message, at)
            at += 10
            if at + size > len(message):
                raise ValueError("a record that is longer than its message")
            text = next((text for text, number in TYPES.items() if number == kind), f"TYPE{kind}")
            yield f"  {section} {name} {ttl} {text} {data_text(message, at, size, kind)}"
            at += size


def is_answer(message, query):
    if len(message) < len(query) or message[:2] != query[:2] or not message[2] & 0x80:
        return False
    if message[12:len(query)].lower() != query[12:].lower():
        return False
    try:
        return bool(message[2] & 2) or list(records(message)) is not None
    except (ValueError, IndexError, struct.error, OSError):
        return False


def by_udp(server, query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(3):
            sock.sendto(query, server)
            end = time.monotonic() + 1
            while (left := end - time.monotonic()) > 0:
                sock.settimeout(left)
                try:
                    message, sender = sock.recvfrom(65535)
                except socket.timeout:
                    break
                if sender == server and is_answer(message, query):
                    return message
    sys.exit("no answer")


def by_tcp(server, query):
    with socket.create_connection(server, timeout=3) as sock, sock.makefile("rb") as stream:
        sock.sendall(struct.pack("!H", len(query)) + query)
        message = stream.read(struct.unpack("!H", stream.read(2))[0])
    return message if is_answer(message, query) else sys.exit("no answer by TCP")


server = (socket.gethostbyname(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 9190)
for line in sys.stdin:
    name, kind = (line.split() + ["A"])[:2]
    kind = kind.upper()
    if kind == "PTR" and (":" in name or name.replace(".", "").isdigit()):
        name = ipaddress.ip_address(name).reverse_pointer
    labels = [label.encode() for label in name.split(".") if label]
    question = b"".join(bytes([len(label)]) + label for label in labels) + struct.pack("!BHH", 0, TYPES[kind], 1)
    query = struct.pack("!6H", random.randrange(65536), 0x0100, 1, 0, 0, 0) + question
    way, message = "UDP", by_udp(server, query)
    if message[2] & 2:
        way, message = "TCP", by_tcp(server, query)
    authoritative = ", authoritative" if message[2] & 4 else ""
    print(f"{name} {kind}? {RCODES[message[3] & 15]}{authoritative}, {len(message)} bytes by {way}")
    for text in records(message):
        print(text)
