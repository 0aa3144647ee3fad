#!/usr/bin/env bash
# lab_routed.bash - three hosts, each in a network of its own, and a router between them;
# `./course lab routed` starts it.

hosts=(h1 h2 h3 r)

map() {
  cat <<'TEXT'
                      h1
                      | v1  10.1.1.2
        10.1.1.0/24   |
                      | r1  10.1.1.1
                      r                       the router
       10.1.2.1  r2 /   \ r3  10.1.3.1
      10.1.2.0/24  /     \    10.1.3.0/24
      10.1.2.2 v2 /       \ v3  10.1.3.2
                h2         h3                 over IPv6 10.1.2.2 is fd00:2::2
TEXT
}

# wire NUMBER: connects hNUMBER to the router by the network 10.1.NUMBER.0/24, fd00:NUMBER::/64.
# accept_dad 0: no search for duplicate IPv6 addresses, so they can be used at once.
wire() {
  ip link add "v$1" netns "h$1" type veth peer name "r$1" netns r
  on "h$1" bash -c "echo 0 >/proc/sys/net/ipv6/conf/v$1/accept_dad"
  on r bash -c "echo 0 >/proc/sys/net/ipv6/conf/r$1/accept_dad"
  ip -n "h$1" address add "10.1.$1.2/24" broadcast + dev "v$1"
  ip -n r address add "10.1.$1.1/24" broadcast + dev "r$1"
  ip -n "h$1" address add "fd00:$1::2/64" dev "v$1"
  ip -n r address add "fd00:$1::1/64" dev "r$1"
  ip -n "h$1" link set "v$1" up
  ip -n r link set "r$1" up
  ip -n "h$1" route add default via "10.1.$1.1"
  ip -n "h$1" route add default via "fd00:$1::1"
}

lay_out() {
  local number
  for number in 1 2 3; do wire "$number"; done
  on r bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# shellcheck source=/dev/null
source "${BASH_SOURCE[0]%/*}/../common/lab.bash"
