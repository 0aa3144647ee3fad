#!/usr/bin/env bats
# select_sets: when a socket is readable, writable, exceptional.

setup() {
  load ../harness.bash
  run -0 client ch12_select/select_sets
}

@test "an idle socket is writable" {
  assert_line "idle: select returns 1; writable"
}

@test "with a first argument that is too small select looks at nothing" {
  assert_line "idle, nfds one too small: select returns 0;"
}

@test "data and the end of the stream make a socket readable" {
  assert_line "data came: select returns 2; readable writable"
  assert_line "the peer has finished: select returns 1; readable"
}

@test "the exceptional set is for urgent data" {
  assert_line "urgent data came: select returns 2; writable exceptional"
}

@test "a socket with a full send buffer is not writable" {
  assert_line "the send buffer is full: select returns 0;"
}
