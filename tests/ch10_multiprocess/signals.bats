#!/usr/bin/env bats
# signal_alarm and sigaction_alarm: handlers, and what they interrupt.

setup() {
  load ../harness.bash
  signal_alarm=$(program ch10_multiprocess/signal_alarm)
}

@test "a handler is called when the time is over, and ends the sleep" {
  run -0 timeout 30 "$signal_alarm" 1
  assert_line "before: the default, then: ours"
  assert_equal "$(grep -c '^handler: time out$' <<<"$output")" 3
  assert_equal "$(grep -cE '^woken with 9[0-9] seconds left$' <<<"$output")" 3
}

@test "alarm returns what an earlier one had left" {
  run -0 timeout 30 "$signal_alarm" 1
  assert_line "alarm returned 0, 10, 5"
}

@test "without a handler the alarm ends the program" {
  run -142 "$signal_alarm" 1 default
  refute_output --partial "woken"
}

@test "Ctrl-C is a signal like any other" {
  set -m
  "$signal_alarm" 90 >"$BATS_TEST_TMPDIR/said" 3>&- &
  set +m
  local pid=$!
  eventually grep -q "alarm returned" "$BATS_TEST_TMPDIR/said"
  kill -INT "$pid"
  eventually grep -q "^handler: Ctrl-C$" "$BATS_TEST_TMPDIR/said"
  kill -KILL "$pid"
}

@test "the restart flag decides whether a handler ends a read" {
  run -0 client ch10_multiprocess/sigaction_alarm
  assert_line "sa_flags 0: read returned -1, Interrupted system call"
  assert_line "SA_RESTART: read returned 1"
  assert_line "signal(): SA_RESTART"
}

@test "a masked signal waits until the handler has returned" {
  run -0 client ch10_multiprocess/sigaction_alarm
  assert_line "masked: 1 2 3"
  assert_line "not masked: 1 3 2"
}
