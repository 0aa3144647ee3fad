#!/usr/bin/env bats
# The transcripts of the README of this chapter.

setup() { load ../harness.bash; }

@test "the README shows what the programs print" {
  in_private_network "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch02_packets/README.md" "$BUILD_DIR/ch02_packets"
}
