#!/usr/bin/env bats
# echo_server_pool of chapter 18: few threads, a bounded queue.

setup() {
  load ../harness.bash
  load ../echo_contract.bash
  contract=ch18_threads/echo_server_pool
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

# holds_a_worker FD: a client that is served and stays, so nobody else has its worker.
holds_a_worker() {
  printf x >&"$1"
  read -rt 20 -N 1 -u "$1"
  assert_equal "$REPLY" x
}
waiting_in_the_backlog() { [[ $(ss -Hltn "sport = :$port" | awk '{ print $2 }') == "$1" ]]; }
threads() { sed -n 's/^Threads:[[:space:]]*//p' "/proc/$server_pid/status"; }

@test "with all workers stalled the next client waits in the queue" {
  start_server "$contract" 0 127.0.0.1 2 2
  exec 6<>"/dev/tcp/127.0.0.1/$port" 7<>"/dev/tcp/127.0.0.1/$port"
  holds_a_worker 6
  holds_a_worker 7
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf y >&8
  wait_for_log "connected " 3
  run -142 read -rt 0.5 -N 1 -u 8
  exec 6>&-
  read -rt 20 -N 1 -u 8
  assert_equal "$REPLY" y
  exec 7>&- 8>&-
}

@test "beyond the bound of the queue nobody is accepted" {
  start_server "$contract" 0 127.0.0.1 2 2
  local first   # a number bash chooses: from 10 on they are its own
  exec {first}<>"/dev/tcp/127.0.0.1/$port" 5<>"/dev/tcp/127.0.0.1/$port"
  holds_a_worker "$first"
  holds_a_worker 5
  exec 6<>"/dev/tcp/127.0.0.1/$port" 7<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected " 4
  exec 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  eventually waiting_in_the_backlog 2
  does_not_spin
  assert_equal "$(grep -c "^connected " "$server_log")" 4
  exec {first}>&-
  wait_for_log "connected " 5
  eventually waiting_in_the_backlog 1
  exec 5>&- 6>&- 7>&- 8>&-
  holds_a_worker 9
  exec 9>&-
}

@test "the queue is served in the order of arrival" {
  start_server "$contract" 0 127.0.0.1 1 4
  exec 6<>"/dev/tcp/127.0.0.1/$port"
  holds_a_worker 6
  local fd
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected " 2
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected " 3
  for fd in 8 7; do printf '%s' "$fd" >&"$fd"; done
  exec 6>&-
  read -rt 20 -N 1 -u 7
  run -142 read -rt 0.3 -N 1 -u 8
  exec 7>&-
  read -rt 20 -N 1 -u 8
  exec 8>&-
}

@test "the threads stay as many as there are workers" {
  start_server "$contract" 0 127.0.0.1 3
  local before i
  before=$(threads)
  ((before >= 4))
  for i in {1..20}; do echoes "$i"; done
  assert_equal "$(threads)" "$before"
}

@test "what is no number of workers or places is wrong usage" {
  local bad
  for bad in 0 -1 abc "" 10001; do
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$bad"
    assert_output --partial "WORKERS must be"
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 2 "$bad"
    assert_output --partial "QUEUE must be"
  done
}
