#!/usr/bin/env bats
# echo_server_pool of chapter 18: a fixed number of threads and a queue of limited length.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch18_threads/echo_server_pool
}
teardown() { stop_server; }

# holds_a_worker FD: this client is served and stays, so its worker serves nobody else.
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
  run -142 read -rt 0.5 -N 1 -u 8 # read timed out: nothing came
  exec 6>&-
  read -rt 20 -N 1 -u 8
  assert_equal "$REPLY" y
  exec 7>&- 8>&-
}

@test "when the queue is full nobody is accepted" {
  start_server "$contract" 0 127.0.0.1 2 2
  local first   # bash chooses the number: those from 10 on may be in use by bash
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
  run -142 read -rt 0.3 -N 1 -u 8 # read timed out: nothing came
  exec 7>&-
  read -rt 20 -N 1 -u 8
  exec 8>&-
}

@test "the number of threads stays the same" {
  start_server "$contract" 0 127.0.0.1 3
  local before i
  before=$(threads)
  ((before >= 4))
  for i in {1..20}; do echoes "$i"; done
  assert_equal "$(threads)" "$before"
}

@test "a bad number of workers or of places in the queue is wrong usage" {
  local bad
  for bad in 0 -1 abc "" 10001; do
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$bad"
    assert_output --partial "WORKERS must be"
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 2 "$bad"
    assert_output --partial "QUEUE must be"
  done
}
