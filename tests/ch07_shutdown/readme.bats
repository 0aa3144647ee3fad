#!/usr/bin/env bats
# The transcripts of the chapter's README.

setup() { load ../harness.bash; }

@test "the README shows what the programs print" {
  in_private_network "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch07_shutdown/README.md" "$BUILD_DIR/ch07_shutdown"
}
