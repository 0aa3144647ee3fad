#!/usr/bin/env bats
# echo_server_short: with the wrappers the server does the same.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch04_tcp/echo_server_short
}
teardown() { stop_server; }

@test "it listens on all addresses when told to" {
  start_server "$contract" 0 0.0.0.0
  grep -qx "listening on 0.0.0.0:$port" "$server_log"
  run -0 client ch04_tcp/echo_client 127.0.0.7 "$port" <<<"any address of this machine"
  assert_output "any address of this machine"
}

@test "one function creates, binds and listens, on all addresses or on one" {
  local address
  for address in 0.0.0.0 127.0.0.7; do
    start_server "$contract" 0 "$address"
    run -0 ss -Hltn "sport = :$port"
    assert_equal "$(awk '{ print $4 }' <<<"$output")" "$address:$port"
    run -0 client ch04_tcp/echo_client 127.0.0.7 "$port" <<<"here"
    [[ $address == 0.0.0.0 ]] || run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"nobody is here"
    stop_server
  done
  local free=$port
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,bind,listen
  start_server "$contract"
  assert_equal "$(grep '^listening' "$server_log")" "listening on 127.0.0.1:$port"
  assert_equal "$(sed 's/(.*//' "$BATS_TEST_TMPDIR/calls" | xargs)" "socket bind listen"
  grep -qF 'sin_port=htons(0), ' "$BATS_TEST_TMPDIR/calls"
  stop_server
  start_server "$contract" "$free" 127.0.0.7
  assert_equal "$port" "$free"
}

@test "a call that fails is named with its reason, and ends the program with status 1" {
  start_server "$contract"
  run -1 client "$contract" "$port"
  assert_line --index 0 "echo_server_short: bind 127.0.0.1:$port: Address already in use"
  assert_equal "$(client "$contract" "$port" 2>/dev/null || true)" "" # it is said where perror says it
  run -1 client "$contract" 0 192.0.2.1 # an address of no machine, RFC 5737
  assert_line --index 0 "echo_server_short: bind 192.0.2.1:0: Cannot assign requested address"
  local call
  for call in socket setsockopt listen getsockname; do
    traced -o /dev/null -e inject="$call":error=EPERM
    run -1 timeout 20 "${server_wrapper[@]}" "$(program "$contract")" 0
    assert_line --index 0 "echo_server_short: $call: Operation not permitted"
  done
  traced -o /dev/null -e inject=accept4:error=EBADF
  run -1 timeout 20 "${server_wrapper[@]}" "$(program "$contract")" 0
  assert_line --index 1 "echo_server_short: accept: Bad file descriptor"
}

@test "a macro over several lines needs its backslashes, a function that fails the program does not" {
  run compiles '' EXIT_FAILURE
  assert_failure
  run ! compiles "\\" EXIT_fAILURE
  run ! compiles "\\" EXIT_FAILURE "" ERR_eXIT
  run compiles "\\" EXIT_FAILURE ";" # that is a second statement
  assert_failure
  run -0 compiles "\\" EXIT_FAILURE
  run -1 "$BATS_TEST_TMPDIR/macro"
  assert_output "bind: Address already in use"
  assert_equal "$("$BATS_TEST_TMPDIR/macro" 2>/dev/null || true)$(client "$contract" 0 192.0.2.1 2>/dev/null || true)" ""
  run -1 client "$contract" 0 192.0.2.1
  assert_line --index 0 --regexp '^echo_server_short: bind .*: Cannot assign requested address$'
}
# compiles END STATUS [TAIL [NAME]]: a program with the macro, with END at the end of each line but the last, and TAIL after that.
compiles() {
  c++ -include errno.h -include stdio.h -include stdlib.h -o "$BATS_TEST_TMPDIR/macro" -x c++ - <<END
#define ${4-ERR_EXIT}(m) $1
    do { perror(m); exit($2); } $1
    while (0)${3-}
int main() {
    errno = EADDRINUSE;
    if (errno) ERR_EXIT("bind");
    else return 0;
}
END
}

# The client has sent two buffers full and closed. Its kernel answers the first echo with a reset, so
# the second send fails with EPIPE: without MSG_NOSIGNAL, a signal would end the server.
@test "writing to a client that has left drops this client only" {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  local client
  client=$(ss -Htn "dport = :$port" | awk '{ print $4 }')
  grep -qx "connected $client" "$server_log"
  pause_server
  head -c 12000 /dev/zero >&9
  exec 9>&-
  kill -CONT "$server_pid"
  wait_for_log "dropped $client: send: Broken pipe"
  echoes "still here"
}
