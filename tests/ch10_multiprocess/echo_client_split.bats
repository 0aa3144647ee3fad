#!/usr/bin/env bats
# echo_client_split: one process sends, the other receives.

setup() {
  load ../harness.bash
  split=$(program ch10_multiprocess/echo_client_split)
}
teardown() { stop_server; }

@test "what is sent comes back whole" {
  head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  start_server ch17_epoll/echo_server_level
  timeout 20 "$split" 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/in" | cmp "$BATS_TEST_TMPDIR/in" -
}

# This server answers only when three lines have come: a client that waits for an answer after
# each line would wait for ever.
@test "sending does not wait for answers" {
  # shellcheck disable=SC2016  # for the stranger
  stranger ch04_tcp/echo_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" SYSTEM:"head -n 3 >three; cat three"'
  start_server ch04_tcp/echo_server
  mkfifo "$BATS_TEST_TMPDIR/keys"
  timeout 20 "$split" 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/back" 3>&- &
  exec 8>"$BATS_TEST_TMPDIR/keys"
  printf 'a\nb\nc\n' >&8
  eventually three_are_back
  exec 8>&-
}
three_are_back() { (($(wc -l <"$BATS_TEST_TMPDIR/back") == 3)); }

@test "one process only sends, the other only receives" {
  start_server ch17_epoll/echo_server_level
  printf 'hello\n' | timeout 20 env "ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}" strace -f -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto,recvfrom "$split" 127.0.0.1 "$port"
  local senders receivers
  senders=$(awk '/sendto/ { print $1 }' "$BATS_TEST_TMPDIR/calls" | sort -u)
  receivers=$(awk '/recvfrom/ { print $1 }' "$BATS_TEST_TMPDIR/calls" | sort -u)
  assert_equal "$(wc -l <<<"$senders")" 1
  assert_equal "$(wc -l <<<"$receivers")" 1
  refute [ "$senders" = "$receivers" ]
}

@test "a server that closes early ends both processes, even if the keyboard is silent" {
  start_server ch17_epoll/echo_server_level
  mkfifo "$BATS_TEST_TMPDIR/keys"
  set -m
  timeout --foreground 20 "$split" 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/back" 2>&1 3>&- &
  set +m
  local client_pid=$! status=0
  exec 8>"$BATS_TEST_TMPDIR/keys"
  echo hello >&8
  eventually grep -q hello "$BATS_TEST_TMPDIR/back"
  kill -KILL "$server_pid"
  end_server
  wait "$client_pid" || status=$?
  assert_equal "$status" 1
  eventually group_is_gone "$client_pid"
  exec 8>&-
}
