#!/usr/bin/env bats
# load_client: what it reports, and which mistakes of a server it notices.

setup() {
  load ../harness.bash
  load ../ch04_tcp/messages.bash
  load_client=$(program ch17_epoll/load_client)
}
teardown() { stop_server; }

# a_server_that LINE...: it runs these lines of bash for each client.
a_server_that() {
  printf '%s\n' '#!/bin/bash' "$@" >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR/answer"
  # shellcheck disable=SC2016  # its own $1
  stranger ch17_epoll/echo_server_level 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server ch17_epoll/echo_server_level
}

# finds_the_fault ARGUMENT...: the client ends with an error, and reports no requests.
finds_the_fault() {
  run --separate-stderr client ch17_epoll/load_client 127.0.0.1 "$port" "$@" </dev/null
  if ((status == 0)); then echo "it found no fault, and printed: $output"; fi
  if ((status == 124)); then echo "it waited, and did not end in time"; fi
  ((status != 0 && status != 124))
  refute_output --partial "requests/s"
  is_no_crash "$status" || { echo "it ended with status $status"; return 1; }
}
# its_last_words REGEXP: if it is ours.
its_last_words() {
  ! is_ours ch17_epoll/load_client || { assert_equal "$status" 1 && assert_regex "${stderr_lines[-1]}" "$1"; }
}

# held ARGUMENTS...: a load client that waits until press_enter is called.
held() {
  mkfifo "$BATS_TEST_TMPDIR/keys"
  timeout 30 "$load_client" 127.0.0.1 "$port" "$@" <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/report" 2>&1 3>&- &
  load_pid=$!
  exec 8>"$BATS_TEST_TMPDIR/keys"
}
press_enter() { echo >&8; }
# Every connection begins with one message of 64 bytes; these have received more.
busy_connections() { ss -Htni state established "sport = :$port" | grep -o 'bytes_received:[0-9]*' | grep -cv ':64$' || true; }
report_holds() { grep -q "$1" "$BATS_TEST_TMPDIR/report"; }

# hint: Send on every connection, count the answers that came back whole, and print the report when all are back.
# page: ch17_epoll/README.md#the-same-load-for-all
# judges: ch17_epoll/load_client
# bats test_tags=first
@test "it reports how many requests were answered and how fast" {
  start_server ch17_epoll/echo_server_level
  run -0 --separate-stderr client ch17_epoll/load_client 127.0.0.1 "$port" 20 1 </dev/null
  assert_output --regexp '^[1-9][0-9]* requests/s, half within [0-9]+ us, 99 % within [0-9]+ us$'
  wait_for_log "closed " 20
  assert_equal "$(grep -c '^connected ' "$server_log") connections" "20 connections"
}

# hint: An answer comes in parts: compare and count bytes until the whole burst is back.
# page: ch17_epoll/README.md#the-same-load-for-all
# judges: ch17_epoll/load_client
@test "bursts of long messages come back too" {
  start_server ch17_epoll/echo_server_level
  run -0 --separate-stderr client ch17_epoll/load_client 127.0.0.1 "$port" 10 1 8192 8 </dev/null
  assert_output --regexp '^[1-9][0-9]* requests/s'
}

# hint: Compare every byte that comes back with what was sent; its length is not enough.
# page: ch17_epoll/README.md#the-same-load-for-all
# judges: ch17_epoll/load_client
@test "a changed byte is an error" {
  a_server_that "head -c 64 | tr '\000-\377' '\001-\377\000'" cat
  did "the server sent 64 bytes back, all of them changed, and the next ones as they were"
  finds_the_fault 1 1
  its_last_words '^load_client: what came back is not what was sent$'
}

# hint: The server sends the message twice. Look at how many bytes came, too.
# page: ch17_epoll/README.md#the-same-load-for-all
# judges: ch17_epoll/load_client
@test "more bytes than were sent are an error" {
  a_server_that 'head -c 64 >twice' 'cat twice twice' cat
  did "the server sent the first 64 bytes twice"
  finds_the_fault 1 1
  its_last_words '^load_client: what came back is not what was sent$'
}

# hint: recv returns 0 when the server has closed. Nothing more will come back.
# page: ch17_epoll/README.md#the-same-load-for-all
# judges: ch17_epoll/load_client
@test "a connection that the server closes is an error" {
  a_server_that 'head -c 64'
  did "the server sent the first 64 bytes back and closed the connection"
  finds_the_fault 1 1
  # The next burst may be answered with a reset before we have read the end of the stream.
  its_last_words '^load_client: (the server closed a connection|(recv|send): .*)$'
}

@test "a client that gets no answer is an error" {
  start_server ch04_tcp/echo_server
  run -1 --separate-stderr client ch17_epoll/load_client 127.0.0.1 "$port" 2 1 </dev/null
  assert_equal "${stderr_lines[-1]}" "load_client: no answer for five seconds"
}

small_buffers() {
  echo 4096 8192 16384 | tee /proc/sys/net/ipv4/tcp_rmem >/proc/sys/net/ipv4/tcp_wmem
  start_server ch17_epoll/echo_server_level
  client ch17_epoll/load_client 127.0.0.1 "$port" 1 1 65536 1 </dev/null 2>&1 || true
}

@test "a burst for which the kernel has no room is an error" {
  privately small_buffers
  assert_line "load_client: no room to send a burst for five seconds"
}

@test "it starts and ends when Enter is pressed, and idle connections stay idle" {
  start_server ch17_epoll/echo_server_level
  held 10 1 64 1 3
  wait_for_log "connected " 10
  eventually report_holds "Enter starts"
  assert_equal "$(busy_connections)" 0
  press_enter
  eventually report_holds "requests/s"
  assert_equal "$(busy_connections)" 3
  assert_equal "$(grep -c '^closed ' "$server_log")" 0
  press_enter
  wait "$load_pid"
  exec 8>&-
  wait_for_log "closed " 10
}

@test "bad numbers are wrong usage" {
  local arguments
  for arguments in "0" "abc" "1 0" "1 1 0" "1 1 65537" "1 1 65536 2" "5 1 64 1 6" "1 1 1 1 1 1"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 client ch17_epoll/load_client 127.0.0.1 1 $arguments
    assert_output --partial "usage: load_client"
  done
}
