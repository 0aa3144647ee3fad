# Asks the LAN which MAC has an IPv4 address.
import fcntl
import socket
import struct
import sys
import time

interface, kind, wanted = sys.argv[1:4]
if kind != "arp":
    sys.exit("only arp is known")
target = socket.inet_aton(wanted)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    SIOCGIFADDR = 0x8915
    reply = fcntl.ioctl(any_socket, SIOCGIFADDR, struct.pack("256s", interface.encode()))
    my_ip = reply[20:24]

with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as sock:
    sock.bind((interface, 0x0806))
    my_mac = sock.getsockname()[4]
    ethernet = b"\xff" * 6 + my_mac + b"\x08\x06"
    question = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, my_mac, my_ip, bytes(6), target)
    for attempt in range(3):
        sock.send(ethernet + question)
        end = time.monotonic() + 1
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                frame = sock.recv(2048)
            except socket.timeout:
                break
            if len(frame) < 42:
                continue
            *head, operation, sender_mac, sender_ip, _, _ = struct.unpack("!HHBBH6s4s6s4s", frame[14:42])
            if head == [1, 0x0800, 6, 4] and operation == 2 and sender_ip == target:
                print(f"{wanted} is at {sender_mac.hex(':')}")
                sys.exit()
sys.exit("no answer")
