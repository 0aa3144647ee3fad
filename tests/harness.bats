#!/usr/bin/env bats
# The harness itself: it notices each way in which a server can go wrong.

setup() { load harness.bash; }
teardown() { end_server; }

# a_server_that COMMAND...: a bash program in the place of chapter 4's server.
a_server_that() {
  BUILD_DIR=$BATS_TEST_TMPDIR
  mkdir -p "$BUILD_DIR/ch04_tcp"
  printf '%s\n' '#!/bin/bash' "$@" >"$BUILD_DIR/ch04_tcp/echo_server"
  chmod +x "$BUILD_DIR/ch04_tcp/echo_server"
}

# fails_saying TEXT COMMAND...: in this shell, because the servers are its children.
fails_saying() {
  local text=$1
  shift
  if "$@" >"$BATS_TEST_TMPDIR/said"; then
    fail "$1 should have failed"
  fi
  run -0 cat "$BATS_TEST_TMPDIR/said"
  assert_line --partial "$text"
}

@test "a server that quits early is reported with its output" {
  a_server_that 'echo no luck today; exit 1'
  fails_saying "ended before it was ready" start_server ch04_tcp/echo_server
  assert_line "no luck today"
}

@test "a server that is never ready is reported" {
  a_server_that 'echo almost; read -r <> <(:)'
  patience=1
  fails_saying "was not ready in time" start_server ch04_tcp/echo_server
}

@test "a wait looks once more after its limit, and not more often" {
  patience=0
  : >"$BATS_TEST_TMPDIR/looks"
  eventually looks_reach 2
  : >"$BATS_TEST_TMPDIR/looks"
  run -1 eventually looks_reach 3
}
looks_reach() { echo look >>"$BATS_TEST_TMPDIR/looks" && (($(wc -l <"$BATS_TEST_TMPDIR/looks") >= $1)); }

@test "a server that dies under the test is reported" {
  a_server_that 'echo listening on 127.0.0.1:1; exit 0'
  start_server ch04_tcp/echo_server
  assert_equal "$port" 1
  eventually server_is_gone
  fails_saying "had ended before the test did" stop_server
}

@test "a server that ends with the wrong status is reported" {
  a_server_that 'trap "exit 134" TERM' 'echo listening on 127.0.0.1:1' 'exec 9<> <(:); while read -rt 0.1 -u 9 || :; do :; done'
  start_server ch04_tcp/echo_server
  fails_saying "ended with status 134, not 143" stop_server
}

@test "a server that ignores SIGTERM is killed and reported" {
  a_server_that 'trap "" TERM' 'echo listening on 127.0.0.1:1' 'exec 9<> <(:); while read -rt 0.1 -u 9 || :; do :; done'
  start_server ch04_tcp/echo_server
  local pid=$server_pid
  patience=1
  fails_saying "the server did not end" stop_server
  eventually group_is_gone "$pid"
}

@test "a server that leaves a child is reported" {
  a_server_that 'trap "exit 143" TERM' '(trap "" TERM; exec 9<> <(:); read -ru 9) &' \
    'echo listening on 127.0.0.1:1' 'exec 9<> <(:); while read -rt 0.1 -u 9 || :; do :; done'
  start_server ch04_tcp/echo_server
  local pid=$server_pid
  patience=1
  fails_saying "the server left a child" stop_server
  eventually group_is_gone "$pid"
}

@test "a server has the default actions for signals" {
  start_server ch04_tcp/echo_server
  run -0 sed -n 's/^SigIgn:[[:space:]]*//p' "/proc/$server_pid/status"
  assert_output 0000000001000000 # SIGXFSZ: a file that reaches its limit is an error of write
  stop_server 130 INT
}

@test "a stranger that says nothing is found by its socket" {
  stranger ch04_tcp/echo_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" EXEC:cat'
  start_server ch04_tcp/echo_server
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"who are you"
  assert_output "who are you"
  stop_server
}

@test "a server that spins is noticed" {
  a_server_that 'echo listening on 127.0.0.1:1' 'while :; do :; done'
  start_server ch04_tcp/echo_server
  # On a busy machine it may get no turn for a while.
  is_noticed() { ! does_not_spin >"$BATS_TEST_TMPDIR/said"; }
  eventually is_noticed
  run -0 cat "$BATS_TEST_TMPDIR/said"
  assert_line --partial "the server spins"
}

@test "a failed test leaves no process" {
  printf '%s\n' "setup() { load '$BATS_TEST_DIRNAME/harness.bash'; }" 'teardown() { stop_server; }' \
    '@test "fails" {' '  start_server ch04_tcp/echo_server' "  echo \$server_pid >'$BATS_TEST_TMPDIR/pid'" \
    '  false' '}' >"$BATS_TEST_TMPDIR/fails.bats"
  run -1 bats "$BATS_TEST_TMPDIR/fails.bats"
  assert_line --partial "fails.bats, line 6)"
  run ! kill -0 "$(<"$BATS_TEST_TMPDIR/pid")"
}

@test "a captured frame whose line is still being written is not read" {
  load lab.bash
  cd "$BATS_TEST_TMPDIR"
  local ethernet=" 02 00 00 00 01 03 02 00 00 00 01 02 08 00" ip=" 45 00 00 14 00 00 00 00 40 06 00 00 0a 00 01 02 0a 00 01 03"
  printf '%s' "${ethernet:0:30}" >cut.log
  run -0 bash -euc "$(declare -f frames); frames cut"
  assert_output ""
  printf '%s' "$ethernet$ip" >whole.log
  run -0 bash -euc "$(declare -f frames); frames whole"
  assert_output "02:00:00:00:01:03 ttl 64 protocol 6 10.0.1.2 > 10.0.1.3 "
}
