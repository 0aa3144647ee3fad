#!/usr/bin/env bats
# echo_client_split: one process sends, the other receives.

setup() {
  load ../harness.bash
  load ../echo.bash
  load ../ch04_tcp/messages.bash
  split=$(program ch10_multiprocess/echo_client_split)
}
teardown() { stop_server; }

# client_traced EXPRESSION: sets tracer, which comes before a client; the calls are in the file calls.
client_traced() {
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e "$1"
  tracer=("${server_wrapper[@]}")
  server_wrapper=()
}

# hint: Every byte that is sent comes back. Write as many as recv returned, and go on until it returns 0.
# page: ch10_multiprocess/README.md#a-client-in-two-processes
# bats test_tags=first
@test "what is sent comes back whole" {
  head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  start_server ch17_epoll/echo_server_level
  comes_back_through "$BATS_TEST_TMPDIR/in" "$split" 127.0.0.1 "$port"
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
  timeout "$client_limit" "$@" "$split" 127.0.0.1 "$port" <keys >back 3>&- &
  exec 8>keys
  local count
  for count in 1 2 3; do
    did "typed message $count; the server answers when it has three"
    echo "message $count" >&8
    eventually lines_are three "$count" || { echo "message $count did not come while the answer to the first was missing"; return 1; }
  done
  eventually lines_are back 3 || { echo "the three answers were not printed; printed was: $(<back)"; return 1; }
  did "typed message 4"
  echo "message 4" >&8
  eventually lines_are more 1 || { echo "message 4 did not come"; return 1; }
  exec 8>&-
  wait $! || true # the server may have closed first
}
lines_are() { [[ -e $1 ]] && (($(wc -l <"$1") == $2)); }

# hint: Your client waits for an answer before it sends the next message. Let one process only send, and another only receive.
# page: ch10_multiprocess/README.md#a-client-in-two-processes
# judges: ch10_multiprocess/echo_client_split
@test "sending does not wait for answers" {
  three_are_sent
}

# In the trace, a thread would have a number of its own too.
@test "the child only sends, and does not wait, the parent only receives" {
  client_traced trace=clone,clone3,fork,sendto,recvfrom
  three_are_sent "${tracer[@]}"
  run ! grep CLONE_THREAD calls
  local parent child
  parent=$(awk 'NR == 1 { print $1 }' calls)
  child=$(awk '/sendto/ { print $1 }' calls | sort -u)
  assert_equal "$(wc -w <<<"$child")" 1
  refute [ "$child" = "$parent" ]
  assert_equal "$(awk '/recvfrom/ { print $1 }' calls | sort -u)" "$parent"
  # Both ways on one descriptor, and one sends while the other waits for what comes.
  assert_equal "$(grep -oE '(sendto|recvfrom)\([0-9]+' calls | grep -oE '[0-9]+' | sort -u | wc -l)" 1
  (($(awk '/recvfrom\(/ { waits = 1 } /recvfrom.* = / { waits = 0 } /sendto\(/ && waits { sent++ }
    END { print sent + 0 }' calls) > 0))
}

# under_way PROGRAM TRACER...: how many messages it has sent when the first answer comes. The server answers when it is told.
under_way() {
  stranger ch04_tcp/echo_server \
    'exec socat "TCP-LISTEN:$1,bind=127.0.0.1" SYSTEM:"tee got | (head -n 1 <go >/dev/null; cat)"'
  start_server ch04_tcp/echo_server
  cd "$BATS_TEST_TMPDIR" || return
  rm -f got go keys back
  mkfifo keys go
  timeout "$client_limit" "${@:2}" "$(program "$1")" 127.0.0.1 "$port" <keys >back 3>&- &
  local client=$! count
  exec 8>keys
  for count in 1 2 3; do
    echo "message $count" >&8
    [[ $1 == ch04_tcp/echo_client && $count != 1 ]] || eventually lines_are got "$count"
  done
  echo >go
  eventually lines_are back 3
  exec 8>&-
  wait "$client" || true
  end_server
  awk '/sendto\(/ { sent++ } /recvfrom.* = [1-9]/ { print sent; exit }' calls
}

# judges: ch10_multiprocess/echo_client_split
@test "where answers are late, a client in two processes has three messages under way, another has one" {
  client_traced trace=sendto,recvfrom
  run -0 under_way ch10_multiprocess/echo_client_split "${tracer[@]}"
  assert_output 3
  run -0 under_way ch04_tcp/echo_client "${tracer[@]}"
  assert_output 1
}

# hint: The process that receives has read the end, but the other one waits for the keyboard. Who ends it?
# page: ch10_multiprocess/README.md#a-client-in-two-processes
@test "a server that closes early ends both processes, even if the keyboard is silent" {
  start_server ch17_epoll/echo_server_level
  mkfifo "$BATS_TEST_TMPDIR/keys"
  set -m
  timeout --foreground "$client_limit" "$split" 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/back" 2>&1 3>&- &
  set +m
  local client_pid=$! status=0
  exec 8>"$BATS_TEST_TMPDIR/keys"
  echo hello >&8
  did "typed a line: hello"
  eventually grep -q hello "$BATS_TEST_TMPDIR/back" || { echo "the answer was not printed"; return 1; }
  did "killed the server; the keyboard is silent"
  kill -KILL "$server_pid"
  end_server
  eventually group_is_gone "$client_pid" ||
    { echo "the connection has ended, but the client goes on"; return 1; }
  wait "$client_pid" || status=$?
  ! is_ours ch10_multiprocess/echo_client_split || assert_equal "$status" 1
  exec 8>&-
}
