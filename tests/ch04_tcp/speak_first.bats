#!/usr/bin/env bats
# speak_first_server: the server has the first word.

setup() { load ../harness.bash; }
teardown() { stop_server; }

@test "the server greets a client that has said nothing" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  read -rt 20 -u 9
  assert_equal "$REPLY" hello
  local client
  client=$(ss -Htn "dport = :$port" | awk '{ print $4 }')
  grep -qx "connected $client" "$server_log"
  run -142 read -rt 0.1 -u 9 # the second greeting waits for an answer
  local answer
  for answer in one two; do
    echo "$answer" >&9
    read -rt 20 -u 9
    assert_equal "$REPLY" hello
  done
  exec 9>&-
  run -0 grep '^received' "$server_log"
  assert_output $'received: one\nreceived: two'
}

# The second greeting meets a client that has closed, so its kernel answers with a reset, and one of the
# next fails with EPIPE: without MSG_NOSIGNAL, a signal would end the server.
@test "a short answer after a long one is told as it is, and a client that has left ends its conversation only" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  read -rt 20 -u 9
  pause_server
  printf '%s\n' longmessage ab{,,,,,,,,} >&9
  exec 9>&-
  kill -CONT "$server_pid"
  wait_for_log "dropped"
  grep -q '^dropped .*: send: Broken pipe$' "$server_log"
  run -0 grep '^received' "$server_log"
  assert_line --index 0 "received: longmessage"
  assert_line --index 1 "received: ab"
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" <<<"the next one is served"
  wait_for_log "received: the next one is served"
}

@test "it prints each answer, and greets again after it" {
  start_server ch04_tcp/speak_first_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(printf 'one\ntwo\n')
  assert_output $'hello\nhello\nhello'
  wait_for_log closed
  run -0 grep '^received' "$server_log"
  assert_output $'received: one\nreceived: two'
}

@test "an answer may come in pieces" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  read -rt 20 -u 9
  printf 'in ' >&9
  run -142 read -rt 0.1 -u 9
  printf 'pieces\n' >&9
  wait_for_log "received: in pieces"
  exec 9>&-
}

@test "a client that leaves ends its conversation, not the server" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  read -rt 20 -u 9
  exec 9>&-
  wait_for_log "closed 127.0.0.1"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  exec 9>&- # leaves without reading, so the greeting meets a reset
  wait_for_log "connected 127.0.0.1" 2
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" <<<"the next one is served"
  wait_for_log "received: the next one is served"
}

@test "an answer cannot command the terminal" {
  start_server ch04_tcp/speak_first_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" <<<$'\e[2J'
  wait_for_log "received: ?[2J"
}
