#!/usr/bin/env bats
# echo_client against its own server and others; echo_client_one_read, which forgets that
# TCP has no boundaries.

setup() {
  load ../harness.bash
  load ../echo.bash
  load messages.bash
}
teardown() { end_server; }

# a_server_that LINE: for each client it runs this line of bash.
a_server_that() { a_stand_in_for ch04_tcp/echo_server "$1"; }

@test "100 MiB without a newline come back exactly" {
  start_server ch04_tcp/echo_server
  head -c 104857600 /dev/zero | tr '\0' 'x' >"$BATS_TEST_TMPDIR/in"
  timeout 60 "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/in" |
    cmp "$BATS_TEST_TMPDIR/in" -
  rm "$BATS_TEST_TMPDIR/in"
}

# hint: Two that only send wait for each other, their buffers full. Read the answers while you send.
# page: ch04_tcp/README.md#echo
# judges: ch04_tcp/echo_client
# bats test_tags=first
@test "a line comes back, and binary data, and a long input" {
  start_server ch04_tcp/echo_server
  client_prints ch04_tcp/echo_client 'two words\n' 'two words'
  printf 'no\0text\xff\xfe\r\n\n\0' >"$BATS_TEST_TMPDIR/in"
  comes_back_through "$BATS_TEST_TMPDIR/in" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port"
  head -c 10000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  comes_back_through "$BATS_TEST_TMPDIR/in" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port"
}

# hint: At the end of its input the client says so to the server, and ends when the server has closed.
# page: ch04_tcp/README.md#echo
# judges: ch04_tcp/echo_client
@test "an empty input is an empty output" {
  start_server ch04_tcp/echo_server
  client_prints ch04_tcp/echo_client "" ""
}

# hint: One recv may return a part of the answer. Ask until as many bytes have come back as were sent.
# page: ch04_tcp/README.md#one-read-is-not-enough
# judges: ch04_tcp/echo_client
@test "an answer in two parts arrives whole" {
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"; read -rt 0.2 <> <(:); printf %s "${text:4}"; cat'
  did "the server sent its answer in two parts"
  client_prints ch04_tcp/echo_client 0123456789 0123456789
}

@test "connect takes the address of the server, and returns 0, or -1 where nobody listens" {
  start_server ch04_tcp/echo_server 0 127.0.0.6
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=connect
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.6 "$port" <<<"x"
  local called="{sa_family=AF_INET, sin_port=htons($port), sin_addr=inet_addr(\"127.0.0.6\")}, 16)"
  eventually grep -qF "$called = 0" "$BATS_TEST_TMPDIR/calls"
  stop_server
  run -1 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.6 "$port" <<<"x"
  assert_line --index 0 "echo_client: connect 127.0.0.6:$port: Connection refused"
  eventually grep -qF "$called = -1 ECONNREFUSED" "$BATS_TEST_TMPDIR/calls"
}

# The server's answer has three parts, 4, 3 and 3 of 10 bytes; in the second conversation it leaves after the first.
@test "it asks for the bytes that are missing and no more, and not for ever" {
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"; [[ $text != 0* ]] || { read -rt 0.2 <> <(:); printf %s "${text:4:3}"; read -rt 0.2 <> <(:); printf %s "${text:7}"; }'
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" < <(printf 0123456789)
  assert_output 0123456789
  eventually grep -q '= 0$' "$BATS_TEST_TMPDIR/calls"
  run -0 asked
  assert_output $'10 got 4\n6 got 3\n3 got 3\n4096 got 0'
  run -1 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" < <(printf abcdefghij)
  assert_output "echo_client: the server closed before it had answered"
  eventually grep -q '= 0$' "$BATS_TEST_TMPDIR/calls"
  run -0 asked
  assert_output $'10 got 4\n6 got 0'
}
# asked: how much each recv asked for, and what it got.
asked() { sed -nE 's/^recvfrom.*, ([0-9]+), 0, NULL, NULL\) += ([0-9]+)$/\1 got \2/p' "$BATS_TEST_TMPDIR/calls"; }

@test "it copies lines until its input ends, and stops when the server leaves" {
  start_server ch04_tcp/echo_server
  run -0 --keep-empty-lines client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf 'one\n\nthree\n')
  assert_output $'one\n\nthree\n'
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" < <(seq 3000) # more than one read
  assert_output "$(seq 3000)"
  stop_server
  a_server_that 'IFS= read -rN 10 text; printf %s "${text^^}"'
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf abcdefghij)
  assert_output ABCDEFGHIJ # what it prints is the answer
  stop_server
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"'
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf 0123456789)
  assert_output "echo_client: the server closed before it had answered"
  stop_server
  # An error ends it too: of recv, and of read.
  start_server ch04_tcp/echo_server
  traced -o /dev/null -e inject=recvfrom:error=ETIMEDOUT:when=1
  run -1 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <<<"x"
  assert_output "echo_client: recv: Connection timed out"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" </
  assert_output "echo_client: read: Is a directory"
}

@test "one read for each write loses the second part" {
  # An iterative server takes one client after another, never two at once.
  start_server ch04_tcp/echo_server
  local word
  for word in one two; do
    run -0 client ch04_tcp/echo_client_one_read 127.0.0.1 "$port" <<<"$word"
    assert_output "$word"
  done
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf x >&8
  read -rt 20 -N 1 -u 8
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf y >&9
  run -142 read -rt 0.3 -N 1 -u 9
  exec 8>&-
  read -rt 20 -N 1 -u 9
  exec 9>&-
  stop_server
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"; read -rt 0.2 <> <(:); printf %s "${text:4}"'
  run -0 client ch04_tcp/echo_client_one_read 127.0.0.1 "$port" < <(printf 0123456789)
  assert_output 0123
}

# hint: recv that returns 0 means that the server has closed: no more bytes will come, however often you ask.
# page: ch04_tcp/README.md#echo
# judges: ch04_tcp/echo_client
@test "a server that closes early is an error, not an endless loop" {
  a_server_that 'IFS= read -rN 10 text; printf %s "${text:0:4}"'
  did "the server answered 4 of 10 bytes, and closed"
  if ! is_ours ch04_tcp/echo_client; then
    local status=0
    client ch04_tcp/echo_client 127.0.0.1 "$port" < <(printf 0123456789) >"$BATS_TEST_TMPDIR/printed" || status=$?
    ((status != 124)) || { echo "the client did not end in time"; return 1; }
    return 0
  fi
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
  local first=$port first_pid=$server_pid first_log=$server_log
  log_file=$BATS_TEST_TMPDIR/second.log start_server ch04_tcp/echo_server 0 127.0.0.9
  run -0 client ch04_tcp/echo_client 127.0.0.9 "$port" <<<"to the second"
  assert_output "to the second"
  wait_for_log connected
  run ! grep connected "$first_log"
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$first" <<<"to the first"
  assert_output "to the first"
  server_log=$first_log wait_for_log connected
  assert_equal "$(grep -c connected "$server_log")" 1
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
