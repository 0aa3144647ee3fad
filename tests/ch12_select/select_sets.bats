#!/usr/bin/env bats
# select_sets: what makes a socket readable, writable, exceptional.

setup() {
  load ../harness.bash
  run -0 client ch12_select/select_sets
}

@test "an idle socket can be written" {
  assert_line "idle: 1 bits; writable"
}

@test "a first argument that is too small looks at nothing" {
  assert_line "idle, nfds one too small: 0 bits;"
}

@test "data and the end of the stream make a socket readable" {
  assert_line "data have come: 2 bits; readable writable"
  assert_line "the peer has finished: 1 bits; readable"
}

@test "the exceptional set is for urgent data" {
  assert_line "urgent data have come: 2 bits; writable exceptional"
}

@test "a full send buffer cannot be written" {
  assert_line "the send buffer is full: 0 bits;"
}
