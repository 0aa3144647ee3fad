#!/usr/bin/env bats
# connected_socket: what connect does to a UDP socket, and how it is undone.

setup() {
  load ../harness.bash
  run -0 client ch06_udp/connected_socket
}

@test "an unconnected socket receives from everybody" {
  assert_line --index 0 --regexp '^unconnected: local 127\.0\.0\.1:[0-9]+, peer Transport endpoint is not connected$'
  assert_line --index 1 "  the socket received from the stranger"
  assert_line --index 2 "  the socket received from the peer"
}

@test "a connected socket receives from its peer only" {
  assert_line --index 3 --regexp '^connected: local 127\.0\.0\.1:[0-9]+, peer 127\.0\.0\.1:[0-9]+$'
  assert_line --index 4 "  the socket received from the peer"
}

@test "a connected socket still sends elsewhere" {
  assert_line --index 5 "  the stranger received from the socket"
}

@test "only the connected socket learns that its peer is gone" {
  assert_line --index 6 "the peer is gone, both send to it"
  assert_line --index 7 "  the socket: recvfrom: Connection refused"
  assert_line --index 9 "  the stranger received from the socket"
}

@test "connect does more than store an address" {
  assert_line --index 4 "  the socket received from the peer" # the stranger's datagram was dropped
  assert_line --index 5 "  the stranger received from the socket"
  assert_line --index 7 "  the socket: recvfrom: Connection refused"
  assert_line --index 8 --partial "dissolved: local 127.0.0.1:0, peer Transport endpoint is not"
}

@test "once dissolved it has no peer and receives from everybody again" {
  assert_line --index 8 "dissolved: local 127.0.0.1:0, peer Transport endpoint is not connected"
  assert_line --index 10 --regexp '^after the next sendto: local 127\.0\.0\.1:[1-9][0-9]*, peer Transport'
  assert_line --index 11 "  the socket received from the stranger"
  assert_equal "${#lines[@]}" 12
}
