#!/usr/bin/env bash
# lab_routed.bash - three hosts, each in a network of its own, and the router between them;
# `./course lab routed` calls it.
#
#   lab_routed.bash FOLDER [HOST [-- COMMAND...]]     FOLDER: programs for the lab's PATH
#
# A host is a network namespace. All of them live in namespaces of their own (user, mount,
# process), so no rights are needed, and whatever was started or written in /run ends with the
# first process in there, which ends with this one: nothing can be left behind.
set -euo pipefail

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

on HOST COMMAND...   runs a command on another host, with & behind it beside the shell
TEXT
}

fail() { printf 'lab: %s\n' "$1" >&2; exit "${2:-1}"; }

# Outside: everything below is run again in the namespaces, and dies with this shell (setpriv).
# In the background, so that a signal is seen at once; with the terminal and Ctrl-C of a
# foreground program all the same.
begin() {
  local proc=(--mount-proc) status=0
  unshare -rn true 2>/dev/null ||
    fail "private networks (unshare -rn) are forbidden here; in a container, --security-opt seccomp=unconfined helps"
  unshare -rmpf "${proc[@]}" true 2>/dev/null || proc=() # forbidden in containers; only ps needs it
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  trap : INT # it is the command's
  env --default-signal=INT,QUIT LAB=inside setpriv --pdeathsig KILL -- \
    unshare -rnmpf "${proc[@]}" --kill-child -- "${BASH_SOURCE[0]}" "$@" <&0 &
  lab=$!
  wait "$lab" || status=$?
  while kill -0 "$lab" 2>/dev/null; do # Ctrl-C woke this shell only
    status=0
    wait "$lab" || status=$?
  done
  exit "$status"
}

# host NAME: its network namespace, with a loopback.
host() {
  ip netns add "$1"
  ip -n "$1" link set lo up
}

# wire NUMBER: network 10.1.NUMBER.0/24, fd00:NUMBER::/64, with host hNUMBER and the router's
# interface. IPv6 addresses are not tried out first, so that they can be used at once.
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

build_lab() {
  mount -t tmpfs tmpfs /run
  mkdir /run/lab
  cat >/run/lab/on <<'TEXT'
#!/bin/bash
# on HOST COMMAND...
[[ $# -ge 2 && -e /run/netns/$1 ]] || { echo "usage: on h1|h2|h3|r COMMAND..." >&2; exit 2; }
exec nsenter --net="/run/netns/$1" -- env LAB_HOST="$1" "${@:2}"
TEXT
  chmod +x /run/lab/on
  local name
  for name in h1 h2 h3 r; do host "$name"; done
  for name in 1 2 3; do wire "$name"; done
  on r bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
  for name in h1 h2 h3 r; do # what is sent before would be lost
    while ip -n "$name" link show | grep -q NO-CARRIER; do sleep 0.02; done
  done
}

folder=${1:?}
host=${2:-h1}
[[ $host =~ ^(h[123]|r)$ ]] || fail "there is no host '$host': h1, h2, h3, r" 2
(($# <= 2)) || [[ $3 == -- && $# -ge 4 ]] || fail "what is to run there stands behind --: $host -- COMMAND" 2
[[ ${LAB:-} == inside ]] || begin "$@"

unset LAB
export PATH=/run/lab:$folder:$PATH:/usr/sbin:/sbin
build_lab
status=0
if (($# > 2)); then
  on "$host" "${@:4}" || status=$?
else
  map
  # shellcheck disable=SC2016  # the shell of the lab fills in its host
  on "$host" env PS1='${LAB_HOST:-lab}\$ ' bash --norc --noprofile -i || status=$?
fi
exit "$status"
