#!/usr/bin/env bats
# What every echo server of the course owes its clients. CTest runs these tests for each server of
# echo_servers.tsv, under that server's name. They look at bytes, sockets and processes only, so they
# judge any program, in any language. What our servers print is tested elsewhere.
#
# SERVER is the program; ON_TERM and ON_INT are its exit statuses after these signals.

setup() {
  load harness.bash
  load echo.bash
}
teardown() { stop_server "$ON_TERM"; }

@test "a line comes back" {
  start_server "$SERVER"
  echoes "two words"
  eventually no_connection_is_left
  echoes "and again"
}

@test "binary data comes back exactly" {
  printf 'no\0text\xff\xfe\r\n\n\0' >"$BATS_TEST_TMPDIR/in"
  start_server "$SERVER"
  comes_back_through "$BATS_TEST_TMPDIR/in" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port"
}

@test "bytes sent one by one come back" {
  start_server "$SERVER"
  local byte
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  for byte in a b c d e f; do
    printf %s "$byte" >&9
    IFS= read -rt 20 -N 1 -u 9
    assert_equal "$REPLY" "$byte"
  done
  exec 9>&-
}

@test "half-close is answered in full" {
  head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  start_server "$SERVER"
  comes_back_through "$BATS_TEST_TMPDIR/in" socat -t 20 - "TCP:127.0.0.1:$port"
}

# Ctrl-Z and fg interrupt a send that waits for room. The server has to go on where it stopped.
# The client reads slowly, so that the server waits often.
@test "being stopped and continued loses no byte" {
  head -c 8000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  mkfifo "$BATS_TEST_TMPDIR/slow"
  start_server "$SERVER"
  timeout 30 socat -t 20 - "TCP:127.0.0.1:$port" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/slow" 3>&- &
  exec 8<"$BATS_TEST_TMPDIR/slow"
  local i
  for i in {1..40}; do
    pause_server
    kill -CONT "$server_pid"
    head -c 100000 <&8
  done >"$BATS_TEST_TMPDIR/back"
  cat <&8 >>"$BATS_TEST_TMPDIR/back"
  exec 8<&-
  cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/back"
}

@test "a client that resets does not end the server" {
  start_server "$SERVER"
  clients reset 1
  eventually no_connection_is_left
  echoes "still here"
}

# The client sends a little, never reads the answer, and closes. Its kernel then sends a reset,
# because bytes were left unread.
@test "a client that leaves without reading does not end the server" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'are you there' >&9
  eventually answer_has_come
  exec 9>&-
  eventually no_connection_is_left
  echoes "still here"
}
answer_has_come() { read -rt 0 -u 9; }

@test "fifty resets neither end the server nor make it spin" {
  start_server "$SERVER"
  clients reset 50
  eventually no_connection_is_left
  echoes "still here"
  does_not_spin
}

@test "a port in use is reported" {
  start_server "$SERVER"
  run -1 client "$SERVER" "$port"
  assert_output --partial "Address already in use"
  echoes "the first one goes on"
}

@test "a bad port or address is wrong usage" {
  bad_ports_are_wrong_usage "$SERVER"
}

@test "it serves IPv6 when told to" {
  ipv6_or_skip
  start_server "$SERVER" 0 ::1
  run -0 client ch04_tcp/echo_client ::1 "$port" <<<"six"
  assert_output six
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port"
}

# A client that is still connected when the server dies leaves the old connection behind. The
# server must get the port back at once all the same. (The kernel gives this port to no other
# program in the moment when it is free.)
@test "it restarts at once on the same port" {
  local again=$((20000 + BASHPID % 10000))
  start_server "$SERVER" "$again"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  kill -TERM "$server_pid"
  eventually server_is_gone
  end_server
  [[ -n $(ss -Htan "sport = :$again") ]]
  start_server "$SERVER" "$again"
  exec 9>&-
  echoes "back again"
}

@test "a thousand clients leak no descriptor" {
  start_server "$SERVER"
  echoes "warm"
  eventually no_connection_is_left
  local before
  before=$(descriptors "$server_pid")
  clients in-turn 1000
  eventually no_connection_is_left
  eventually descriptors_are_back "$before"
}

@test "SIGTERM ends it" {
  a_signal_ends_it "$SERVER" TERM "$ON_TERM"
}

@test "SIGINT ends it" {
  a_signal_ends_it "$SERVER" INT "$ON_INT"
}

# survives_a_failing_accept ERROR: the second accept fails with it, once.
survives_a_failing_accept() {
  traced -o /dev/null -e trace=accept4 -e inject=accept4:error="$1":when=2
  start_server "$SERVER"
  echoes one
  echoes two
  echoes three
}

@test "an interrupted accept does not end the server" {
  survives_a_failing_accept EINTR
}

@test "an aborted connection does not end the server" {
  survives_a_failing_accept ECONNABORTED
}

# When no descriptor is free, the server must neither end nor spin. It serves the waiting client
# when one is free again. (An accept that waits has its descriptor already, so the first client
# may be served.)
@test "the descriptor limit neither ends it nor makes it spin" {
  start_server "$SERVER"
  local free=0
  while [[ -e /proc/$server_pid/fd/$free ]]; do free=$((free + 1)); done
  prlimit --pid "$server_pid" --nofile="$free:"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf y >&8
  exec 9>&-
  does_not_spin
  run -142 read -rt 0.5 -N 1 -u 8 # read timed out: nothing came
  prlimit --pid "$server_pid" --nofile=1000:
  read -rt 20 -N 1 -u 8
  assert_equal "$REPLY" y
  exec 8>&-
}

# ---- servers that serve several clients at once: pool and concurrent

# bats test_tags=at_once
@test "a stalled client delays no other" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'half a li' >&9
  echoes "served"
  exec 9>&-
}

# The client is served once. Then it sends until the server takes no more, and reads nothing.
# bats test_tags=at_once
@test "a client that never reads delays no other and takes no memory" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  local before
  before=$(resident_kilobytes)
  local result=0
  timeout 2 dd if=/dev/zero bs=64k count=4000 status=none >&9 || result=$?
  assert_equal "$result" 124 # not all of it was taken
  echoes "served"
  eventually memory_is_at_most $((before + 4096))
  does_not_spin
  exec 9>&-
  eventually no_connection_is_left
}
memory_is_at_most() { (($(resident_kilobytes) <= $1)); }
resident_kilobytes() {
  ps -o rss= -p "$(pgrep -d , -g "$server_pid")" | awk '{ sum += $1 } END { print sum }'
}

# ---- servers without a limit: concurrent

# The client that came last is answered first: no client waits for another.
# bats test_tags=crowd
@test "two hundred clients at once" {
  start_server "$SERVER"
  clients at-once 200
}

# Idle clients cost no processor time, and a client that comes after them is served.
# bats test_tags=crowd
@test "a thousand idle clients cost nothing" {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  start_server "$SERVER"
  idle_clients 1000
  echoes "one more"
  eventually does_not_spin # a thousand threads take a moment to start
}
