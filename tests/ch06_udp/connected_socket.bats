#!/usr/bin/env bats
# connected_socket: what connect does to a UDP socket, and how it is undone.

setup() {
  load ../harness.bash
  run -0 client ch06_udp/connected_socket
}

# hint: Before connect, both datagrams arrive, in the order in which they were sent.
# page: ch06_udp/README.md#a-connected-socket
@test "an unconnected socket receives from everybody" {
  assert_line --index 0 --regexp '^unconnected: local 0\.0\.0\.0:[0-9]+, peer Transport endpoint is not connected$'
  assert_line --index 1 "  the socket received from the stranger"
  assert_line --index 2 "  the socket received from the peer"
}

# hint: Once connected, the kernel drops what the stranger sends. Which of the two did you connect to?
# page: ch06_udp/README.md#a-connected-socket
@test "a connected socket receives from its peer only" {
  assert_line --index 3 --regexp '^connected: local 127\.0\.0\.1:[0-9]+, peer 127\.0\.0\.1:[0-9]+$'
  assert_line --index 4 "  the socket received from the peer"
}

# hint: sendto with an address works on a connected socket too.
# page: ch06_udp/README.md#a-connected-socket
@test "a connected socket still sends elsewhere" {
  assert_line --index 5 "  the stranger received from the socket"
}

# hint: The error comes back to a connected socket only, and its next call returns it. Close the peer's socket before both send.
# page: ch06_udp/README.md#a-connected-socket
@test "only the connected socket learns that its peer is gone" {
  assert_line --index 6 "the peer is gone, both send to it"
  assert_line --index 7 "  the socket: recvfrom: Connection refused"
  assert_line --index 9 "  the stranger received from the socket"
}

# no_ports: how many datagrams found no socket in this network.
no_ports() {
  awk '$1 == "Udp:" { if (!n) n = split($0, name); else for (i in name) if (name[i] == "NoPorts") print $i }' /proc/net/snmp
}
refused_datagrams() {
  client ch06_udp/connected_socket >/dev/null
  no_ports
}

# Three datagrams find no socket: the stranger's to the connected socket, and two to the peer that is gone.
@test "connect does more than store an address" {
  assert_line --index 0 --partial "unconnected: local 0.0.0.0:"
  assert_line --index 1 "  the socket received from the stranger"
  assert_line --index 3 --partial "connected: local 127.0.0.1:"
  assert_line --index 4 "  the socket received from the peer" # the stranger's datagram was dropped
  assert_line --index 5 "  the stranger received from the socket"
  assert_line --index 7 "  the socket: recvfrom: Connection refused"
  assert_line --index 9 "  the stranger received from the socket" # and no refusal
  assert_line --index 8 --partial "dissolved: local 0.0.0.0:0, peer Transport endpoint is not"
  assert_line --index 11 "  the socket received from the stranger"
  privately refused_datagrams
  assert_output 3
  # The words are those of the error that the fifth recvfrom returned, whichever it is.
  traced -o /dev/null -e trace=recvfrom -e inject=recvfrom:error=EHOSTUNREACH:when=5
  run timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/connected_socket)"
  assert_line --index 7 "  the socket: recvfrom: No route to host"
}

# hint: connect with the family AF_UNSPEC dissolves the connection. The port goes with it, until the next sendto.
# page: ch06_udp/README.md#a-connected-socket
@test "once dissolved it has no peer and receives from everybody again" {
  assert_line --index 8 "dissolved: local 0.0.0.0:0, peer Transport endpoint is not connected"
  assert_line --index 10 --regexp '^after the next sendto: local 0\.0\.0\.0:[1-9][0-9]*, peer Transport'
  assert_line --index 11 "  the socket received from the stranger"
  assert_equal "${#lines[@]}" 12
}
