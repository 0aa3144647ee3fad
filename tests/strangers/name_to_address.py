# What gethostbyname knows of a name.
import socket
import sys

try:
    name, aliases, addresses = socket.gethostbyname_ex(sys.argv[1])
except socket.gaierror as error:
    sys.exit(f"{sys.argv[1]}: {error.strerror}")
print("official name:", name)
if aliases:
    print("aliases:", ", ".join(aliases))
print("address type: AF_INET, 4 bytes")
for address in addresses:
    print("address:", address)
