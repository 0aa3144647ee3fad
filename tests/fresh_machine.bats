#!/usr/bin/env bats
# fresh_machine.bash: how it is called. (That it works, .ci/run shows.)

setup() {
  load harness.bash
  fresh_machine=$BATS_TEST_DIRNAME/fresh_machine.bash
}

@test "help is the usage" {
  run -0 "$fresh_machine" --help
  assert_line --index 0 "usage: tests/fresh_machine.bash [OPTION...] RELEASE COMMAND [ARGUMENT...]"
}

@test "wrong arguments are wrong usage" {
  local words
  for words in "" trixie "--fast trixie true" "sid true" "--locale trixie true" "--root --no-namespaces trixie true"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 "$fresh_machine" $words
    assert_line --regexp '^fresh_machine: .* \(--help tells more\)$'
  done
}

@test "a user who is not root is told so" {
  if ((EUID)); then
    run -1 "$fresh_machine" trixie true
  else
    unshare --map-user=1000 true 2>/dev/null || skip "user namespaces are forbidden here"
    run -1 unshare --map-user=1000 "$fresh_machine" trixie true
  fi
  assert_output --partial "this needs root"
}
