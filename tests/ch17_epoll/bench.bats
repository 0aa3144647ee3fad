#!/usr/bin/env bats
# bench.py: that it measures and reports, not how fast anything is.

setup() {
  load ../harness.bash
  # A build of a few servers, with its own folder for results. Both paths have a space.
  few="$BATS_TEST_TMPDIR/a few"
  mkdir "$few"
  ln -s "$BATS_TEST_DIRNAME/../../ch17_epoll" "$few/course"
  bench=$few/course/bench.py
  ln -s "$BUILD_DIR/ch12_select" "$BUILD_DIR/ch17_epoll" "$few"
}

@test "every server that is built is measured under the same load" {
  ln -s "$BUILD_DIR/ch18_threads/echo_server" "$few/mine"
  run -0 --separate-stderr timeout 80 "$bench" "$few" --quick --load 3:2 --server "mine=$few/mine"
  assert_line "3 connections, 2 active"
  local name
  for name in select poll "epoll level" "epoll edge" mine; do
    assert_line --regexp "^\| $name \| [1-9][0-9]* \| [0-9.]+ \| [0-9]+ \| [0-9]+ \| +\|$"
  done
  refute_line --partial "iterative"
  run -1 pgrep -f "$few/ch"
}

@test "it prints the figures as JSON" {
  run -0 --separate-stderr timeout 80 "$bench" "$few" --quick --load 1 --json
  assert_equal "${lines[0]}${lines[-1]}" "[]"
  assert_line --regexp '^  \{"connections": 1, "active": 1, "server": "epoll level", "requests_per_second": [1-9][0-9]*, "cpu_us_per_request": [0-9.]+, '
}

@test "a server that does not take as many connections is left out with a reason" {
  (($(ulimit -Hn) > 1200)) || skip "no more than $(ulimit -Hn) descriptors are allowed here"
  run -0 --separate-stderr timeout 80 "$bench" "$few" --quick --load 1100:1
  assert_regex "$stderr" "select: not made for more than 1000"
  refute_line --partial "| select |"
  assert_line --partial "| poll |"
}

# In a process group of its own, so that Ctrl-C has its default meaning there.
@test "Ctrl-C and SIGTERM end what it started, and it says so in its status" {
  local signal status pid
  for signal in INT:130 TERM:143; do
    rm -f "$few/bench/server.log"
    set -m
    "$bench" "$few" --quick --load 5 >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    pid=$!
    set +m
    eventually grep -qs connected "$few/bench/server.log"
    kill "-${signal%:*}" "$pid"
    status=0
    wait "$pid" || status=$?
    assert_equal "$status" "${signal#*:}"
    run -1 pgrep -f "$few/ch"
    run -1 grep Traceback "$BATS_TEST_TMPDIR/said"
  done
}

@test "a stranger that does not listen is an error" {
  run -1 timeout 80 "$bench" "$few" --quick --load 1 --server "gone=false"
  assert_output --partial "bench: 'false' does not listen"
}

# judges: nobody
@test "a folder that holds no build is wrong usage" {
  run -2 "$bench" "$BATS_TEST_TMPDIR"
  assert_line --partial "bench: error: there is no ch17_epoll/load_client in "
}

@test "what it cannot measure is wrong usage" {
  local options
  for options in "--fast" "--load" "--load 0" "--load 1:2" "--load x" "--server" "--server =x" "--server x"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 "$bench" "$few" $options
    assert_line --regexp '^bench: error: '
  done
}
