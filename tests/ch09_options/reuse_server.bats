#!/usr/bin/env bats
# reuse_server: which server gets a port again, and which servers may share it.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch09_options/reuse_server
}
teardown() {
  stop_server
  server_pid=${other_pid:-}
  end_server
}

# leave_a_connection OPTION: a server ends before its client does.
leave_a_connection() {
  start_server "$contract" 0 127.0.0.1 "$1"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  kill -INT "$server_pid"
  server_ends_with 130
  eventually port_is_in_fin_wait_2
  exec 9>&-
  eventually port_is_in_time_wait
}
port_is_in_fin_wait_2() {
  half_closed=$(ss -Htano state fin-wait-2 "sport = :$port")
  [[ -n $half_closed ]]
}
port_is_in_time_wait() { [[ -n $(ss -Htan state time-wait "sport = :$port") ]]; }

# begin_again PORT OPTION: starts a server and prints what happens.
begin_again() {
  if start_server "$contract" "$1" 127.0.0.1 "$2" >/dev/null; then
    ss -Hltn "sport = :$1" | grep -q . && echo listens
    end_server
  else
    grep -o 'Address already in use' "$server_log"
  fi
}

two_runs() {
  leave_a_connection "$1"
  begin_again "$port" "$2"
}

@test "while its port is in TIME-WAIT a plain server does not start" {
  privately two_runs plain plain
  assert_output "Address already in use"
  privately without_a_connection
  assert_output "listens"
}

# It is SO_REUSEADDR, and not SO_REUSEPORT, which would let it listen too.
reuseaddr_is_set() {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=setsockopt
  start_server "$contract" 0 127.0.0.1 reuseaddr
  stop_server
  server_wrapper=()
  run -0 grep -oE 'SO_REUSE[A-Z]+, \[1\], 4\) += 0' "$BATS_TEST_TMPDIR/calls"
  assert_output --regexp '^SO_REUSEADDR, \[1\], 4\) += 0$'
}

@test "reusing the address in the second run alone is not enough" {
  reuseaddr_is_set
  privately two_runs plain reuseaddr
  assert_output "Address already in use"
  privately two_runs reuseaddr reuseaddr
  assert_output "listens"
}

@test "reusing the address in the first run alone is not enough" {
  privately two_runs reuseaddr plain
  assert_output "Address already in use"
}

@test "reusing the address in both runs is enough" {
  reuseaddr_is_set
  privately two_runs reuseaddr reuseaddr
  assert_output "listens"
  privately two_runs plain plain # without it
  assert_output "Address already in use"
  privately two_runs reuseaddr plain # and it must be both
  assert_output "Address already in use"
}

without_a_connection() {
  start_server "$contract" 0 127.0.0.1 plain
  stop_server
  begin_again "$port" plain
}

@test "without a connection a plain server restarts at once" {
  privately without_a_connection
  assert_output "listens"
}

client_first() {
  start_server "$contract" 0 127.0.0.1 plain
  client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"x"
  eventually client_ports_in_time_wait 1
  client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"y"
  eventually client_ports_in_time_wait 2
  stop_server
  begin_again "$port" plain
}
client_ports_in_time_wait() { (($(ss -Htan state time-wait "dport = :$port" | wc -l) == $1)); }

@test "when the client has closed first it connects again and a plain server restarts, both at once" {
  privately client_first
  assert_output $'x\ny\nlistens'
  privately two_runs plain plain # it was plain: closing first, it does not
  assert_output "Address already in use"
}

how_long() {
  echo 5 >/proc/sys/net/ipv4/tcp_fin_timeout
  leave_a_connection plain
  echo "FIN-WAIT-2 $half_closed"
  ss -Htano state time-wait
}

@test "TIME-WAIT takes a minute, whatever the time limit of FIN-WAIT-2 says" {
  privately how_long
  assert_equal "${#lines[@]}" 2 # one end waits
  assert_line --index 0 --regexp '^FIN-WAIT-2 .*timer:\(timewait,[0-5](\.[0-9]*)?(sec|ms)|^FIN-WAIT-2 .*timer:\(timewait,[0-9]{1,3}ms'
  assert_line --index 1 --regexp 'timer:\(timewait,(1min|[345][0-9]sec)'
}

# No segment arrives while both ends close, so that neither FIN comes first.
both_close_at_once() {
  start_server "$contract" 0 127.0.0.1 plain
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  ip link set lo down
  stop_server
  exec 9>&-
  ip link set lo up
  eventually both_are_in_time_wait
}
both_are_in_time_wait() { (($(ss -Htan state time-wait | wc -l) == 2)); }
how_many() {
  leave_a_connection plain
  ss -Htan state time-wait | wc -l
}

@test "both ends are in TIME-WAIT only when their FINs cross" {
  privately how_many
  assert_output 1
  privately both_close_at_once
}

@test "reusing the address does not let two servers listen" {
  traced -o "$BATS_TEST_TMPDIR/first" -e trace=setsockopt
  start_server "$contract" 0 127.0.0.1 reuseaddr
  traced -o "$BATS_TEST_TMPDIR/second" -e trace=setsockopt
  run -1 timeout 20 "${server_wrapper[@]}" "$(program "$contract")" "$port" 127.0.0.1 reuseaddr
  assert_output --partial "Address already in use"
  local who
  for who in first second; do
    eventually grep -qE '^setsockopt\(.*SO_REUSEADDR, \[1\], 4\) += 0$' "$BATS_TEST_TMPDIR/$who"
  done
  stop_server
  server_wrapper=()
  two_share # reusing the port does
}

two_share() {
  log_file=$BATS_TEST_TMPDIR/other.log start_server "$contract" 0 127.0.0.1 reuseport
  other_pid=$server_pid
  start_server "$contract" "$port" 127.0.0.1 reuseport
}

@test "reusing the port lets two servers listen, and each gets some of the clients" {
  two_share
  clients in-turn 60
  wait_for_log connected
  grep -q connected "$BATS_TEST_TMPDIR/other.log"
}

@test "reusing the port works only if all servers set it" {
  start_server "$contract" 0 127.0.0.1 reuseport
  run -1 timeout 20 "$(program "$contract")" "$port" 127.0.0.1 reuseaddr
  assert_output --partial "Address already in use"
}

# The two lines of the notes, 地址再分配, in their order and in the other one.
compiles() { c++ -fsyntax-only -include sys/socket.h -x c++ - <<<"void f(int s) { $1 setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (void *)&option, optlen); }"; }

# judges: nobody
@test "the size of a variable can be taken only after its declaration" {
  run -1 compiles 'socklen_t optlen = sizeof(option); int option = 1;'
  assert_output --partial option
  run -0 compiles 'int option = 1; socklen_t optlen = sizeof(option);'
  reuseaddr_is_set # with that size, 4
}

@test "a bad port, address or option is wrong usage" {
  bad_ports_are_wrong_usage "$contract"
  run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 perhaps
  run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 plain more
}
