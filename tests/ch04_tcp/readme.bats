#!/usr/bin/env bats
# The transcripts of the chapter's README, and of its page about the wire, which are typed in the lab.

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab wire
}

@test "the README shows what the programs print" {
  in_private_network "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch04_tcp/README.md" "$BUILD_DIR/ch04_tcp"
}

@test "the page about the wire shows what the programs print" {
  private_networks_or_skip
  lab client -- "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch04_tcp/wire.md" "$BUILD_DIR/ch04_tcp"
}
