# namespaces.bash - for a script that runs itself once more in namespaces of its own: a network, a process
# tree and a file tree that nobody else sees, without any rights. It sets who, its name in messages, sources
# this, and says
#
#   [[ ${INSIDE:-} == yes ]] || begin "$@"
#   unset INSIDE
#
# Everything that was started inside ends with the first process there, which ends with this shell.

fail() { printf '%s: %s\n' "$who" "$1" >&2; exit "${2:-1}"; }

# This shell has no trap for signals: bash would wait for the script inside before it ran one.
begin() {
  local proc=(--mount-proc)
  unshare -rn true 2>/dev/null ||
    fail "private networks (unshare -rn) are forbidden here; in a container, --security-opt seccomp=unconfined helps"
  unshare -rmpf "${proc[@]}" true 2>/dev/null || proc=() # forbidden in containers; only ps needs it
  INSIDE=yes setpriv --pdeathsig KILL -- unshare -rnmpf "${proc[@]}" --kill-child -- "$0" "$@"
  exit
}
