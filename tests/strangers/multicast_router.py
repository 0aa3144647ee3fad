# Lets the kernel route a multicast group from one interface to others.
import socket
import struct
import sys

MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC = 200, 202, 204
group, *interfaces = map(socket.inet_aton, sys.argv[1:])

with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP) as sock:
    sock.setsockopt(socket.IPPROTO_IP, MRT_INIT, 1)
    for number, address in enumerate(interfaces):
        # struct vifctl: number, flags, TTL threshold, rate limit, local and remote address
        sock.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF, struct.pack("@HBBI4s4s", number, 0, 1, 0, address, bytes(4)))
    thresholds = bytes([0] + [1] * (len(interfaces) - 1)).ljust(32, b"\0")
    print("ready", flush=True)
    while True:
        # struct igmpmsg: it looks like an IP header, and the protocol 0 tells that the kernel asks
        message = sock.recv(65535)
        kind, protocol, incoming, source, to = message[8], message[9], message[10], message[12:16], message[16:20]
        if protocol == 0 and kind == 1 and to == group and incoming == 0:
            # struct mfcctl: source, group, the interface where packets come in, the thresholds, counters
            sock.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC,
                            struct.pack("@4s4sH32sIIIi", source, to, 0, thresholds, 0, 0, 0, 0))
