#!/usr/bin/env bats
# echo_server of chapter 10: a process for each client.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch10_multiprocess/echo_server
}
teardown() { stop_server 0; }

children() { pgrep -P "$server_pid" -r D,R,S,T | wc -l; }
zombies() { pgrep -P "$server_pid" -r Z | wc -l; }
children_are() { (($(children) == $1)); }
zombies_are() { (($(zombies) == $1)); }

# three_clients: on descriptors 7 to 9; each has got an answer.
three_clients() {
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  local fd
  for fd in 7 8 9; do
    printf x >&"$fd"
    read -rt 20 -N 1 -u "$fd"
  done
}
leave() { exec 7>&- 8>&- 9>&-; }

@test "each client has a process, which is gone when the client has left" {
  start_server "$contract"
  three_clients
  assert_equal "$(children)" 3
  leave
  eventually children_are 0
  eventually zombies_are 0
}

@test "the parent keeps the listener only, a child its client only" {
  start_server "$contract"
  local listener
  listener=$(sockets "$server_pid")
  three_clients
  # The child may answer before the parent has closed its copy.
  eventually sockets_are "$server_pid" "$listener"
  local child
  for child in $(pgrep -P "$server_pid"); do
    assert_equal "$(sockets "$child" | wc -l)" 1
    refute [ "$(sockets "$child")" = "$listener" ]
  done
  leave
}

# A stopped parent cannot reap, so the signals of all its children become one.
twenty_leave_at_once() {
  start_server "$1"
  local i fd fds=()
  for i in {1..20}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    fds+=("$fd")
    printf x >&"$fd"
    read -rt 20 -N 1 -u "$fd"
  done
  pause_server
  for fd in "${fds[@]}"; do exec {fd}>&-; done
  eventually zombies_are 20
  kill -CONT "$server_pid"
}

@test "children that end together are all reaped" {
  twenty_leave_at_once "$contract"
  eventually zombies_are 0
}

@test "with one waitpid for each signal zombies stay" {
  twenty_leave_at_once ch10_multiprocess/echo_server_one_waitpid
  eventually zombies_are 19
  does_not_spin
  assert_equal "$(zombies)" 19
}

@test "when fork fails that client is dropped and the server goes on" {
  traced -o /dev/null -e trace=clone,clone3,fork -e inject=clone,clone3,fork:error=EAGAIN:when=1
  start_server "$contract"
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"no process for me"
  wait_for_log ": fork: Resource temporarily unavailable"
  echoes "one for me"
}

@test "the server ends its children when it ends, stopped ones too" {
  start_server "$contract"
  three_clients
  local child
  child=$(pgrep -P "$server_pid" | head -n 1)
  kill -STOP "$child"
  stop_server 0
  leave
}

@test "a child that does not end goes on in the loop, and forks" {
  start_server ch10_multiprocess/echo_server_fork_storm
  echo "one message" | timeout 20 socat -t 1 - "TCP:127.0.0.1:$port" >"$BATS_TEST_TMPDIR/back"
  assert_equal "$(<"$BATS_TEST_TMPDIR/back")" "one message"
  wait_for_log "would have been the parent of one more: the cap of 30"
  eventually children_are 0
  assert_equal "$(grep -cE '^process [0-9]+ of parent' "$server_log")" 30
  stop_server 143
}
