#!/usr/bin/env bats
# echo_server_level of chapter 17: level-triggered epoll.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch17_epoll/echo_server_level
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
  one_thread_serves
  exec 8>&- 9>&-
}

@test "1500 idle clients cost no thread and no processor time, and 1500 more are served at once" {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  start_server "$contract"
  idle_clients 1500
  echoes "one more"
  one_thread_serves
  does_not_spin
  clients at-once 1500
  one_thread_serves
}

one_thread_serves() {
  run -0 pgrep -g "$server_pid"
  assert_output "$server_pid"
  threads_are 1
}
threads_are() { grep -q "^Threads:[[:space:]]*$1\$" "/proc/$server_pid/status"; }

# judges: nobody
@test "a thread for each client is for few of them, epoll serves any number with one" {
  local counts=(1 20 300) count
  for count in "${counts[@]}"; do
    start_server ch18_threads/echo_server
    idle_clients "$count"
    eventually threads_are $((count + 1))
    end_server
    start_server "$contract"
    idle_clients "$count"
    echoes "one more"
    one_thread_serves
    clients at-once 50
    one_thread_serves
    end_server
  done
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=clone,clone3,accept4
  start_server "$contract"
  clients at-once 50
  run -0 sed -nE 's/^[0-9]+ +(clone3?|accept4)\(.* = [0-9]+$/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(sort -u <<<"$output")" accept4 # nor was there another thread for a moment
}

@test "the kernel keeps the list, beyond 1024 clients, and each is added once" {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=epoll_create1,epoll_ctl,epoll_wait,epoll_pwait,select,pselect6,poll,ppoll
  start_server "$contract"
  idle_clients 1500
  echoes "one more"
  echoes "and another"
  # the listener and 1502 clients
  assert_equal "$(grep -c EPOLL_CTL_ADD "$BATS_TEST_TMPDIR/calls")" 1503
  is_stranger "$contract" || assert_equal "$(grep -c '^epoll_ctl(' "$BATS_TEST_TMPDIR/calls")" 1503 # and not handed over again
  assert_equal "$(grep -c epoll_create1 "$BATS_TEST_TMPDIR/calls")" 1
  run -0 grep -oE '^(p?select6?|p?poll|epoll_p?wait)\(' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(sort -u <<<"$output" | sed 's/pwait/wait/')" "epoll_wait("
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
