#!/usr/bin/env bats
# echo_server and echo_client: one client at a time.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch04_tcp/echo_server
}
teardown() { stop_server; }

@test "its lines tell which client connected, closed or was dropped" {
  start_server "$contract"
  echoes "hello"
  wait_for_log closed
  clients reset 1
  wait_for_log dropped
  run -0 sed 's/:[0-9]*$/:N/; s/:[0-9]*:/:N:/; s/: \(recv\|send\): .*/: REASON/' "$server_log"
  assert_output "listening on 127.0.0.1:N
connected 127.0.0.1:N
closed 127.0.0.1:N
connected 127.0.0.1:N
dropped 127.0.0.1:N: REASON"
}

@test "without a descriptor it says that it waits" {
  start_server "$contract"
  prlimit --pid "$server_pid" --nofile=3:
  echoes "the accept that had begun"
  wait_for_log "waiting: accept: Too many open files"
  ((($(grep -c waiting "$server_log")) < 3))
}

@test "while one client is served the next one waits" {
  start_server "$contract"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf first >&8
  read -rt 20 -N 5 -u 8
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf second >&9
  run -142 read -rt 0.3 -N 6 -u 9 # read timed out: nothing came
  exec 8>&-
  read -rt 20 -N 6 -u 9
  assert_equal "$REPLY" second
  exec 9>&-
}

@test "server and client make their calls in the order of the notes" {
  traced -o "$BATS_TEST_TMPDIR/server" -e trace=network,close
  start_server "$contract"
  traced -o "$BATS_TEST_TMPDIR/client" -e trace=network,read
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <<<"x"
  eventually grep -q '^close(4)' "$BATS_TEST_TMPDIR/server"
  run -0 calls "$BATS_TEST_TMPDIR/server"
  assert_output "socket setsockopt bind listen getsockname accept4 recvfrom sendto recvfrom close"
  eventually grep -q '^recvfrom.*= 0$' "$BATS_TEST_TMPDIR/client"
  run -0 calls "$BATS_TEST_TMPDIR/client"
  assert_output "socket connect read sendto recvfrom read shutdown recvfrom"
}
calls() {
  sed -n '/^socket(AF_INET, SOCK_STREAM/,$p' "$1" | grep -v unfinished | grep -oE '^[a-z0-9]+\(' | tr -d '(' |
    sed '/close/q' | paste -sd ' '
}

@test "as many clients can wait as the system allows" {
  start_server "$contract"
  local most
  most=$(</proc/sys/net/core/somaxconn)
  run -0 bash -c "ss -Hltn 'sport = :$port' | awk '{ print \$3 }'"
  assert_output "$((most < 4096 ? most : 4096))"
}

@test "accept returns a new socket, and the listener goes on listening" {
  start_server "$contract"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf x >&8
  read -rt 20 -N 1 -u 8
  run -0 ss -Htn state listening "sport = :$port"
  assert_equal "${#lines[@]}" 1
  run -0 ss -Htn state established "sport = :$port"
  assert_equal "${#lines[@]}" 1
  exec 8>&-
}
