#!/usr/bin/env bats
# select_stdin: it waits for input, but not for ever.

setup() { load ../harness.bash; }

@test "input is copied, and at its end the program ends" {
  run -0 client ch12_select/select_stdin 60 <<<"typed"
  assert_output $'typed\nend of input'
}

@test "when the time is over the set is empty" {
  mkfifo "$BATS_TEST_TMPDIR/keys"
  exec 9<>"$BATS_TEST_TMPDIR/keys"
  client ch12_select/select_stdin 1 <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/said" 3>&- 9>&- &
  local waiter=$!
  eventually grep -qx 'nothing for 1 seconds; the set holds input: no' "$BATS_TEST_TMPDIR/said"
  printf 'late\n' >&9
  eventually grep -qx late "$BATS_TEST_TMPDIR/said"
  exec 9>&-
  wait "$waiter"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_stdin)" </dev/null
  eventually grep -q 'select.*(1, \[0\].*{tv_sec=5, tv_.sec=0}' "$BATS_TEST_TMPDIR/calls" # as in the notes
}

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
