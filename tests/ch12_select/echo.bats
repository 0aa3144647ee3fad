#!/usr/bin/env bats
# echo_server of chapter 12: many clients in one process, with select.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch12_select/echo_server
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

@test "one call of select watches the listener and a hundred clients, and all are served" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6,poll,ppoll,epoll_wait
  start_server "$contract"
  # The last client does not have the highest descriptor: it has that of one who has left.
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected " 2
  exec 7>&-
  wait_for_log "closed "
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected " 3
  printf x >&8
  reads_on 8 1 x
  exec 7>&- 8>&-
  idle_clients 100
  echoes "one more"
  eventually a_hundred_and_one_are_watched
  run -0 pgrep -g "$server_pid"
  assert_output "$server_pid"
  grep -q '^Threads:[[:space:]]*1$' "/proc/$server_pid/status"
  server_wrapper=()
  clients at-once 200
  # Nothing else says who is ready, and each call of select waits until somebody is.
  run -1 grep -E '^(p?poll|epoll)|tv_sec' "$BATS_TEST_TMPDIR/calls"
}
a_hundred_and_one_are_watched() {
  grep -qE '^p?select6?\([0-9]+, \[[0-9]+( [0-9]+){100}\]' "$BATS_TEST_TMPDIR/calls"
}

# Three clients are watched, one of them speaks, twice.
@test "select reports the client that has sent something, and only that one is read" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6,recvfrom,accept4
  start_server "$contract"
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  wait_for_log "connected " 3
  local text
  for text in x y; do
    printf %s "$text" >&8
    reads_on 8 1 "$text"
  done
  eventually grep -q 'recvfrom.*"y"' "$BATS_TEST_TMPDIR/calls"
  run -0 awk '/^p?select6?\(/ { reported = $0; sub(/.*\(in \[/, " ", reported); sub(/\].*/, " ", reported) }
    /^recvfrom\(/ { fd = $0; gsub(/^recvfrom\(|,.*/, "", fd); if (reported == " " fd " ") ++as_reported; else ++others; last[fd] }
    END { print as_reported, others + 0, length(last) }' "$BATS_TEST_TMPDIR/calls"
  assert_output "2 0 1"
  # The listener too is asked only when select has reported it: each accept has a client.
  assert_equal "$(grep -c '^accept4(' "$BATS_TEST_TMPDIR/calls")" 3
  exec 7>&- 8>&- 9>&-
}

# inherit FROM TO: the server's parent leaves these descriptors open.
inherit() {
  (($(ulimit -Hn) >= 4096)) || skip "no more than $(ulimit -Hn) descriptors are allowed here"
  server_wrapper=(bash -c 'ulimit -Sn 4096 && for ((i = $0; i <= $1; i++)); do eval "exec $i</dev/null"; done; shift; exec "$@"' "$1" "$2")
}

# hint: FD_SET of a descriptor above 1023 (FD_SETSIZE) writes outside of the set. Close such a client at once, or use poll.
# page: ch12_select/README.md#echo-for-many
@test "descriptors above 1023 end neither the server nor the other clients" {
  inherit 12 2100
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf first >&9
  reads_on 9 5 first
  did "twenty more clients came; 12 to 2100 were taken, so their descriptors are higher"
  clients at-once 20 || true
  printf again >&9
  reads_on 9 5 again
  exec 9>&-
  is_alive || fail "the server has ended"
}
is_alive() { pgrep -g "$server_pid" >/dev/null; }

# The next three descriptors of the server are 1022, 1023 and 1024.
almost_full() {
  inherit 3 1020
  start_server "$contract"
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
}

@test "a client whose descriptor does not fit into a set is refused, the others are served" {
  almost_full
  wait_for_log "select takes no descriptor above 1023"
  run -1 read -rt 20 -N 1 -u 9
  printf x >&8
  read -rt 20 -N 1 -u 8
  exec 7>&-
  wait_for_log closed
  echoes "there is room again"
  exec 8>&- 9>&-
}

@test "if not even the listener fits into a set, nothing starts" {
  inherit 3 1100
  local program
  for program in echo_server select_sets; do
    run -1 timeout 20 "${server_wrapper[@]}" "$(program "ch12_select/$program")"
    assert_output "$program: select takes no descriptor above 1023"
  done
}
