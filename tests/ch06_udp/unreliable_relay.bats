#!/usr/bin/env bats
# unreliable_relay: questions pass as its rule says, answers always come back.
# shellcheck disable=SC2030,SC2031 # each test has its own server

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  end_server
  server_pid=${echo_pid:-}
  end_server
}

# start_behind_relay RULE: an echo server and a relay before it; port is the relay's.
start_behind_relay() {
  log_file=$PWD/echo.log start_server ch06_udp/echo_server
  echo_pid=$server_pid
  start_server ch06_udp/unreliable_relay 0 127.0.0.1 "$port" "$1"
}

@test "an echo passes in both directions" {
  start_behind_relay ""
  head -c 20000 /dev/urandom >in
  client ch06_udp/echo_client 127.0.0.1 "$port" <in | cmp in -
  stop_server
}

@test "a lost question gets no answer" {
  start_behind_relay d
  run -1 client ch06_udp/echo_client 127.0.0.1 "$port" <<<"x"
  assert_output "echo_client: no answer within 2 seconds"
  wait_for_log "datagram 1 dropped"
  run -0 client ch06_udp/echo_client 127.0.0.1 "$port" <<<"the next one passes"
  assert_output "the next one passes"
}

@test "a doubled question gets two answers" {
  start_behind_relay t
  exec 9<>"/dev/udp/127.0.0.1/$port"
  printf x >&9
  wait_for_log "datagram 1 sent twice"
  run -0 timeout 20 dd bs=100 count=2 status=none <&9
  assert_output xx
  run -0 grep -c '^1 bytes from' echo.log
  assert_output 2
}

@test "an answer is known also if the server was given with a zone that it does not need" {
  ipv6_or_skip
  log_file=$PWD/echo.log start_server ch06_udp/echo_server 0 ::1
  echo_pid=$server_pid
  start_server ch06_udp/unreliable_relay 0 ::1%1 "$port" ""
  run -0 client ch06_udp/echo_client ::1 "$port" <<<hello
  assert_output hello
  assert_equal "$(grep -c 'bytes from' echo.log)" 1
}

@test "a wrong letter in the rule is wrong usage" {
  run -2 client ch06_udp/unreliable_relay 0 127.0.0.1 1 kxk
  assert_line --index 0 "unreliable_relay: RULE has only the letters k, d, t and l, not 'kxk'"
}

# The clients confess it in their headers.
@test "an answer that comes twice is taken for the answer to the next line" {
  local name
  for name in echo_client echo_client_connected; do
    start_behind_relay tkk
    # shellcheck disable=SC2016  # its own arguments
    run -0 timeout 20 bash -c '
      coproc "$1" 127.0.0.1 "$2"
      pid=$COPROC_PID
      for line in one two three; do
        echo "$line" >&"${COPROC[1]}"
        read -ru "${COPROC[0]}" answer
        echo "$line is answered by $answer"
      done
      eval "exec ${COPROC[1]}>&-"
      wait "$pid"' - "$(program "ch06_udp/$name")" "$port"
    assert_output "one is answered by one
two is answered by one
three is answered by two"
    end_server
    server_pid=$echo_pid
    end_server
  done
}

# Such as the answer to a client whose source port is 0.
@test "a datagram that cannot be sent on is dropped, and the next one passes" {
  log_file=$PWD/echo.log start_server ch06_udp/echo_server
  echo_pid=$server_pid
  # The first sendto is to the server, the third to the client.
  traced -o /dev/null -e trace=sendto -e inject=sendto:error=EINVAL:when=1+2
  start_server ch06_udp/unreliable_relay 0 127.0.0.1 "$port" ""
  exec 9<>"/dev/udp/127.0.0.1/$port"
  printf x >&9
  wait_for_log "dropped 127.0.0.1:"
  printf x >&9
  wait_for_log "dropped 127.0.0.1:" 2
}

@test "an address that no answer can come from is wrong usage" {
  local address
  for address in 0.0.0.0 :: ::ffff:0.0.0.0; do
    run -2 timeout 5 "$(program ch06_udp/unreliable_relay)" 0 "$address"
    assert_line --index 0 "unreliable_relay: ADDRESS must be one that answers can come from, not '$address'"
  done
}
