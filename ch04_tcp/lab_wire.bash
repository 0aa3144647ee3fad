#!/usr/bin/env bash
# lab_wire.bash - a client and a server, and a host between them that plays the cable;
# `./course lab wire` calls it.
#
# There is no IPv6, because it would send frames of its own. A frame carries one segment
# (gso_max_segs), as on a real cable, and each segment is acknowledged at once (quickack): so a
# conversation looks the same each time. Both hosts know the other's hardware address, so ARP is silent.

hosts=(client server wire)

map() {
  cat <<'TEXT'
 client 10.0.4.1 ---- wire ---- 10.0.4.2 server

 Nothing passes until lossy_link runs on wire; it shows each segment. A first look:

   on wire lossy_link &
   on server echo_server 9190 10.0.4.2 &
   echo hello | echo_client 10.0.4.2
TEXT
}

# cable HOST ADDRESS: the other end of the cable, on wire, has the name of the host.
cable() {
  ip link add eth0 netns "$1" gso_max_segs 1 type veth peer name "$1" netns wire
  ip -n "$1" address add "$2/24" dev eth0
  ip -n "$1" link set eth0 up
  ip -n "$1" route replace 10.0.4.0/24 dev eth0 quickack 1
  ip -n wire link set "$1" up
}

# know HOST ADDRESS PEER: which has that address.
know() {
  local mac
  mac=$(ip -n "$3" -o link show eth0 | sed -E 's/.* link\/ether ([0-9a-f:]+) .*/\1/')
  ip -n "$1" neighbour replace "$2" lladdr "$mac" dev eth0
}

lay_out() {
  local name
  for name in "${hosts[@]}"; do
    on "$name" sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1
  done
  cable client 10.0.4.1
  cable server 10.0.4.2
  know client 10.0.4.2 server
  know server 10.0.4.1 client
  ip -n server route add 10.0.5.0/24 via 10.0.4.1 # a network without hosts, for syn_flood
}

# shellcheck source=/dev/null
source "${BASH_SOURCE[0]%/*}/../common/lab.bash"
