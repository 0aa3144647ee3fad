# Sends frames with one wrong field each from one end of a cable, and looks which socket at the other end gets the data.
import fcntl
import socket
import struct
import sys

left, right = sys.argv[1:3]
SIOCGIFADDR, SIOCGIFHWADDR = 0x8915, 0x8927


def ask(request, first, last):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, request, struct.pack("256s", right.encode()))[first:last]


mac, ip = ask(SIOCGIFHWADDR, 18, 24), ask(SIOCGIFADDR, 20, 24)
neighbour = ip[:3] + bytes([ip[3] ^ 3])
cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
cable.bind((left, 0))
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for sock in sockets:
    sock.bind((socket.inet_ntoa(ip), 0))
    sock.settimeout(2)
first, second = (sock.getsockname()[1] for sock in sockets)


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def send(data=b"data", to_mac=mac, kind=0x0800, to_ip=ip, port=first, ip_sum=None, udp_sum=None):
    udp = struct.pack("!4H", 40000, port, 8 + len(data), 0) + data
    if udp_sum is None:
        udp_sum = checksum(neighbour + to_ip + struct.pack("!HH", 17, len(udp)) + udp) or 0xFFFF
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(udp), 0, 0, 64, 17)
    if ip_sum is None:
        ip_sum = checksum(head + neighbour + to_ip)
    packet = head + struct.pack("!H", ip_sum) + neighbour + to_ip + udp[:6] + struct.pack("!H", udp_sum) + udp[8:]
    cable.send((to_mac + bytes([2, 0, 0, 0, 0, 9]) + struct.pack("!H", kind) + packet).ljust(60, b"\0"))


def try_out(what, **changes):
    send(**changes)
    send(b"end")
    send(b"end", port=second)
    winner = "nobody"
    for sock, name in zip(sockets, ("the first socket", "the second socket")):
        while sock.recv(100) != b"end":
            winner = name
    print(f"{what:<30}{winner}")


try_out("all right")
try_out("MAC of everybody", to_mac=b"\xff" * 6)
try_out("MAC of somebody else", to_mac=bytes([2, 0, 0, 0, 0, 7]))
try_out("type of another protocol", kind=0x9999)
try_out("IP of somebody else", to_ip=bytes([192, 0, 2, 7]))
try_out("wrong IP header checksum", ip_sum=1)
try_out("port of the second socket", port=second)
try_out("port of no socket", port=7)
try_out("wrong UDP checksum", udp_sum=1)
try_out("no UDP checksum", udp_sum=0)
try_out("changed data, no checksum", data=b"dada", udp_sum=0)
