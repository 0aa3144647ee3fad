# lab.bash - tests in a lab; a .bats file loads it after harness.bash, and says use_lab.

# use_lab NAME: the tests of this file use this lab.
use_lab() {
  the_lab=$(echo "$BATS_TEST_DIRNAME"/../../ch*/"lab_$1.bash")
  export the_lab
}

# lab [HOST [-- COMMAND...]]: that lab, as ./course lab starts it.
lab() { timeout -k 1 60 "$the_lab" "$BUILD_DIR/$(basename "${the_lab%/*}")" "$@"; }

# perform FUNCTION [ARGUMENT...]: runs it on the first host of a new lab, in the test's folder. Processes
# that the function leaves running end with the lab; their output is in files.
perform() {
  export BUILD_DIR BATS_TEST_TMPDIR patience client_limit
  cd "$BATS_TEST_TMPDIR" || return
  lab "$(sed -n 's/^hosts=(\([a-z0-9]*\).*/\1/p' "$the_lab")" -- bash -euc "$(declare -f)"$'\n''"$@"' - "$@" 3>&- 4>&-
}

# play FUNCTION [ARGUMENT...]: the same; it must succeed, and its output is in $output.
play() {
  private_networks_or_skip
  cd "$BATS_TEST_TMPDIR" || return
  run perform "$@"
  assert_success
}

# in_background HOST FILE COMMAND...: on that host; its output goes to the file.
in_background() {
  : >"$2"
  on "$1" "${@:3}" </dev/null >"$2" 2>&1 &
}
# seen FILE PATTERN [COUNT]: waits until COUNT (1) of its lines match.
seen() { eventually has_lines "$@" || { echo "$1 never said: $2"; cat "$1"; return 1; }; }
has_lines() { (($(grep -cE -- "$2" "$1") >= ${3:-1})); }

# start HOST NAME COMMAND...: on that host, and waits until it is ready; its output is in NAME.log.
start() {
  in_background "$1" "$2.log" "${@:3}"
  says "$2" '^ready|listening on |starting data transfer loop'
}
# says NAME PATTERN: waits until it has printed that.
says() { seen "$1.log" "$2"; }
never_said() { run ! grep -E -- "$2" "$1.log"; }

# capture HOST INTERFACE: writes the frames that arrive there into INTERFACE.log. (Some versions of
# socat do not see those that leave.)
capture() { start "$1" "$2" socat -u -d -d -x "INTERFACE:$2" OPEN:/dev/null; }
# frames INTERFACE: the captured IPv4 frames, a line for each: hardware address, TTL,
# protocol, sender, receiver, then the bytes after the IP header.
frames() {
  local byte header field
  # The last line may still be being written: at least the headers of Ethernet and IP are there.
  grep -E '^( [0-9a-f]{2}){34,}$' "$1.log" | while read -ra byte; do
    [[ ${byte[12]}${byte[13]} == 0800 ]] || continue
    header=$(((0x${byte[14]} & 15) * 4))
    printf '%s' "$(IFS=:; echo "${byte[*]:0:6}") "
    field=("${byte[@]:22:2}" "${byte[@]:26:8}")
    printf 'ttl %d protocol %d %d.%d.%d.%d > %d.%d.%d.%d' "${field[@]/#/0x}"
    echo " ${byte[*]:14 + header}"
  done
}
passes() { eventually frames_hold "$@"; }
frames_hold() { frames "$1" | grep -qE -- "$2"; }
