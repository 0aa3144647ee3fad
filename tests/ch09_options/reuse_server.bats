#!/usr/bin/env bats
# reuse_server: who may have a port again, and who may have it at the same time.

setup() {
  load ../harness.bash
  load ../echo_contract.bash
  contract=ch09_options/reuse_server
}
teardown() { stop_server; }

# second_run FIRST SECOND: the first run of the server ends with a client connected, so
# that its port stays in TIME-WAIT; then the second begins on the same port.
second_run() {
  start_server "$contract" 0 127.0.0.1 "$1"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 5 -N 1 -u 9
  kill -TERM "$server_pid"
  server_ends_with 143
  exec 9>&-
  eventually 5 port_is_in_time_wait
  run timeout 5 "$(program "$contract")" "$port" 127.0.0.1 "$2"
}
port_is_in_time_wait() { [[ -n $(ss -Htan state time-wait "sport = :$port") ]]; }

refused() {
  assert_equal "$status" 1
  assert_output --partial "bind 127.0.0.1:$port: Address already in use"
}
# It listens until timeout ends it.
listens() {
  assert_equal "$status" 124
  assert_output "listening on 127.0.0.1:$port"
}

@test "while its port is in TIME-WAIT a plain server does not start" {
  second_run plain plain
  refused
}

@test "reusing the address in the second run alone is not enough" {
  second_run plain reuseaddr
  refused
}

@test "reusing the address in the first run alone is not enough" {
  second_run reuseaddr plain
  refused
}

@test "reusing the address in both runs is" {
  second_run reuseaddr reuseaddr
  listens
}

@test "without a connection a plain server restarts at once" {
  start_server "$contract" 0 127.0.0.1 plain
  local again=$port
  kill -TERM "$server_pid"
  server_ends_with 143
  start_server "$contract" "$again" 127.0.0.1 plain
}

@test "reusing the address does not allow two that listen" {
  start_server "$contract" 0 127.0.0.1 reuseaddr
  run timeout 5 "$(program "$contract")" "$port" 127.0.0.1 reuseaddr
  refused
}

@test "reusing the port allows it, if both say so" {
  start_server "$contract" 0 127.0.0.1 reuseport
  run timeout 1 "$(program "$contract")" "$port" 127.0.0.1 reuseport
  listens
  run timeout 5 "$(program "$contract")" "$port" 127.0.0.1 reuseaddr
  refused
}

# In a network of its own. Segments are dropped while both ends close, so that neither
# FIN comes in time to be the first.
both_close_at_once() {
  "$1" &
  until ss -Hltn | grep -q .; do pause 0.02; done
  exec 9<>"/dev/tcp/127.0.0.1/9190"
  printf x >&9
  read -rN 1 -u 9
  ip link set lo down
  kill "$!"
  wait "$!"
  exec 9>&-
  ip link set lo up
  until (($(ss -Htan state time-wait | wc -l) == 2)); do pause 0.02; done
}

@test "both ends are in TIME-WAIT only when their FINs cross" {
  export -f both_close_at_once pause
  run -0 in_private_network timeout 30 bash -c 'both_close_at_once "$@"' - "$(program "$contract")"
}

@test "a line comes back" {
  a_line_comes_back
}

@test "half-close is answered in full" {
  half_close_is_answered_in_full
}

@test "a client that resets does not end the server" {
  a_reset_ends_that_client_only
}

@test "what is no port or address is wrong usage" {
  what_is_no_port_is_wrong_usage
  run -2 timeout 5 "$(program "$contract")" 0 127.0.0.1 perhaps
  assert_output --partial "'perhaps' is none of plain, reuseaddr, reuseport"
}

@test "an interrupted accept does not end the server" {
  an_accept_that_fails_is_no_end EINTR
}

@test "the descriptor limit neither ends it nor makes it spin" {
  the_descriptor_limit_is_survived
}
