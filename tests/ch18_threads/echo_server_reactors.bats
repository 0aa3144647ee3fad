#!/usr/bin/env bats
# echo_server_reactors of chapter 18: an epoll loop for each processor.

setup() {
  load ../harness.bash
  contract=ch18_threads/echo_server_reactors
}
teardown() { stop_server; }

# For each epoll descriptor of the server, a line with the number of descriptors it watches.
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
  idle_clients 100
  wait_for_log connected 100
  local count sum=0
  for count in $(watched); do
    ((count <= 100)) # not all clients are in one list
    sum=$((sum + count - 1))
  done
  assert_equal "$sum" 100
}

@test "if one loop fails the server fails" {
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

# The first call is for the listener. In life the limit is /proc/sys/fs/epoll/max_user_watches.
@test "a client that epoll cannot watch is dropped and the server goes on" {
  traced -f -o /dev/null -e trace=epoll_ctl -e inject=epoll_ctl:error=ENOSPC:when=2
  start_server "$contract"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"no room for me"
  wait_for_log ": epoll_ctl: No space left on device"
  eventually is_served
}
is_served() { [[ $(client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"room for me") == "room for me" ]]; }
