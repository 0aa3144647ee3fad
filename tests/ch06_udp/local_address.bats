#!/usr/bin/env bats
# local_address: a UDP socket asks the routing table.

setup() { load ../harness.bash; }

packets() { awk '$1 == "lo:" { print $3 }' /proc/net/dev; }

@test "it prints the address that a datagram would carry, and sends nothing" {
  private_networks_or_skip
  look() {
    "$1" 2>&1
    ip address add 10.9.0.1/24 dev lo
    ip address add 10.8.0.3/24 dev lo
    ip route add default dev lo src 10.9.0.1
    local before
    before=$(packets)
    "$1"
    "$1" 10.9.0.7
    "$1" 10.8.0.7
    echo "$(($(packets) - before)) packets"
  }
  run -0 in_private_network bash -c "$(declare -f look packets); look '$(program ch06_udp/local_address)'"
  assert_output "local_address: connect 8.8.8.8:53: Network is unreachable
no route leads there: ip route; ip -6 route (TCP reaches no group, no broadcast address)
10.9.0.1
10.9.0.1
10.8.0.3
0 packets"
}

@test "without a route it says so" {
  private_networks_or_skip
  run -1 in_private_network "$(program ch06_udp/local_address)"
  assert_output "local_address: connect 8.8.8.8:53: Network is unreachable
no route leads there: ip route; ip -6 route (TCP reaches no group, no broadcast address)"
}

# hint: connect on a UDP socket sends nothing, but chooses the local address. Connect to the host that was given, and ask getsockname.
# page: ch06_udp/README.md#my-own-address
@test "to itself a machine has the loopback address" {
  run -0 client ch06_udp/local_address 127.0.0.1
  assert_output 127.0.0.1
}

@test "another network gives another address" {
  run -0 client ch06_udp/local_address 127.0.0.1
  assert_output 127.0.0.1
  ipv6_or_skip
  run -0 client ch06_udp/local_address ::1
  assert_output "[::1]"
}
