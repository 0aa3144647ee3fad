#!/usr/bin/env bats
# select_stdin: it waits for input, but not for ever.

setup() {
  load ../harness.bash
  load ../screen.bash
}

# hint: read returns 0 at the end of the input, and a descriptor at its end is ready as well.
# page: ch12_select/README.md#waiting-but-not-for-ever
@test "input is copied, and at its end the program ends" {
  run -0 client ch12_select/select_stdin 60 <<<"typed"
  assert_output $'typed\nend of input'
}

# hint: select changes the timeval: after a time-out it is 0. The set is changed too. Fill both before each call.
# page: ch12_select/README.md#waiting-but-not-for-ever
@test "while nothing comes it says so once in a second, and copies what comes later" {
  local place=$BATS_TEST_TMPDIR
  mkfifo "$place/keys"
  exec 9<>"$place/keys"
  a_screen "$place/it"
  find_program ch12_select/select_stdin
  did "started it with 1 second; its input was silent"
  setpriv --pdeathsig TERM -- timeout 30 "$found" 1 <"$place/keys" >"$place/it.screen" 3>&- 9>&- &
  local waiter=$!
  eventually lines_are_at_least 2 || { echo "it did not say so twice; it said: $(<"$place/it.said")"; return 1; }
  did "typed: late"
  printf 'late\n' >&9
  eventually grep -qx late "$place/it.said" || { echo "it did not copy: late"; return 1; }
  local count
  count=$(wc -l <"$place/it.said")
  ((count < 20)) || { echo "it does not wait: it has printed $count lines"; return 1; }
  exec 9>&-
  wait "$waiter"
}
lines_are_at_least() { (($(wc -l <"$BATS_TEST_TMPDIR/it.said") >= $1)); }

@test "when the time is over the set is empty" {
  mkfifo "$BATS_TEST_TMPDIR/keys"
  exec 9<>"$BATS_TEST_TMPDIR/keys"
  traced -o "$BATS_TEST_TMPDIR/waits" -e trace=select,pselect6
  timeout 60 "${server_wrapper[@]}" "$(program ch12_select/select_stdin)" 1 \
    <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/said" 3>&- 9>&- &
  local waiter=$!
  eventually it_said_so_twice
  printf 'late\n' >&9
  eventually grep -qx late "$BATS_TEST_TMPDIR/said"
  exec 9>&-
  wait "$waiter"
  assert_equal "$(tail -n 2 "$BATS_TEST_TMPDIR/said")" $'late\nend of input'
  eventually input_and_its_end_are_reported
  run ! grep -v '{tv_sec=1, tv_.sec=0}' "$BATS_TEST_TMPDIR/waits" # each call waits as long
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_stdin)" </dev/null
  eventually grep -q 'select.*(1, \[0\].*{tv_sec=5, tv_.sec=0}' "$BATS_TEST_TMPDIR/calls" # as in the notes
  # It is select that empties the set: where the first call only seems to be made, it is as it was.
  traced -o /dev/null -e trace=select,pselect6 -e inject=select,pselect6:retval=0:when=1
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_stdin)" </dev/null
  assert_output $'nothing for 5 seconds; the set holds input: yes\nend of input'
}

input_and_its_end_are_reported() { (($(grep -c 'select.* = 1' "$BATS_TEST_TMPDIR/waits") >= 2)); }
it_said_so_twice() { (($(grep -cx 'nothing for 1 seconds; the set holds input: no' "$BATS_TEST_TMPDIR/said") >= 2)); }

@test "the first argument is the highest descriptor plus one, and the time is set before each call" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_stdin)" 7 <<<"x"
  eventually both_calls_wait_seven_seconds
}

# One call for the line, one for the end of the input.
both_calls_wait_seven_seconds() {
  (($(grep -c 'select.*(1, \[0\].*{tv_sec=7, tv_.sec=0}' "$BATS_TEST_TMPDIR/calls") == 2))
}

@test "a bad number of seconds is wrong usage" {
  run -2 client ch12_select/select_stdin 0
  run -2 client ch12_select/select_stdin soon
}
