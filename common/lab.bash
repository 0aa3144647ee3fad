# lab.bash - hosts in networks of their own, on this one machine and without any rights. A lab
# (lab_NAME.bash in its chapter, started by `./course lab NAME`) says where its cables go:
#
#   hosts=(NAME...)   the first is where one sits
#   map()             prints its picture
#   lay_out()         connects the hosts; each is there already, with a loopback
#
# and ends with `source common/lab.bash`, whose arguments are FOLDER [HOST [-- COMMAND...]],
# FOLDER with the programs that are to be at hand in there.
#
# A host is a network namespace. All of them live in namespaces of their own (user, mount,
# process), so no rights are needed, and whatever was started or written in /run ends with the
# first process in there, which ends with this one: nothing can be left behind.
set -euo pipefail

fail() { printf 'lab: %s\n' "$1" >&2; exit "${2:-1}"; }

# Outside: the lab's file is run again in the namespaces, and dies with this shell (setpriv). This
# shell has no trap for signals: bash would wait for the lab before it ran one.
begin() {
  local proc=(--mount-proc)
  unshare -rn true 2>/dev/null ||
    fail "private networks (unshare -rn) are forbidden here; in a container, --security-opt seccomp=unconfined helps"
  unshare -rmpf "${proc[@]}" true 2>/dev/null || proc=() # forbidden in containers; only ps needs it
  LAB=inside setpriv --pdeathsig KILL -- unshare -rnmpf "${proc[@]}" --kill-child -- "$0" "$@"
  exit
}

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
  for name in "${hosts[@]}"; do # what is sent before would be lost
    while ip -n "$name" link show | grep -q NO-CARRIER; do sleep 0.02; done
  done
}

folder=${1:?}
host=${2:-${hosts[0]}}
names=$(printf ', %s' "${hosts[@]}")
[[ " ${hosts[*]} " == *" $host "* ]] || fail "there is no host '$host': ${names:2}" 2
(($# <= 2)) || [[ $3 == -- && $# -ge 4 ]] || fail "the command goes after --: $host -- COMMAND" 2
[[ ${LAB:-} == inside ]] || begin "$@"

unset LAB
export PATH=/run/lab:$folder:$PATH:/usr/sbin:/sbin
trap : INT # not this process, the first of its kind: the command
build_lab
status=0
if (($# > 2)); then
  on "$host" "${@:4}" || status=$?
else
  map
  printf '\non HOST COMMAND...   runs a command on another host, with & after it in the background\n'
  # shellcheck disable=SC2016  # the shell of the lab fills in its host
  on "$host" env PS1='${LAB_HOST:-lab}\$ ' bash --norc --noprofile -i || status=$?
fi
exit "$status"
