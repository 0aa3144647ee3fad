#!/usr/bin/env bats
# The transcripts of the chapter's README.

setup() { load ../harness.bash; }

# Two of the programs do on purpose what the thread sanitizer reports.
@test "the README shows what the programs print" {
  export TSAN_OPTIONS=report_bugs=0
  in_private_network "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch18_threads/README.md" "$BUILD_DIR/ch18_threads"
}
