# What gethostbyaddr knows of an address.
import socket
import sys

address = sys.argv[1]
try:
    name, aliases, _ = socket.gethostbyaddr(address)
except OSError as error:
    sys.exit(f"{address}: {error.strerror}")
print("official name:", name)
if aliases:
    print("aliases:", ", ".join(aliases))
print("address type:", "AF_INET6, 16 bytes" if ":" in address else "AF_INET, 4 bytes")
