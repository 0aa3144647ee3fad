#!/usr/bin/env bats
# header_fields: options set at this end arrive at the far end.

setup() { load ../harness.bash; }

# section FIRST: the line FIRST and those that belong to it.
section() { awk -v first="$1" '/^[^ ]/ { in_it = $0 == first } in_it' <<<"$output"; }

# hint: The receiver must ask for both fields (IP_RECVTTL, IP_RECVTOS); they come as control messages. One is an int, the other a byte.
# page: ch09_options/README.md#what-the-far-end-sees
@test "options of IP arrive in the header of the packet" {
  run -0 client ch09_options/header_fields
  assert_equal "$(section "a datagram of a new socket")" "a datagram of a new socket
  arrived with TTL $(</proc/sys/net/ipv4/ip_default_ttl) TOS 0"
  assert_equal "$(section "after IP_TTL 7 and IP_TOS 16")" "after IP_TTL 7 and IP_TOS 16
  arrived with TTL 7 TOS 16"
}

# with_ethernet_packets TIMESTAMPS: runs it on a loopback with the MTU of Ethernet, time stamps on (1)
# or off (0).
with_ethernet_packets() {
  private_networks_or_skip
  run -0 in_private_network bash -ec "
    ip link set lo mtu 1500
    echo $1 >/proc/sys/net/ipv4/tcp_timestamps
    '$(program ch09_options/header_fields)'"
}

@test "a segment is as long as the packet allows, or as the option set before connect" {
  with_ethernet_packets 1
  assert_equal "$(section "a connection of a new socket")" "a connection of a new socket
  TCP_MAXSEG before connect: 536
  after it: 1448, at the far end: 1448
  5000 bytes: 4 segments"
  assert_equal "$(section "after TCP_MAXSEG 1000")" "after TCP_MAXSEG 1000
  TCP_MAXSEG before connect: 1000
  after it: 988, at the far end: 988
  5000 bytes: 6 segments"
  # After connect each end is asked.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=getsockopt
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch09_options/header_fields)"
  run -0 sed -nE 's/^getsockopt\(([0-9]+), SOL_TCP, TCP_MAXSEG, .*/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${#lines[@]}" 6
  [[ ${lines[1]} != "${lines[2]}" && ${lines[4]} != "${lines[5]}" ]]
}

# Then the receiver's window is full before all is sent.
@test "all segments are counted where the receiver has little room" {
  small() {
    echo 4096 4096 4096 >/proc/sys/net/ipv4/tcp_rmem
    client ch09_options/header_fields
  }
  privately small
  [[ $(section "after TCP_MAXSEG 1000" | tail -n 1) =~ ^'  5000 bytes: '([0-9]+)' segments'$ ]]
  ((BASH_REMATCH[1] >= 6))
}

@test "time stamps take twelve bytes of each segment" {
  with_ethernet_packets 0
  assert_equal "$(section "a connection of a new socket" | sed -n 3p)" "  after it: 1460, at the far end: 1460"
  assert_equal "$(section "after TCP_MAXSEG 1000" | sed -n 3p)" "  after it: 1000, at the far end: 1000"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/header_fields more
  assert_line --index 0 "header_fields: too many arguments: 'more'"
}

@test "where every datagram is lost the wait for one has an end" {
  gives_up_where_all_is_lost ch09_options/header_fields
}
