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
  three_connect
  three_get_answers
}
three_connect() { exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"; }
three_get_answers() {
  local fd
  for fd in 7 8 9; do
    printf x >&"$fd"
    read -rt 20 -N 1 -u "$fd"
    assert_equal "$REPLY" x
  done
}
leave() { exec 7>&- 8>&- 9>&-; }

@test "each client has a process, which is gone when the client has left" {
  start_server "$contract"
  three_connect
  eventually children_are 3
  pause_server # the children serve, without the parent
  three_get_answers
  assert_equal "$(children)" 3
  kill -CONT "$server_pid"
  local addresses
  addresses=$(ss -Htn state established "dport = :$port" | awk '{ print $3 }' | sort)
  assert_equal "$(sed -n 's/^connected //p' "$server_log" | sort)" "$addresses"
  leave
  eventually children_are 0
  eventually zombies_are 0
  stop_server 0

  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=accept4
  start_server "$contract"
  local parent=$server_pid
  three_clients
  leave
  stop_server 0
  run -0 sed -nE 's/^([0-9]+) +(accept4\(|<\.\.\. accept4 ).* = [0-9]+$/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_output "$(printf "%s\n" "$parent" "$parent" "$parent")"
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

# grows SERVER STATUS PROCESSES THREADS: for three clients more it needs so many more of each; SIGTERM ends
# it with this status. (The first client does not count: a thread sanitizer starts a thread of its own then.)
grows() {
  start_server "$1"
  exec 6<>"/dev/tcp/127.0.0.1/$port"
  printf x >&6
  read -rt 20 -N 1 -u 6
  local processes threads
  processes=$(pgrep -c -g "$server_pid")
  threads=$(ps -o nlwp= -p "$server_pid")
  three_clients
  assert_equal $(($(pgrep -c -g "$server_pid") - processes)) "$3"
  assert_equal $(($(ps -o nlwp= -p "$server_pid") - threads)) "$4"
  leave
  exec 6>&-
  stop_server "$2"
}

@test "three more clients need three processes, or three threads, or neither" {
  grows "$contract" 0 3 0
  grows ch12_select/echo_server 143 0 0
  grows ch18_threads/echo_server 143 0 3
}

# All are accepted while none of them has said anything; in each round all speak, and the last to come is the first answered.
@test "all clients are served at once, early and late ones alike, and the server waits more than it computes" {
  start_server "$contract"
  local fd fds=() round begin=${EPOCHREALTIME/[.,]/}
  for round in {1..20}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    fds=("$fd" "${fds[@]}")
  done
  wait_for_log "connected 127.0.0.1:" 20
  # Ours takes a tenth of a second; one that rests after each client takes longer than a busy machine does.
  ((${EPOCHREALTIME/[.,]/} - begin < 5000000))
  for round in 1 2 3; do
    for fd in "${fds[@]}"; do printf %s "$round" >&"$fd"; done
    for fd in "${fds[@]}"; do reads_on "$fd" 1 "$round"; done
  done
  does_not_spin
  for fd in "${fds[@]}"; do exec {fd}>&-; done
}

# Sent: more than any buffer of the server holds. The first accept fails.
@test "a child echoes until its client closes or resets, and says which" {
  traced -o /dev/null -e trace=accept4 -e inject=accept4:error=ECONNABORTED:when=1
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  reads_on 9 1 x
  wait_for_log "connected 127.0.0.1:"
  run ! grep -E '^(closed|dropped)' "$server_log" # not yet
  head -c 100000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  comes_back_through "$BATS_TEST_TMPDIR/in" socat -t 20 - "TCP:127.0.0.1:$port"
  wait_for_log "closed 127.0.0.1:"
  eventually children_are 1 # the other client's
  exec 9>&-
  wait_for_log "closed 127.0.0.1:" 2
  clients reset 1
  wait_for_log "dropped 127.0.0.1:"
  eventually children_are 0
  # The second client left first, then the first one; the third was reset.
  local came
  mapfile -t came < <(sed -n 's/^connected //p' "$server_log")
  run -0 grep -E '^(closed|dropped)' "$server_log"
  assert_output --regexp "^closed ${came[1]}
closed ${came[0]}
dropped ${came[2]}: (recv|send): (Connection reset by peer|Broken pipe)\$"
  stop_server 0

  # An accept that fails for want of descriptors must not be repeated at once, but a second later.
  traced -o /dev/null -e trace=accept4 -e inject=accept4:error=EMFILE:when=1..2
  start_server "$contract"
  local begin=${EPOCHREALTIME/[.,]/}
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  wait_for_log "waiting: accept: Too many open files"
  does_not_spin
  reads_on 9 1 x
  ((${EPOCHREALTIME/[.,]/} - begin >= 1900000))
  assert_equal "$(grep -c waiting: "$server_log")" 2
  exec 9>&-
}

# kilobytes PID FIELD: of its memory. Anonymous: what was written since the program began, by itself or its parent.
kilobytes() { sed -n "s/^$2: *\([0-9]*\) kB/\1/p" "/proc/$1/smaps_rollup"; }

@test "a child shares most of its memory" {
  start_server "$contract"
  three_clients
  assert_equal "$(children)" 3
  local child
  for child in $(pgrep -P "$server_pid"); do
    (($(kilobytes "$child" Private_Dirty) * 2 < $(kilobytes "$child" Anonymous)))
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
  # A waitpid that waits would wait for the child that still serves.
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  reads_on 9 1 x
  echoes "one has left, one stays"
  echoes "and the server goes on"
  exec 9>&-
}

# judges: nobody
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

# No kill is done, because kill(-1, SIGKILL) would end all that may be ended here.
# hint: fork returns -1 when it has made no child. Lose that client, not the server. And -1 is no child: kill(-1, SIGKILL) ends all that you may end.
# page: ch10_multiprocess/README.md#a-process-for-each-client
# judges: ch10_multiprocess/echo_server
@test "when fork fails the server goes on, and later it ends nobody else" {
  [[ -z ${JUDGED:-} || -n ${PRIVATE:-} ]] || skip "only where no other process can be hit"
  local calls=$BATS_TEST_TMPDIR/calls
  traced -o "$calls" -e trace=clone,clone3,fork,vfork,kill -e inject=clone,clone3,fork,vfork:error=EAGAIN:when=1 \
    -e inject=kill:error=ESRCH
  start_server "$contract" || skip "it starts a process before a client has come"
  did "made the first fork fail"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 0.3 -N 1 -u 9 || true
  exec 9>&-
  echoes "two"
  echoes "three"
  did "sent SIGTERM"
  signal_server TERM
  eventually server_is_gone || echo "the server did not end"
  end_server
  run grep -oE '^kill\(-1, [A-Z]+' "$calls"
  [[ -z $output ]] || fail "the server called $output): that is for every process"
}

# hint: fork copies the listener too. The child does not need it, and must close it: the port stays in use until the last copy is closed.
# page: ch10_multiprocess/README.md#a-process-for-each-client
# judges: ch10_multiprocess/echo_server
@test "when the server is ended its port is free, though a client is still connected" {
  start_server "$contract"
  local before
  mapfile -t before < <(listeners)
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  reads_on 9 1 x
  only_these_end "${before[@]}"
  end_server
  exec 9>&-
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

# The notes' way first, then the right one.
@test "a child must serve until the end and then end, or it goes on in the loop, and forks" {
  start_server ch10_multiprocess/echo_server_fork_storm
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  printf 'one message' >&7
  reads_on 7 11 'one message'
  run -1 read -rt 20 -N 1 -u 7 # the end, after one message
  exec 7>&-
  wait_for_log "would have been the parent of one more: the cap of 30"
  wait_for_log " of parent " 30 # children of children too: the last ones may be slow to say it
  eventually children_are 0
  assert_equal "$(grep -cE '^process [0-9]+ of parent' "$server_log")" 30
  assert_equal "$(grep -c " of parent $server_pid\$" "$server_log")" 1 # the others are children of children
  run -1 client ch10_multiprocess/echo_server_fork_storm "$port"
  assert_output --partial "Address already in use"
  stop_server 143

  start_server "$contract"
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  local message
  for message in a b; do
    printf %s "$message" >&7
    read -rt 20 -N 1 -u 7
    assert_equal "$REPLY" "$message"
    assert_equal "$(children)" 1
  done
  exec 7>&-
  eventually children_are 0
}
