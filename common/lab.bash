# lab.bash - hosts in networks of their own, on this one machine and without any rights. A lab
# (lab_NAME.bash in its chapter, started by `./course lab NAME`) says where its cables go:
#
#   hosts=(NAME...)   the shell opens on the first one
#   map()             prints its picture
#   lay_out()         connects the hosts; each exists already, with a loopback
#
# and ends with `source common/lab.bash`. The arguments are FOLDER [HOST [-- COMMAND...]]; the programs
# in FOLDER are on the PATH in the lab.
#
# A host is a network namespace. All hosts are in new user, mount and process namespaces (namespaces.bash).
# So a lab needs no rights, and everything that was started, or written to /run, ends with it.
set -euo pipefail
who=lab
# shellcheck source=common/namespaces.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/namespaces.bash"

# host NAME: its network namespace, with a loopback.
host() {
  ip netns add "$1"
  ip -n "$1" link set lo up
}

build_lab() {
  mount -t tmpfs tmpfs /run
  mkdir /run/lab
  cat >/run/lab/on <<TEXT
#!/bin/bash
# on HOST COMMAND...
[[ \$# -ge 2 && -e /run/netns/\$1 ]] || { echo "usage: on $(IFS='|' && echo "${hosts[*]}") COMMAND..." >&2; exit 2; }
exec nsenter --net="/run/netns/\$1" -- env LAB_HOST="\$1" "\${@:2}"
TEXT
  chmod +x /run/lab/on
  local name
  for name in "${hosts[@]}"; do host "$name"; done
  lay_out
  for name in "${hosts[@]}"; do # a packet sent earlier, while the state is UNKNOWN or DOWN, would be lost
    for _ in {1..500}; do
      ip -n "$name" -brief link show up type veth | grep -qv ' UP ' || continue 2
      sleep 0.02
    done
    fail "an interface of $name has not been up for ten seconds"
  done
}

folder=${1:?}
host=${2:-${hosts[0]}}
names=$(printf ', %s' "${hosts[@]}")
[[ " ${hosts[*]} " == *" $host "* ]] || fail "there is no host '$host': ${names:2}" 2
(($# <= 2)) || [[ $3 == -- && $# -ge 4 ]] || fail "the command goes after --: $host -- COMMAND" 2
[[ ${INSIDE:-} == yes ]] || begin "$@"

unset INSIDE
export PATH=/run/lab:$folder:$PATH:/usr/sbin:/sbin
trap : INT # not this process, the first of its kind: the command
build_lab
status=0
if (($# > 2)); then
  on "$host" "${@:4}" || status=$?
else
  map
  printf '\non HOST COMMAND...   runs a command on another host; with & after it, in the background\n'
  printf 'Ctrl-D               leaves the lab, and ends everything in it\n'
  # shellcheck disable=SC2016  # the shell of the lab fills in its host
  on "$host" env PS1='${LAB_HOST:-lab}\$ ' bash --norc --noprofile -i || status=$?
fi
exit "$status"
