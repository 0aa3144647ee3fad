#!/usr/bin/env bats
# echo_client against its own server and others; echo_client_one_read, which forgets that
# TCP has no boundaries.

setup() { load ../harness.bash; }
teardown() { end_server; }

# a_server_that LINE: for each client it runs this line of bash.
a_server_that() {
  printf '%s\n' '#!/bin/bash' "$1" >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR/answer"
  stranger ch04_tcp/echo_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,nodelay,fork" EXEC:./answer'
  start_server ch04_tcp/echo_server
}

@test "100 MiB without a newline come back exactly" {
  start_server ch04_tcp/echo_server
  head -c 104857600 /dev/zero | tr '\0' 'x' >"$BATS_TEST_TMPDIR/in"
  timeout 60 "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/in" |
    cmp "$BATS_TEST_TMPDIR/in" -
  rm "$BATS_TEST_TMPDIR/in"
}

@test "an empty input is an empty output" {
  start_server ch04_tcp/echo_server
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" </dev/null
  assert_output ""
}

@test "an answer in two parts arrives whole" {
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"; read -rt 0.2 <> <(:); printf %s "${text:4}"'
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf 0123456789)
  assert_output 0123456789
}

@test "one read for each write loses the second part" {
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"; read -rt 0.2 <> <(:); printf %s "${text:4}"'
  run -0 client ch04_tcp/echo_client_one_read 127.0.0.1 "$port" < <(printf 0123456789)
  assert_output 0123
}

@test "a server that closes early is an error, not an endless loop" {
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"'
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf 0123456789)
  assert_output "echo_client: the server closed before it had answered"
}

@test "a server that sends too much is noticed" {
  a_server_that 'IFS= read -rN 3 text; printf %s "$text and more"'
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf abc)
  assert_output --partial "the server sent more than it received"
}

@test "with two servers it reaches the one that its arguments name" {
  start_server ch04_tcp/echo_server
  local first=$port first_pid=$server_pid first_log=$BATS_TEST_TMPDIR/first.log
  cp "$server_log" "$first_log"
  start_server ch04_tcp/echo_server
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"to the second"
  assert_output "to the second"
  wait_for_log connected
  kill -TERM "$first_pid"
  eventually bash -c "! kill -0 $first_pid 2>/dev/null"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$first" <<<"to the first"
}

@test "a server that is killed during the conversation is an error" {
  start_server ch04_tcp/echo_server
  mkfifo "$BATS_TEST_TMPDIR/keys"
  exec 9<>"$BATS_TEST_TMPDIR/keys"
  client ch04_tcp/echo_client 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- 9>&- &
  local talker=$! status=0
  printf 'one\n' >&9
  eventually grep -qx one "$BATS_TEST_TMPDIR/said"
  stop_server
  printf 'two\n' >&9
  wait "$talker" || status=$?
  assert_equal "$status" 1
  grep -q '^echo_client: ' "$BATS_TEST_TMPDIR/said"
}
