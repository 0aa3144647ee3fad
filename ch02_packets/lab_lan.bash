#!/usr/bin/env bash
# lab_lan.bash - two hosts on a LAN, a third one behind a router; `./course lab lan` calls it.
#
# No host sends anything by itself: IPv6 is off, and so is the bridge's snooping, for which it would join a
# group of its own (224.0.0.106, RFC 4286).

hosts=(here mate there router)

map() {
  cat <<'TEXT'
 here 10.0.1.2 --+
                 +-- 10.0.1.1 router 10.0.2.1 -- 10.0.2.2 there
 mate 10.0.1.3 --+

 Each host's interface is eth0, the MAC of 10.0.1.2 is 02:00:00:00:01:02, and so on. On here,
 the interfaces left and right (10.0.3.1) are the two ends of one more cable.
TEXT
}

# cable HOST INTERFACE ADDRESS ROUTER_INTERFACE
cable() {
  local mac="02:00:00:00:0${3:5:1}:0${3:7:1}"
  ip link add "$2" address "$mac" netns "$1" type veth peer name "$4" netns router
  ip -n router link set "$4" up
  ip -n "$1" address add "$3/24" dev "$2"
  ip -n "$1" link set "$2" up
}

lay_out() {
  local name
  for name in "${hosts[@]}"; do
    on "$name" sysctl -qw net.ipv6.conf.{all,default}.disable_ipv6=1 net.ipv4.conf.{all,default}.rp_filter=0
  done
  ip -n router link add lan address 02:00:00:00:01:01 type bridge mcast_snooping 0
  ip -n router address add 10.0.1.1/24 dev lan
  ip -n router link set lan up
  cable here eth0 10.0.1.2 port2
  cable mate eth0 10.0.1.3 port3
  cable there eth0 10.0.2.2 far
  ip -n router link set port2 master lan
  ip -n router link set port3 master lan
  ip -n router link set far address 02:00:00:00:02:01
  ip -n router address add 10.0.2.1/24 dev far
  on router sysctl -qw net.ipv4.ip_forward=1
  ip -n here route add default via 10.0.1.1
  ip -n mate route add default via 10.0.1.1
  ip -n there route add default via 10.0.2.1
  ip -n here link add left type veth peer name right address 02:00:00:00:03:01
  ip -n here address add 10.0.3.1/24 dev right
  ip -n here link set left up
  ip -n here link set right up
}

# shellcheck source=/dev/null
source "${BASH_SOURCE[0]%/*}/../common/lab.bash"
