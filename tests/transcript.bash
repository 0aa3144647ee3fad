#!/usr/bin/env bash
# transcript.bash README FOLDER - types the console blocks of a README in FOLDER and compares the
# output with the page, byte for byte. <port>, <pid>, <number> and <win> match digits, <sec> digits with
# a point, <call> a word and <reason> the rest of a line (a reset may show in recv or in send).
#
# `./course lab NAME ...` runs that lab with the programs of FOLDER.
#
# A block ```console is typed command by command. In a block ```console server the last command is
# a server: it is ready when it prints its first line, and runs until the section ends. By then it
# must have printed all the lines below it and nothing else.
set -euo pipefail
export LC_ALL=C # the clock has a point

readme=$(readlink -f "$1")
source=$(readlink -f "${BASH_SOURCE[0]%/*}/..")
export source
cd "$2"
BUILD_DIR=$(readlink -f ..)
source "$source/tests/eventually.bash"
work=$(mktemp -d)
trap 'kill_servers; rm -rf "$work"' EXIT

pids=() expected=() logs=()
kill_servers() {
  ((${#pids[@]})) || return 0
  kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true # the next one wants the port
}

# matches FILE TEXT: is the file that text, up to the placeholders?
matches() {
  local pattern
  pattern=$(sed -E 's/[][\.*^$+?(){}|]/\\&/g; s/<(port|pid|number|win)>/[0-9]+/g; s/<sec>/[0-9]+\.[0-9]+/g; s/<call>/[a-z]+/g' <<<"$2")
  pattern=${pattern//<reason>/[^$'\n']+}
  [[ $(<"$1") =~ ^$pattern$ ]]
}

differs() {
  printf '%s: "%s" says something else than the page.\n' "$readme" "$1"
  diff <(printf '%s\n' "$3") "$2" || true
  exit 1
}

# only_standard_descriptors: 0, 1 and 2 are open and no other, as in a terminal.
only_standard_descriptors() {
  local fd
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    ((fd < 3)) || exec {fd}>&-
  done
}

lab() {
  local file=("$source"/ch*/"lab_$1.bash")
  "${file[0]}" . "${@:2}"
}
export -f lab

run_command() {
  (only_standard_descriptors && exec timeout 20 bash -c "${1//.\/course lab /lab }") </dev/null >"$work/out" 2>&1 || true
  matches "$work/out" "$2" || differs "$1" "$work/out" "$2"
}

start_server() {
  local log=$work/server.${#pids[@]}
  : >"$log"
  bash -c "exec $1" </dev/null >"$log" 2>&1 {quiet}>&- &
  pids+=("$!") expected+=("$2") logs+=("$log")
  eventually test -s "$log" || differs "$1" "$log" "$2"
}

end_section() {
  local i
  for i in "${!pids[@]}"; do
    eventually matches "${logs[i]}" "${expected[i]}" || differs "the server" "${logs[i]}" "${expected[i]}"
  done
  kill_servers
  pids=() expected=() logs=()
}

blocks=0 inside='' command='' output=''
flush() {   # flush LAST: runs the command read so far
  [[ -n $command ]] || return 0
  output=${output%$'\n'}
  if [[ $inside == server && $1 == last ]]; then
    start_server "$command" "$output"
  else
    run_command "$command" "$output"
  fi
  command='' output=''
}

while IFS= read -r line <&9; do
  if [[ -z $inside ]]; then
    case $line in
      '```console') inside=plain blocks=$((blocks + 1)) ;;
      '```console server') inside=server blocks=$((blocks + 1)) ;;
      '#'*) end_section ;;
    esac
  elif [[ $line == '```' ]]; then
    flush last
    inside=''
  elif [[ $line == '$ '* ]]; then
    flush not-last
    command=${line#'$ '}
  else
    output+=$line$'\n'
  fi
done 9<"$readme"
end_section
((blocks)) || { echo "$readme has no transcript"; exit 1; }
