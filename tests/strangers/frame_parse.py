# Takes frames apart; each is a line of hexadecimal digits.
import socket
import struct
import sys

ETHERNET = "destination_mac 48 source_mac 48 ether_type 16"
ARP = ("hardware_type 16 protocol_type 16 hardware_length 8 protocol_length 8 operation 16 "
       "sender_mac 48 sender_ip 32 target_mac 48 target_ip 32")
IPV4 = ("version 4 header_length 4 type_of_service 8 total_length 16 identification 16 ip_flags 3 fragment_offset 13 "
        "time_to_live 8 protocol 8 header_checksum 16 source_ip 32 destination_ip 32")
ICMP = "type 8 code 8 checksum 16"
ECHO = ICMP + " identifier 16 sequence 16"
UDP = "source_port 16 destination_port 16 length 16 checksum 16"
TCP = ("source_port 16 destination_port 16 sequence_number 32 acknowledgement_number 32 "
       "tcp_header_length 4 reserved 4 flags 8 window 16 checksum 16 urgent_pointer 16")
FLAGS = {"flags": "FIN SYN RST PSH ACK URG ECE CWR", "ip_flags": "MF DF reserved"}


class Broken(Exception):
    pass


def read(fields, data, what):
    words = fields.split()
    names, widths = words[::2], [int(width) for width in words[1::2]]
    size = sum(widths) // 8
    if len(data) < size:
        raise Broken(f"{what}: only {len(data)} of {size} bytes are there")
    number, left, values = int.from_bytes(data[:size], "big"), size * 8, {}
    for name, width in zip(names, widths):
        left -= width
        values[name] = number >> left & (1 << width) - 1
    return values


def show(layer, what, values, note=""):
    texts = []
    for name, value in values.items():
        if name.endswith("_mac"):
            value = value.to_bytes(6, "big").hex(":")
        elif name.endswith("_ip"):
            value = socket.inet_ntoa(value.to_bytes(4, "big"))
        elif name.endswith(("_type", "checksum")) and name != "hardware_type":
            value = f"0x{value:04x}"
        elif name in FLAGS:
            value = ",".join(flag for bit, flag in enumerate(FLAGS[name].split()) if value >> bit & 1) or "none"
        texts.append(f"{name}={value}")
    print(f"  {layer} {what}", *texts, *([f"({note})"] if note else []))


def checked(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return "checksum right" if total and total % 0xFFFF == 0 else "checksum wrong"


def show_data(layer, data):
    if data:
        print(f"  {layer} {len(data)} bytes data=" + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data))


def parse_ip(data):
    """Returns what is behind the packet."""
    ip = read(IPV4, data, "ipv4")
    header, total = ip["header_length"] * 4, ip["total_length"]
    if not 20 <= header <= total <= len(data):
        show("network", "ipv4", ip)
        raise Broken(f"ipv4: a header of {header} bytes, a packet of {total}, but {len(data)} are there")
    if header > 20:
        ip["ip_options"] = data[20:header].hex()
    show("network", "ipv4", ip, checked(data[:header]))
    rest = data[header:total]
    pseudo_header = data[12:20] + struct.pack("!HH", ip["protocol"], len(rest))
    if ip["fragment_offset"] or ip["protocol"] not in (1, 6, 17):
        show_data("rest", rest)
    elif ip["protocol"] == 1:
        icmp = read(ECHO if rest[:1] in (b"\0", b"\x08") else ICMP, rest, "icmp")
        show("network", "icmp", icmp, checked(rest))
        show_data("application", rest[8:])
    elif ip["protocol"] == 17:
        udp = read(UDP, rest, "udp")
        note = checked(pseudo_header + rest) if udp["checksum"] else "without a checksum"
        show("transport", "udp", udp, note)
        if not 8 <= udp["length"] <= len(rest):
            raise Broken(f"udp: its length is {udp['length']}, but {len(rest)} bytes are there")
        show_data("application", rest[8:udp["length"]])
    else:
        tcp = read(TCP, rest, "tcp")
        header = tcp["tcp_header_length"] * 4
        if not 20 <= header <= len(rest):
            show("transport", "tcp", tcp)
            raise Broken(f"tcp: a header of {header} bytes, but {len(rest)} are there")
        if header > 20:
            tcp["tcp_options"] = rest[20:header].hex()
        show("transport", "tcp", tcp, checked(pseudo_header + rest))
        show_data("application", rest[header:])
    return data[total:]


def parse(frame):
    ethernet = read(ETHERNET, frame, "ethernet")
    show("link", "ethernet", ethernet)
    rest = frame[14:]
    if ethernet["ether_type"] == 0x0800:
        rest = parse_ip(rest)
    elif ethernet["ether_type"] in (0x0806, 0x8035):
        arp = read(ARP, rest, "arp")
        show("link", "arp", arp)
        if (arp["hardware_length"], arp["protocol_length"]) != (6, 4):
            raise Broken("arp: these are not the addresses of Ethernet and IPv4")
        rest = rest[28:]
    else:
        show_data("rest", rest)
        return
    if rest:
        print(f"  link padding {len(rest)} bytes")


for number, line in enumerate(sys.stdin, 1):
    frame = bytes.fromhex(line)
    print(f"frame {number}: {len(frame)} bytes")
    try:
        parse(frame)
    except Broken as why:
        print("  broken", why)
