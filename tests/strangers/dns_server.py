# A small authoritative name server: UDP here, and a thread for each TCP client. It never compresses names.
import random
import socket
import struct
import sys
import threading

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "AAAA": 28}
EXAMPLE = """
example.test 3600 SOA ns.example.test admin.example.test 1 3600 600 86400 60
example.test 3600 NS ns.example.test
ns.example.test 3600 A 127.0.0.1
www.example.test 300 A 192.0.2.1
www.example.test 300 A 192.0.2.2
www.example.test 300 AAAA 2001:db8::1
web.example.test 300 CNAME www.example.test
far.example.test 300 NS ns.far.example.test
ns.far.example.test 300 A 192.0.2.53
2.0.192.in-addr.arpa 3600 SOA ns.example.test admin.example.test 1 3600 600 86400 60
1.2.0.192.in-addr.arpa 300 PTR www.example.test
"""
zone = {}  # a name, as a tuple of labels: its records, as (type, TTL, data)


def labels_of(text):
    return tuple(label.lower().encode() for label in text.split(".") if label)


def wire(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read_zone(text):
    for line in text.splitlines():
        name, ttl, kind, *data = line.split(";")[0].split() or [None] * 3
        if name is None:
            continue
        if kind in ("A", "AAAA"):
            packed = socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, data[0])
        else:
            packed = b"".join(wire(labels_of(word)) for word in data[:2])
            packed += b"".join(struct.pack("!I", int(word)) for word in data[2:])
        zone.setdefault(labels_of(name), []).append((TYPES[kind], int(ttl), packed))


def records(name, *kinds):
    return [(name, *record) for record in zone.get(name, []) if record[0] in kinds or 255 in kinds]


def names_above(name):
    return [name[i:] for i in range(len(name) + 1)]


def look_up(name, kind):
    """RCODE, AA, answers, authorities, additionals."""
    answers = []
    while True:
        origin = next((above for above in names_above(name) if records(above, 6)), None)
        if origin is None:
            return (0, True, answers, [], []) if answers else (5, False, [], [], [])
        cuts = [above for above in names_above(name) if len(above) > len(origin) and records(above, 2)]
        if cuts:
            servers = records(cuts[-1], 2)
            glue = [one for server in zone if server[-len(cuts[-1]):] == cuts[-1] for one in records(server, 1, 28)]
            return 0, bool(answers), answers, servers, glue
        if found := records(name, kind):
            random.shuffle(found)  # so that clients share the load
            return 0, True, answers + found, [], []
        alias = records(name, 5)
        if not alias or alias[0] in answers:
            break
        answers += alias
        name = labels_of_wire(alias[0][3], 0)[0]
    exists = any(one[-len(name):] == name for one in zone)
    soa, _, _, data = records(origin, 6)[0]
    minimum = struct.unpack("!I", data[-4:])[0]
    ttl = min(records(origin, 6)[0][2], minimum)
    return 0 if exists else 3, True, answers, [(soa, 6, ttl, data)], []


def labels_of_wire(message, at):
    start, labels = at, []
    while message[at]:
        if message[at] > 63:
            raise ValueError("a pointer has no place in a question")
        labels.append(message[at + 1:at + 1 + message[at]].lower())
        at += 1 + message[at]
    if at + 1 - start > 255:
        raise ValueError("a name has 255 bytes at most")
    return tuple(labels), at + 1


def answer_to(query):
    """The reply, and the same without its records."""
    number, flags, questions = struct.unpack_from("!3H", query)

    def reply(code, authoritative=False, question=b"", answers=(), authorities=(), additionals=()):
        bits = 0x8000 | flags & 0x7900 | authoritative << 10 | code  # the opcode and RD come back
        counts = bool(question), len(answers), len(authorities), len(additionals)
        data = [wire(name) + struct.pack("!HHIH", kind, 1, ttl, len(rest)) + rest
                for section in (answers, authorities, additionals) for name, kind, ttl, rest in section]
        cut = struct.pack("!6H", number, bits | 0x0200, 1, 0, 0, 0) + question
        return struct.pack("!6H", number, bits, *counts) + question + b"".join(data), cut

    if flags & 0x7800:
        return reply(4)
    try:
        name, at = labels_of_wire(query, 12)
        kind, group = struct.unpack_from("!HH", query, at)
        if questions != 1:
            raise ValueError("one question is wanted")
    except (ValueError, IndexError, struct.error):
        return reply(1)
    question = query[12:at + 4]
    if kind == 41 or 128 <= kind <= 254:
        return reply(4, False, question)
    if group != 1:
        return reply(5, False, question)
    code, authoritative, *sections = look_up(name, kind)
    return reply(code, authoritative, question, *sections)


def serve_tcp(client):
    with client, client.makefile("rb") as stream:
        client.settimeout(5)
        try:
            while len(size := stream.read(2)) == 2:
                query = stream.read(struct.unpack("!H", size)[0])
                if len(query) < 12 or query[2] & 0x80 or len(query) < struct.unpack("!H", size)[0]:
                    return
                message, _ = answer_to(query)
                client.sendall(struct.pack("!H", len(message)) + message)
        except OSError:
            pass


def accept(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve_tcp, args=(client,), daemon=True).start()


port = int(sys.argv[1]) if len(sys.argv) > 1 else 9190
address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
read_zone(open(sys.argv[3]).read() if len(sys.argv) > 3 else EXAMPLE)
listener = socket.create_server((address, port))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind((address, port))
threading.Thread(target=accept, args=(listener,), daemon=True).start()
while True:
    query, client = datagrams.recvfrom(65535)
    if len(query) >= 12 and not query[2] & 0x80:
        message, cut = answer_to(query)
        datagrams.sendto(message if len(message) <= 512 else cut, client)
