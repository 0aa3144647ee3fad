# getaddrinfo for a name and a service, and getnameinfo for what it finds.
import socket
import sys

name = sys.argv[1]
service = sys.argv[2] if len(sys.argv) > 2 else None
try:
    found = socket.getaddrinfo(name, service, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
except socket.gaierror as error:
    sys.exit(f"{name}: {error.strerror}")
print("canonical name:", found[0][3])
for family, _, _, _, address in found:
    host, port = address[:2]
    text = f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"
    try:
        their_name, their_service = socket.getnameinfo(address, socket.NI_NAMEREQD)
        print(f"{text} is {their_name}, {their_service}")
    except socket.gaierror as error:
        print(f"{text} is {error.strerror}")
