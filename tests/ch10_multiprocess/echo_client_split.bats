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

# three_are_sent COMMAND...: the client sends three messages to a server that answers only when it has all,
# and one more when it has the answers.
# The next is typed when the server has the one before: a client that waits for each answer would wait for ever.
three_are_sent() {
  # shellcheck disable=SC2016  # for the stranger
  stranger ch04_tcp/echo_server \
    'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" SYSTEM:"dd of=three bs=100 count=3 status=none; cat three; dd of=more bs=100 count=1 status=none"'
  start_server ch04_tcp/echo_server
  cd "$BATS_TEST_TMPDIR" || return
  mkfifo keys
  timeout 20 "$@" "$split" 127.0.0.1 "$port" <keys >back 3>&- &
  exec 8>keys
  local count
  for count in 1 2 3; do
    echo "message $count" >&8
    eventually lines_are three "$count"
  done
  eventually lines_are back 3
  echo "message 4" >&8
  eventually lines_are more 1
  exec 8>&-
  wait $! || true # the server may have closed first
}
lines_are() { [[ -e $1 ]] && (($(wc -l <"$1") == $2)); }

@test "sending does not wait for answers" {
  three_are_sent
}

# In the trace, a thread would have a number of its own too.
@test "the child only sends, and does not wait, the parent only receives" {
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=clone,clone3,fork,sendto,recvfrom
  local wrapper=("${server_wrapper[@]}") server_wrapper=()
  three_are_sent "${wrapper[@]}"
  run ! grep CLONE_THREAD calls
  local parent child
  parent=$(awk 'NR == 1 { print $1 }' calls)
  child=$(awk '/sendto/ { print $1 }' calls | sort -u)
  assert_equal "$(wc -w <<<"$child")" 1
  refute [ "$child" = "$parent" ]
  assert_equal "$(awk '/recvfrom/ { print $1 }' calls | sort -u)" "$parent"
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
