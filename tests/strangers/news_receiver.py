# Prints the numbered lines that are sent to a group, and tells the sender which are missing.
import re
import socket
import sys

arguments = sys.argv[1:] + ["9190", "239.1.1.1", "127.0.0.1", "60"][len(sys.argv) - 1:]
port, group, interface, seconds = int(arguments[0]), arguments[1], arguments[2], int(arguments[3])
lines = set()
answers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
news = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
news.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
news.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(interface))
news.bind((group, port))
news.settimeout(seconds)
result = "no end came"
while True:
    try:
        data, sender = news.recvfrom(2048)
    except socket.timeout:
        break
    text = data.decode(errors="replace")
    if found := re.fullmatch(r"line (\d+) (.*)", text):
        if found[1] not in lines:
            lines.add(found[1])
            print(found[2], flush=True)
    elif found := re.fullmatch(r"end (\d+)", text):
        missing = [str(number) for number in range(1, int(found[1]) + 1) if str(number) not in lines]
        result = f"misses {' '.join(missing)} of {found[1]} lines" if missing else f"has all {found[1]} lines"
        answers.sendto(result.encode(), sender)
print(result)
