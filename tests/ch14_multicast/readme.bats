#!/usr/bin/env bats
# The transcripts of the chapter's README, typed in the lab.

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab routed
}

@test "the README shows what the programs print" {
  private_networks_or_skip
  lab h1 -- "$BATS_TEST_DIRNAME/../transcript.bash" \
    "$BATS_TEST_DIRNAME/../../ch14_multicast/README.md" "$BUILD_DIR/ch14_multicast"
}

@test "the README shows the map of the lab" {
  private_networks_or_skip
  lab <<<exit >"$BATS_TEST_TMPDIR/map" 2>/dev/null
  run -0 grep -cF "10.1.2.2 v2 /       \\ v3  10.1.3.2" "$BATS_TEST_TMPDIR/map"
  sed '/^$/,$d' "$BATS_TEST_TMPDIR/map" >"$BATS_TEST_TMPDIR/picture"
  sed -n '/^```$/,/^```$/p' "$BATS_TEST_DIRNAME/../../ch14_multicast/README.md" | sed 1d |
    sed '/^```$/,$d' | diff - "$BATS_TEST_TMPDIR/picture"
}
