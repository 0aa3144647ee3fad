#!/usr/bin/env bats
# speak_first_server: the server has the first word.

setup() {
  load ../harness.bash
  load ../echo.bash
  load messages.bash
}
teardown() { stop_server; }

# hint: Whose turn is it? This server speaks as soon as somebody has connected, and once after each answer.
# page: ch04_tcp/README.md#who-speaks-first
# bats test_tags=first
@test "the server greets a client that has said nothing" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "connected, and said nothing"
  reads_on 9 6 $'hello\n'
  local client
  client=$(ss -Htn "dport = :$port" | awk '{ print $4 }')
  ! is_ours "$server" || grep -qx "connected $client" "$server_log"
  nothing_comes 9 # the second greeting waits for an answer
  local answer
  for answer in one two; do
    did "sent: $answer"
    echo "$answer" >&9
    reads_on 9 6 $'hello\n'
  done
  exec 9>&-
  our_log_has '^received' $'received: one\nreceived: two'
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
  # The listing's other mistakes: a call whose result nobody looks at, and a call that takes a pointer.
  run -1 client ch04_tcp/speak_first_server "$port"
  assert_line --index 0 "speak_first_server: bind 127.0.0.1:$port: Address already in use"
  run -0 compiles 'int ret = bind(fd, (sockaddr*)&address, sizeof address); inet_pton(AF_INET, "127.0.0.1", &address.sin_addr); (void)ret'
  run ! compiles 'int ret bind(fd, (sockaddr*)&address, sizeof address)'
  run ! compiles 'inet_pton(AF_INET, "127.0.0.1", address.sin_addr.s_addr)'
}
# compiles STATEMENTS
compiles() { c++ -fsyntax-only -include arpa/inet.h -x c++ - <<<"void f(int fd, sockaddr_in address) { $1; }"; }

# hint: One recv may return two answers. Each line gets a greeting; the end of the stream gets none.
# page: ch04_tcp/README.md#who-speaks-first
@test "it prints each answer, and greets again after it" {
  start_server ch04_tcp/speak_first_server
  run -0 answer_to 'one\ntwo\n'
  assert_output $'hello\nhello\nhello'
  eventually no_connection_is_left
  our_log_has '^received' $'received: one\nreceived: two'
}

# hint: One recv may return a part of an answer. The greeting waits for the end of its line.
# page: ch04_tcp/README.md#who-speaks-first
@test "an answer may come in pieces" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  reads_on 9 6 $'hello\n'
  did "sent a part of an answer: in "
  printf 'in ' >&9
  nothing_comes 9
  did "sent the rest: pieces"
  printf 'pieces\n' >&9
  reads_on 9 6 $'hello\n'
  ! is_ours "$server" || wait_for_log "received: in pieces"
  exec 9>&-
}

# hint: recv that returns 0 says that no more answers come. Sending to a client that has left fails, and raises SIGPIPE.
# page: ch04_tcp/README.md#who-speaks-first
@test "a client that leaves ends its conversation, not the server" {
  start_server ch04_tcp/speak_first_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  reads_on 9 6 $'hello\n'
  did "left"
  exec 9>&-
  eventually no_connection_is_left || fail_with_log "the server has not closed its connection with the client that left"
  ! is_ours "$server" || wait_for_log "closed 127.0.0.1"
  leaves_early 'an answer\n' # without reading, so a greeting meets a reset
  run -0 answer_to 'the next one is served\n'
  assert_output $'hello\nhello'
  ! is_ours "$server" || wait_for_log "received: the next one is served"
}

@test "an answer cannot command the terminal" {
  start_server ch04_tcp/speak_first_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" <<<$'\e[2J'
  wait_for_log "received: ?[2J"
}
