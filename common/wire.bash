#!/usr/bin/env bash
# wire.bash - runs a command in a network of its own, and shows every segment on its loopback; `./course wire`
# calls it: wire.bash SEGMENT_WATCH [--keep FILE] -- COMMAND...
#
# The segments go to standard error: the command keeps the terminal, and its output stays its own.
set -euo pipefail
who=wire
# shellcheck source=common/namespaces.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/namespaces.bash"
[[ ${INSIDE:-} == yes ]] || begin "$@"
unset INSIDE

watch=("$1" live lo)
shift
if [[ $1 == --keep ]]; then
  watch+=("${@:1:2}")
  shift 2
fi
shift # the --

ip link set lo up
exec {screen}>&2
# In a session of its own: Ctrl-C is for the command, whose last segments are still to come.
exec {notes}< <(exec setsid "${watch[@]}" 2>&1 1>&"$screen")
watcher=$!
note='segment_watch does not run'
read -ru "$notes" note || true
[[ $note == ready ]] || fail "$note"
cat <&"$notes" >&2 &

trap : INT # not this process, the first of its kind: the command
status=0
"$@" {screen}>&- {notes}<&- || status=$?
kill -TERM "$watcher" 2>/dev/null || true # it shows what has passed, and ends
wait || true
exit "$status"
