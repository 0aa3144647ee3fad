#!/usr/bin/env bats
# echo_server of chapter 18: a thread for each client.

setup() {
  load ../harness.bash
  load ../echo_contract.bash
  contract=ch18_threads/echo_server
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

threads() { sed -n 's/^Threads:[[:space:]]*//p' "/proc/$server_pid/status"; }
threads_are() { (($(threads) == $1)); }

# A sanitizer may have a thread of its own there.
@test "each client has a thread, and none stays when it has left" {
  start_server "$contract"
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  local fd with_three
  for fd in 7 8 9; do
    printf x >&"$fd"
    read -rt 20 -N 1 -u "$fd"
  done
  with_three=$(threads)
  ((with_three >= 4))
  exec 7>&- 8>&- 9>&-
  eventually threads_are $((with_three - 3))
}

# Two clones fail, so that it holds as well where the first is a sanitizer's.
@test "a client for whom there is no thread is dropped and the server goes on" {
  traced -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN:when=1..2
  start_server "$contract"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"no thread for me"
  wait_for_log ": Resource temporarily unavailable"
  eventually is_served
}
is_served() { [[ $(client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"one for me") == "one for me" ]]; }
