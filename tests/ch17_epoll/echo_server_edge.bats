#!/usr/bin/env bats
# echo_server_edge of chapter 17: edge-triggered epoll, and reading until EAGAIN.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch17_epoll/echo_server_edge
}
teardown() { stop_server; }

@test "one process with one thread serves all clients" {
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

@test "1500 idle clients cost no processor time" {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  start_server "$contract"
  idle_clients 1500
  echoes "one more"
  does_not_spin
}

@test "a client is watched for output only while bytes are owed to it" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=epoll_ctl
  start_server "$contract"
  echoes "short"
  run ! grep EPOLLOUT "$BATS_TEST_TMPDIR/calls"
  head -c 8000000 /dev/zero >"$BATS_TEST_TMPDIR/in"
  mkfifo "$BATS_TEST_TMPDIR/slow"
  timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/slow" 3>&- &
  exec 8<"$BATS_TEST_TMPDIR/slow"
  eventually grep -q 'EPOLL_CTL_MOD.*EPOLLOUT|EPOLLET' "$BATS_TEST_TMPDIR/calls"
  cmp "$BATS_TEST_TMPDIR/in" - <&8
  eventually bash -c "tail -n 1 '$BATS_TEST_TMPDIR/calls' | grep -q 'EPOLL_CTL_MOD.*EPOLLIN|EPOLLET'"
}

@test "a fast client does not starve the others" {
  start_server "$contract"
  timeout 20 socat -u OPEN:/dev/zero "TCP:127.0.0.1:$port,shut-none" 2>/dev/null 3>&- &
  local flooder=$! turn
  for turn in {1..20}; do
    run -0 timeout 20 "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <<<"turn $turn"
    assert_output "turn $turn"
  done
  kill "$flooder"
}

# judges: nobody
@test "with one read for each report a long message gets stuck" {
  start_server ch17_epoll/echo_server_edge_one_read
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected"
  pause_server
  head -c 40000 /dev/zero >"$BATS_TEST_TMPDIR/in"
  cat "$BATS_TEST_TMPDIR/in" >&9
  kill -CONT "$server_pid"  # all 40,000 bytes are there: one report, one buffer
  run -0 bash -c "timeout 20 head -c 16384 | wc -c" <&9
  assert_output 16384
  run -142 read -rt 0.5 -N 1 -u 9 # read timed out: nothing came
  exec 9>&-
}

@test "read until EAGAIN a long message comes back whole, and no read waits" {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  # The client is watched for edges: EPOLLET is the highest bit (proc(5), fdinfo).
  run -0 bash -c "grep -hcE '^tfd: .* events: 8[0-9a-f]{7} ' /proc/$server_pid/fdinfo/* | sort -n | tail -n 1"
  assert_output 1
  pause_server
  head -c 40000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  cat "$BATS_TEST_TMPDIR/in" >&9
  kill -CONT "$server_pid" # all 40,000 bytes are there: one report
  timeout 20 head -c 40000 <&9 | cmp "$BATS_TEST_TMPDIR/in" -
  echoes "another client"
  ! is_stranger "$contract" || return 0
  # While bytes are owed to it, and afterwards, it is still watched for edges.
  head -c 30000000 /dev/zero 3>&- >&9 &
  eventually watched_for_edges 4 # EPOLLOUT
  timeout 20 head -c 30000000 <&9 >/dev/null
  eventually watched_for_edges 1
  exec 9>&-
}
# watched_for_edges EVENT: the client is, for this one of EPOLLIN and EPOLLOUT.
watched_for_edges() {
  local bits
  bits=$(sed -nE 's/^tfd: .* events: *8([0-9a-f]+) .*/\1/p' "/proc/$server_pid/fdinfo/"*)
  [[ $bits =~ ^[0-9a-f]+$ ]] && (((16#$bits & 5) == $1))
}

# The first call is for the listener. In life the limit is /proc/sys/fs/epoll/max_user_watches.
@test "a client that epoll cannot watch is dropped and the server goes on" {
  traced -f -o /dev/null -e trace=epoll_ctl -e inject=epoll_ctl:error=ENOSPC:when=2
  start_server "$contract"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"no room for me"
  wait_for_log ": epoll_ctl: No space left on device"
  eventually is_served
}
is_served() { [[ $(client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"room for me") == "room for me" ]]; }
