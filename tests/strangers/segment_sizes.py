# How many bytes fit into a frame, and how a text is cut.
import sys

size = int(sys.argv[1])
mtu = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
mss = mtu - 40


def pieces(size, most):
    parts = [most] * (size // most)
    if size % most:
        parts.append(size % most)
    return " + ".join(map(str, parts))


print(f"MTU {mtu}: frame at most {mtu + 18}, MSS {mss}")
print(f"TCP without timestamps: {pieces(size, mss)}")
print(f"TCP with timestamps: {pieces(size, mss - 12)}")
if size > 65535 - 28:
    print("UDP: too much for one datagram")
else:
    print(f"UDP, with its header in front: {pieces(8 + size, (mtu - 20) // 8 * 8)}")
