#!/usr/bin/env bats
# The transcripts of the README of this chapter.

setup() { load ../harness.bash; }

@test "the README shows what the programs print" {
  in_private_network "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch01_basics/README.md" "$BUILD_DIR/ch01_basics"
}
