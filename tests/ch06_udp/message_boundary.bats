#!/usr/bin/env bats
# message_boundary: one recvfrom returns one datagram.

setup() {
  load ../harness.bash
  run -0 client ch06_udp/message_boundary
}

# hint: recvfrom returns one datagram, also when others wait. Three were sent, so three calls get them.
# page: ch06_udp/README.md#one-datagram-one-recvfrom
@test "three datagrams that wait together are received one by one" {
  assert_line --index 0 "sendto: 5 bytes"
  assert_line --index 1 "sendto: 11 bytes"
  assert_line --index 2 "sendto: 2 bytes"
  assert_line --index 3 "recvfrom with a buffer of 4096: 5 bytes"
  assert_line --index 4 "recvfrom with a buffer of 4096: 11 bytes"
  assert_line --index 5 "recvfrom with a buffer of 4096: 2 bytes"
}

# hint: recvfrom cuts a datagram to the size of its buffer. With MSG_TRUNC it returns the length before the cut.
# page: ch06_udp/README.md#one-datagram-one-recvfrom
@test "bytes that do not fit into a short buffer are lost" {
  assert_line --index 6 "sendto: 10 bytes"
  assert_line --index 10 "recvfrom with a buffer of 4: 4 bytes"
  assert_line --index 11 "recvfrom with a buffer of 4 and MSG_TRUNC: 12 bytes"
}

# hint: An empty datagram is sent and received like any other: recvfrom returns 0, and it is no end.
# page: ch06_udp/README.md#one-datagram-one-recvfrom
@test "an empty datagram is received as 0 bytes and the next one follows" {
  assert_line --index 8 "sendto: 0 bytes"
  assert_line --index 12 "recvfrom with a buffer of 4096: 0 bytes"
  assert_line --index 13 "recvfrom with a buffer of 4096: 5 bytes"
}

# hint: An IPv4 packet has at most 65535 bytes, with 20 of its own header and 8 of UDP's. sendto refuses more.
# page: ch06_udp/README.md#one-datagram-one-recvfrom
@test "65507 bytes are the most that a datagram carries over IPv4" {
  assert_line --index 14 "to 127.0.0.1"
  assert_line --index 15 "sendto: 65507 bytes"
  assert_line --index 16 "recvfrom with a buffer of 65536: 65507 bytes"
  assert_line --index 17 "sendto: 65508 bytes: Message too long"
}

@test "a datagram too large for IPv4 is refused" {
  assert_line --index 0 "sendto: 5 bytes"
  assert_line --index 14 "to 127.0.0.1"
  assert_line --index 15 "sendto: 65507 bytes"
  assert_line --index 16 "recvfrom with a buffer of 65536: 65507 bytes"
  assert_line --index 17 "sendto: 65508 bytes: Message too long"
  # The arguments: socket, buffer, bytes, flags, address, its length.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/message_boundary)"
  run -0 sed -nE 's/^sendto\([0-9]+, ".*"[.]*, ([0-9]+, [A-Z0-9_]+), \{sa_family=AF_INET, sin_port=.*127\.0\.0\.1"\)\}, (16\) = .*)/\1 \2/p' \
    "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 "5, MSG_NOSIGNAL 16) = 5"
  assert_line "65507, MSG_NOSIGNAL 16) = 65507"
  assert_line "65508, MSG_NOSIGNAL 16) = -1 EMSGSIZE (Message too long)"
  # What it returns is what is said, whatever that is: here the first call and the ninth do not happen.
  traced -o /dev/null -e trace=sendto,?poll,?ppoll -e inject=sendto:retval=3:when=1 -e inject=?poll,?ppoll:error=EIO:when=1
  run -1 timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/message_boundary)"
  assert_line --index 0 "sendto: 3 bytes"
  traced -o /dev/null -e trace=sendto -e inject=sendto:retval=1234:when=9
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/message_boundary)"
  assert_line --index 17 "sendto: 1234 bytes"
  traced -o /dev/null -e trace=sendto -e inject=sendto:error=ENOBUFS:when=9
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/message_boundary)"
  assert_line --index 17 "sendto: 65508 bytes: No buffer space available"
}

compiles() { c++ -fsyntax-only -include sys/socket.h -x c++ - <<<"void f(const void *in, void *out, const sockaddr *to, sockaddr *from, socklen_t size) { $1; }"; }

@test "sendto only reads its buffer and its address, recvfrom fills both" {
  run -0 compiles 'sendto(0, in, 1, 0, to, size)'
  run -0 compiles 'recvfrom(0, out, 1, 0, from, &size)'
  run -1 compiles 'recvfrom(0, in, 1, 0, from, &size)'
  run -1 compiles 'recvfrom(0, out, 1, 0, to, &size)'
  run -1 compiles 'recvfrom(0, out, 1, 0, from, size)'
  # The buffer, and the sender's address: both are there after the call.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto,recvfrom
  timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/message_boundary)"
  grep -qE '^sendto\([0-9]+, "hello", 5, .*127\.0\.0\.1"\)\}, 16\) += 5$' "$BATS_TEST_TMPDIR/calls"
  grep -qE '^recvfrom\([0-9]+, "hello", 4096, 0, \{sa_family=AF_INET, sin_port=htons\([1-9][0-9]*\), sin_addr=inet_addr\("127\.0\.0\.1"\)\}, \[[0-9]+ => 16\]\) += 5$' \
    "$BATS_TEST_TMPDIR/calls"
}

@test "IPv6 carries twenty bytes more" {
  ipv6_or_skip
  assert_line --index 18 "to ::1"
  assert_line --index 19 "sendto: 65527 bytes"
  assert_line --index 20 "recvfrom with a buffer of 65536: 65527 bytes"
  assert_line --index 21 "sendto: 65528 bytes: Message too long"
}

@test "without IPv6 it says so and shows all the rest" {
  private_networks_or_skip
  run -0 in_private_network bash -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$1"' - \
    "$(program ch06_udp/message_boundary)"
  assert_line --index 17 "sendto: 65508 bytes: Message too long"
  assert_line --index 18 "to ::1: bind [::1]:0: Cannot assign requested address"
}

many_fragments() {
  ip link set lo mtu 68
  client ch06_udp/message_boundary
}

@test "where the biggest datagram does not fit into the buffers nobody waits for it" {
  privately many_fragments
  assert_line "sendto: 65507 bytes: No buffer space available"
}

@test "where every datagram is lost the wait for one has an end" {
  gives_up_where_all_is_lost ch06_udp/message_boundary
}
