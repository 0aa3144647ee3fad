# Puts a frame together from words: frame_build PROTOCOL [FIELD=VALUE]... [--explain] [--send=INTERFACE]
import re
import socket
import struct
import sys

ETHERNET = "destination_mac 48 source_mac 48 ether_type 16"
ARP = ("hardware_type 16 protocol_type 16 hardware_length 8 protocol_length 8 operation 16 "
       "sender_mac 48 sender_ip 32 target_mac 48 target_ip 32")
IPV4 = ("version 4 header_length 4 type_of_service 8 total_length 16 identification 16 ip_flags 3 fragment_offset 13 "
        "time_to_live 8 protocol 8 header_checksum 16 source_ip 32 destination_ip 32")
TRANSPORT = {
    "icmp": "type 8 code 8 checksum 16 identifier 16 sequence 16",
    "udp": "source_port 16 destination_port 16 length 16 checksum 16",
    "tcp": "source_port 16 destination_port 16 sequence_number 32 acknowledgement_number 32 tcp_header_length 4 "
           "reserved 4 flags 8 window 16 checksum 16 urgent_pointer 16",
}
NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}
FLAGS = {"flags": "FIN SYN RST PSH ACK URG ECE CWR", "ip_flags": "MF DF reserved"}
DEFAULTS = {"hardware_type": 1, "protocol_type": 0x0800, "hardware_length": 6, "protocol_length": 4, "version": 4,
            "time_to_live": 64, "window": 65535}

protocol, *words = sys.argv[1:]
given = dict(word.split("=", 1) for word in words if not word.startswith("--"))


def number(name, text):
    if name.endswith("_mac"):
        return int(text.replace(":", ""), 16)
    if name.endswith("_ip"):
        return int.from_bytes(socket.inet_aton(text), "big")
    if name in FLAGS:
        return sum(1 << FLAGS[name].split().index(flag) for flag in text.split(",") if flag != "none")
    return int(text, 0)


def text(name, value):
    if name.endswith("_mac"):
        return value.to_bytes(6, "big").hex(":")
    if name.endswith("_ip"):
        return socket.inet_ntoa(value.to_bytes(4, "big"))
    if name in FLAGS:
        return ",".join(flag for bit, flag in enumerate(FLAGS[name].split()) if value >> bit & 1) or "none"
    if name in ("ether_type", "protocol_type") or "checksum" in name:
        return f"0x{value:04x}"
    return str(value)


def header(fields, **filled):
    """Its bytes, and its fields: name, width, value."""
    bits, all_fields, pairs = 0, [], fields.split()
    for name, width in zip(pairs[::2], map(int, pairs[1::2])):
        value = number(name, given[name]) if name in given else filled.get(name, DEFAULTS.get(name, 0))
        bits = bits << width | value
        all_fields.append((name, width, value))
    return bits.to_bytes(sum(width for _, width, _ in all_fields) // 8, "big"), all_fields


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def explain(what, fields, begin, options=("", b"")):
    """The lines of a header that begins at that byte of the frame."""
    print(what)
    at = begin * 8
    for name, width, value in fields:
        first, last = at // 8, (at + width - 1) // 8
        place = f"{first}-{last}" if last > first else str(first)
        if width % 8:
            place += f" bits {at % 8}-{at - first * 8 + width - 1}"
        print(f"  {place:<16}{frame[first:last + 1].hex():<13}{name}={text(name, value)}")
        at += width
    if options[1]:
        place = f"{at // 8}-{at // 8 + len(options[1]) - 1}"
        print(f"  {place:<16}{options[1].hex():<13}{options[0]}={options[1].hex()}")


data = given.get("data", "").encode()
parts = []  # from the top down: words, fields, size, options
if protocol in ("arp", "rarp"):
    packet, fields = header(ARP)
    parts.append(("link: arp", fields, 28, ("", b"")))
    ethernet = {"ether_type": 0x0806 if protocol == "arp" else 0x8035}
else:
    options = bytes.fromhex(given.get("tcp_options", "")) if protocol == "tcp" else b""
    ip_options = bytes.fromhex(given.get("ip_options", ""))
    size = sum(map(int, re.findall(r" (\d+)", TRANSPORT[protocol]))) // 8 + len(options) + len(data)
    filled = {"length": size, "tcp_header_length": (20 + len(options)) // 4}
    addresses = header("source_ip 32 destination_ip 32")[0]
    pseudo_header = addresses + struct.pack("!HH", NUMBERS[protocol], size) if protocol != "icmp" else b""
    if "checksum" not in given:
        unsigned = header(TRANSPORT[protocol], **filled)[0] + options + data
        filled["checksum"] = checksum(pseudo_header + unsigned) or (0xFFFF if protocol == "udp" else 0)
    head, fields = header(TRANSPORT[protocol], **filled)
    layer = "network" if protocol == "icmp" else "transport"
    parts.append((f"{layer}: {protocol}", fields, size, ("tcp_options", options)))
    filled = {"header_length": 5 + len(ip_options) // 4, "total_length": 20 + len(ip_options) + size,
              "protocol": NUMBERS[protocol]}
    if "header_checksum" not in given:
        filled["header_checksum"] = checksum(header(IPV4, **filled)[0] + ip_options)
    ip, fields = header(IPV4, **filled)
    packet = ip + ip_options + head + options + data
    parts.append(("network: ipv4", fields, len(packet), ("ip_options", ip_options)))
    ethernet = {"ether_type": 0x0800}
link, fields = header(ETHERNET, **ethernet)
frame = link + packet
size = len(frame)
parts.append(("link: ethernet", fields, size, ("", b"")))
frame = frame.ljust(60, b"\0")

if "--explain" in words:
    if data:
        print(f"application: data, {len(data)} bytes")
        print(f"  {f'{size - len(data)}-{size - 1}':<16}{data.hex():<13}data")
    for what, fields, length, options in parts:
        explain(f"{what}, {length} bytes", fields, size - length, options)
    if len(frame) > size:
        print(f"link: padding, {len(frame) - size} zeros, {len(frame)} bytes")
elif interface := [word[7:] for word in words if word.startswith("--send=")]:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface[0], 0))
        sock.send(frame)
else:
    print(frame.hex())
