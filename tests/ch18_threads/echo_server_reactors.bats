#!/usr/bin/env bats
# echo_server_reactors of chapter 18: an epoll loop for each processor.

setup() {
  load ../harness.bash
  load ../echo_contract.bash
  contract=ch18_threads/echo_server_reactors
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

# What each of its epoll descriptors watches, a number a line.
watched() {
  local file
  for file in /proc/"$server_pid"/fd/*; do
    [[ $(readlink "$file") != *eventpoll* ]] || grep -c '^tfd:' "${file/fd/fdinfo}"
  done
}
lists_are() { (($(watched | wc -l) == $1)); }

@test "each processor has a listener, a list and a thread of its own" {
  start_server "$contract"
  eventually lists_are "$(nproc)"
  assert_equal "$(ss -Hltn "sport = :$port" | wc -l)" "$(nproc)"
  (($(find "/proc/$server_pid/task" -mindepth 1 -maxdepth 1 | wc -l) >= $(nproc)))
}

@test "the kernel deals the clients out among the loops" {
  (($(nproc) > 1)) || skip "there is one processor only"
  start_server "$contract"
  local i fd count sum=0
  for i in {1..100}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    printf x >&"$fd"
    read -rt 20 -N 1 -u "$fd"
  done
  for count in $(watched); do
    ((count <= 100)) # the listener and not all the clients
    sum=$((sum + count - 1))
  done
  assert_equal "$sum" 100
}

@test "the failure of one loop is the failure of the server" {
  (($(nproc) > 1)) || skip "there is one processor only"
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
  start_server "$contract"
  local threads
  threads=("/proc/$server_pid/task/"*)
  timeout 20 strace -o /dev/null -e inject=epoll_wait:error=ENOSYS -p "${threads[-1]##*/}" 3>&- 4>&- &
  eventually ends_with_clients
  server_ends_with 1
  wait_for_log "echo_server_reactors: epoll_wait: Function not implemented"
}
ends_with_clients() {
  : <>"/dev/tcp/127.0.0.1/$port" || true
  server_is_gone
}
