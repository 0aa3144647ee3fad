#!/usr/bin/env bats
# echo_server_level of chapter 17: level-triggered epoll.

setup() {
  load ../harness.bash
  load ../echo_contract.bash
  contract=ch17_epoll/echo_server_level
}
teardown() { stop_server; }

@test "a line comes back" {
  a_line_comes_back
}

@test "binary data comes back exactly" {
  binary_data_comes_back
}

@test "one byte a write comes back" {
  one_byte_a_write_comes_back
}

@test "half-close is answered in full" {
  half_close_is_answered_in_full
}

@test "being stopped and continued loses no byte" {
  being_stopped_loses_no_byte
}

@test "a client that resets does not end the server" {
  a_reset_ends_that_client_only
}

@test "a client that leaves without reading does not end the server" {
  a_vanished_reader_ends_that_client_only
}

@test "fifty resets neither end the server nor make it spin" {
  many_resets_leave_it_at_rest
}

@test "a port in use is reported" {
  a_port_in_use_is_reported
}

@test "what is no port or address is wrong usage" {
  what_is_no_port_is_wrong_usage
}

@test "it serves IPv6 when told to" {
  it_serves_ipv6_when_told_to
}

@test "it restarts at once on the same port" {
  it_restarts_at_once_on_the_same_port
}

@test "a thousand clients leak no descriptor" {
  a_thousand_clients_leak_no_descriptor
}

@test "SIGTERM ends it" {
  a_signal_ends_it TERM 143
}

@test "SIGINT ends it" {
  a_signal_ends_it INT 130
}

@test "an interrupted accept does not end the server" {
  an_accept_that_fails_is_no_end EINTR
}

@test "an aborted connection does not end the server" {
  an_accept_that_fails_is_no_end ECONNABORTED
}

@test "the descriptor limit neither ends it nor makes it spin" {
  the_descriptor_limit_is_survived
}

@test "a stalled client delays nobody" {
  a_stalled_client_delays_nobody
}

@test "a client that never reads delays nobody and takes no memory" {
  a_client_that_never_reads_delays_nobody
}

@test "two hundred clients at once" {
  two_hundred_clients_at_once
}

@test "a thousand idle clients cost nothing" {
  a_thousand_idle_clients_cost_nothing
}

@test "one process serves them all" {
  start_server "$contract"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local fd
  for fd in 9 8; do
    printf x >&"$fd"
    read -rt 20 -N 1 -u "$fd"
  done
  run -0 pgrep -g "$server_pid"
  assert_output "$server_pid"
  grep -q '^Threads:[[:space:]]*1$' "/proc/$server_pid/status"
  exec 8>&- 9>&-
}

@test "1500 clients are watched and cost nothing while idle" {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  start_server "$contract"
  local i fd
  for i in {1..1500}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  done
  echoes "one more"
  does_not_spin
}
