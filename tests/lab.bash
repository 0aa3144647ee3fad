# lab.bash - scenes in a lab; a .bats file loads it behind harness.bash, and says use_lab.

# use_lab NAME: the scenes of this file play there.
use_lab() {
  the_lab=$(echo "$BATS_TEST_DIRNAME"/../../ch*/"lab_$1.bash")
  export the_lab
}

# lab [HOST [-- COMMAND...]]: that lab, as ./course lab starts it.
lab() { timeout -k 1 60 "$the_lab" "$BUILD_DIR/$(basename "${the_lab%/*}")" "$@"; }

# perform FUNCTION [ARGUMENT...]: where one sits in a lab of its own, in the folder of the test. What
# the function starts and leaves running ends with the lab; what was said is in files.
perform() {
  export BUILD_DIR BATS_TEST_TMPDIR
  cd "$BATS_TEST_TMPDIR" || return
  lab "$(sed -n 's/^hosts=(\([a-z0-9]*\).*/\1/p' "$the_lab")" -- bash -euc "$(declare -f)"$'\n''"$@"' - "$@" 3>&- 4>&-
}

# play FUNCTION [ARGUMENT...]: that must succeed; what it says is the output.
play() {
  private_networks_or_skip
  cd "$BATS_TEST_TMPDIR" || return
  run perform "$@"
  assert_success
}

# in_background HOST FILE COMMAND...: there; what it says goes to the file.
in_background() {
  : >"$2"
  on "$1" "${@:3}" </dev/null >"$2" 2>&1 &
}
# seen FILE PATTERN [COUNT]: until so many of its lines (1) are like that.
seen() { eventually has_lines "$@" || { echo "$1 never said: $2"; cat "$1"; return 1; }; }
has_lines() { (($(grep -cE -- "$2" "$1") >= ${3:-1})); }

# start HOST NAME COMMAND...: there, until it is ready; what it says is in NAME.log.
start() {
  in_background "$1" "$2.log" "${@:3}"
  says "$2" '^ready|listening on |starting data transfer loop'
}
# says NAME PATTERN: it does, sooner or later.
says() { seen "$1.log" "$2"; }
never_said() { run ! grep -E -- "$2" "$1.log"; }

# capture HOST INTERFACE: what comes in there, into INTERFACE.log. (What goes out some versions of
# socat do not see.)
capture() { start "$1" "$2" socat -u -d -d -x "INTERFACE:$2" OPEN:/dev/null; }
# frames INTERFACE: the captured IPv4 frames, a line each: hardware address, TTL,
# protocol, sender, receiver, then the bytes behind the IP header.
frames() {
  local byte header field
  grep -E '^( [0-9a-f]{2})+$' "$1.log" | while read -ra byte; do
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
