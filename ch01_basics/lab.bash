#!/usr/bin/env bash
# lab.bash COMMAND - runs a bash command on "here", one of three hosts with a router in a
# private network, without root. `on HOST COMMAND...` runs one on another of them, here for
# one: lab.bash 'ip neigh; on there ip route'.
#
#   here 10.0.1.2 --+
#                   +-- 10.0.1.1 router 10.0.2.1 -- 10.0.2.2 there
#   mate 10.0.1.3 --+
#
# The MAC of 10.0.1.2 is 02:00:00:00:01:02, and so on; each host's interface is eth0. On here,
# left and right (10.0.3.1) are the two ends of a cable with nobody else on it.
set -euo pipefail

if [[ ${1:-} != --inside ]]; then
  (($# == 1)) || { echo "usage: lab.bash COMMAND" >&2; exit 2; }
  exec unshare -rn "${BASH_SOURCE[0]}" --inside "$1"
fi

# A host is a process that only waits, in a network of its own.
new_host() {
  unshare -n setpriv --pdeathsig KILL sleep infinity &
  hosts+=("$!")
  export "host_$1=$!"
  until [[ $(readlink "/proc/$!/ns/net") != $(readlink /proc/self/ns/net) ]]; do sleep 0.01; done
}
on() {
  local host=host_$1
  nsenter -t "${!host}" -n "${@:2}"
}
export -f on
host_here=$$
export host_here
hosts=()
trap 'kill "${hosts[@]}" 2>/dev/null; wait' EXIT

quiet() { sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.conf.{all,default}.rp_filter=0; }
export -f quiet

# cable HOST INTERFACE ADDRESS ROUTER_INTERFACE
cable() {
  local mac="02:00:00:00:0${3:5:1}:0${3:7:1}" host=host_$1
  on router ip link add "$4" type veth peer name "$2" address "$mac" netns "${!host}"
  on router ip link set "$4" up
  on "$1" ip address add "$3/24" dev "$2"
  on "$1" ip link set "$2" up
}

for host in router mate there; do new_host "$host"; done
for host in here router mate there; do
  on "$host" bash -c quiet
  on "$host" ip link set lo up
done
on router ip link add lan address 02:00:00:00:01:01 type bridge
on router ip address add 10.0.1.1/24 dev lan
on router ip link set lan up
cable here eth0 10.0.1.2 port2
cable mate eth0 10.0.1.3 port3
on router ip link set port2 master lan
on router ip link set port3 master lan
cable there eth0 10.0.2.2 far
on router ip link set far address 02:00:00:00:02:01
on router ip address add 10.0.2.1/24 dev far
on router sysctl -qw net.ipv4.ip_forward=1
for host in here mate; do on "$host" ip route add default via 10.0.1.1; done
on there ip route add default via 10.0.2.1
ip link add left type veth peer name right address 02:00:00:00:03:01
ip address add 10.0.3.1/24 dev right
ip link set left up
ip link set right up

bash -c "$2"
