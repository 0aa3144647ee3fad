#!/usr/bin/env bats
# header_fields: what arrives at the far end of what was set at this one.

setup() { load ../harness.bash; }

# section FIRST: the lines from that one up to the next section.
section() { awk -v first="$1" '/^[^ ]/ { in_it = $0 == first } in_it' <<<"$output"; }

@test "what is set at the level of IP arrives in the header of the packet" {
  run -0 client ch09_options/header_fields
  assert_equal "$(section "a datagram of a new socket")" "a datagram of a new socket
  arrived with TTL $(</proc/sys/net/ipv4/ip_default_ttl) TOS 0"
  assert_equal "$(section "after IP_TTL 7 and IP_TOS 16")" "after IP_TTL 7 and IP_TOS 16
  arrived with TTL 7 TOS 16"
}

# in_an_ethernet TIMESTAMPS: of the size at least.
in_an_ethernet() {
  private_networks_or_skip
  run -0 in_private_network bash -ec "
    ip link set lo mtu 1500
    echo $1 >/proc/sys/net/ipv4/tcp_timestamps
    '$(program ch09_options/header_fields)'"
}

@test "a segment is as long as the packet allows or as was set before connect" {
  in_an_ethernet 1
  assert_equal "$(section "a connection of a new socket")" "a connection of a new socket
  TCP_MAXSEG before connect: 536
  after it: 1448, at the far end: 1448
  5000 bytes: 4 segments"
  assert_equal "$(section "after TCP_MAXSEG 1000")" "after TCP_MAXSEG 1000
  TCP_MAXSEG before connect: 1000
  after it: 988, at the far end: 988
  5000 bytes: 6 segments"
}

@test "time stamps take twelve bytes of each segment" {
  in_an_ethernet 0
  assert_equal "$(section "a connection of a new socket" | sed -n 3p)" "  after it: 1460, at the far end: 1460"
  assert_equal "$(section "after TCP_MAXSEG 1000" | sed -n 3p)" "  after it: 1000, at the far end: 1000"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/header_fields more
  assert_line --index 0 "header_fields: too many arguments: 'more'"
}
