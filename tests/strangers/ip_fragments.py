# Sends a datagram, and shows the packets that IP makes of it.
import socket
import struct
import sys
import time

interface, host = sys.argv[1:3]
size = int(sys.argv[3]) if len(sys.argv) > 3 else 3000
IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_MTU, ETH_P_ALL = 10, 0, 14, 3

capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
capture.bind((interface, ETH_P_ALL))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
sender.connect((host, 9))
sender.send(bytes(size))
port = sender.getsockname()[1]
mtu = sender.getsockopt(socket.IPPROTO_IP, IP_MTU)
print(f"a datagram of {size} bytes, MTU {mtu}: {mtu - 20} bytes of data a packet at most")

ours = None
seen = set()
end = time.monotonic() + 2
while (left := end - time.monotonic()) > 0:
    capture.settimeout(left)
    try:
        frame = capture.recv(65535 + 14)
    except socket.timeout:
        break
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP:
        continue
    header = (frame[14] & 15) * 4
    length, identification, fragment = struct.unpack("!HHH", frame[16:22])
    offset = fragment & 0x1FFF
    if offset == 0 and struct.unpack_from("!H", frame, 14 + header)[0] == port:
        ours = identification
    if identification != ours or offset in seen:
        continue
    seen.add(offset)
    more = 1 if fragment & 0x2000 else 0
    print(f"identification {identification}, offset {offset} (byte {offset * 8}), MF {more}, {length - header} bytes"
          + (", the first 8 are the UDP header" if offset == 0 else ""))
    if not more:
        sys.exit()
sys.exit("the last fragment did not come")
