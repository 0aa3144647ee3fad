#!/usr/bin/env bats
# speak_first_server: the server has the first word.

setup() { load ../harness.bash; }
teardown() { stop_server; }

@test "the server greets a client that has said nothing" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  read -rt 20 -u 9
  assert_equal "$REPLY" hello
  run -142 read -rt 0.1 -u 9 # the second greeting waits for an answer
  exec 9>&-
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
