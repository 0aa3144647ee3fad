#!/usr/bin/env bats
# line_server of chapter 10 and line_client of chapter 4: the notes' first fork server and its client.

setup() {
  load ../harness.bash
  load ../echo.bash
  load ../ch04_tcp/messages.bash
}
teardown() { stop_server; }

no_children() { ! pgrep -P "$server_pid" >/dev/null; } # zombies neither

# three_clients: on descriptors 7 to 9; each has sent a line and got it back.
three_clients() {
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  local fd
  for fd in 7 8 9; do
    did "client $((fd - 6)) sent a line"
    echo "from $fd" >&"$fd"
    reads_on "$fd" 7 "from $fd"$'\n'
  done
}
leave() { exec 7>&- 8>&- 9>&-; }

# hint: Your server waits for one client, and all others wait with it. Who can serve it meanwhile?
# page: ch10_multiprocess/README.md#a-process-for-each-client
# bats test_tags=first
@test "three clients are served at once" {
  start_server ch10_multiprocess/line_server
  three_clients
  leave
}

@test "three clients are served at once, each by a child, and no zombie stays" {
  start_server ch10_multiprocess/line_server
  three_clients
  assert_equal "$(pgrep -P "$server_pid" | wc -l)" 3
  wait_for_log "line of 7 bytes" 3
  # A line in two pieces is one line.
  printf 'from ' >&7
  echo "others too" >&8
  reads_on 8 11 $'others too\n'
  echo "seven" >&7
  reads_on 7 11 $'from seven\n'
  wait_for_log "line of 11 bytes" 2
  # It ignores SIGCHLD, signal 17, and prints each client's address.
  (((0x$(awk '/^SigIgn/ { print $2 }' "/proc/$server_pid/status") >> 16 & 1) == 1))
  assert_equal "$(sed -n 's/^connected //p' "$server_log" | sort)" \
    "$(ss -Htn state established "dport = :$port" | awk '{ print $3 }' | sort)"
  leave
  wait_for_log closed 3
  eventually no_children
  privately on_the_notes_port
  assert_output "hello"
}
on_the_notes_port() {
  : >"$BATS_TEST_TMPDIR/said"
  setpriv --pdeathsig TERM -- "$(program ch10_multiprocess/line_server)" 5188 >"$BATS_TEST_TMPDIR/said" 3>&- &
  eventually grep -q ':5188$' "$BATS_TEST_TMPDIR/said"
  exec 9<>/dev/tcp/127.0.0.1/5188
  echo hello >&9
  read -rt 20 -u 9
  echo "$REPLY"
  kill $!
}

@test "option, address and backlog are as they should be, and a line as long as the buffer comes back whole" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=setsockopt,bind,listen
  start_server ch10_multiprocess/line_server
  local line
  printf -v line 'x%.0s' {1..1024}
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local sent
  for sent in "$line" short "$line"; do
    echo "$sent" >&9
    read -rt 20 -u 9
    assert_equal "$REPLY" "$sent"
  done
  printf 'a\0b\n' >&9 # a line is as long as what came, not as its text up to a zero
  assert_equal "$(timeout 20 head -c 4 <&9 | tr '\0' 0)" a0b
  echo "$line+" >&9 # one byte more than the buffer holds
  wait_for_log ": a line longer than 1024 bytes"
  exec 9>&-
  run -0 cat "$BATS_TEST_TMPDIR/calls"
  assert_line --regexp '^setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEADDR, \[1\], 4\) += 0$'
  assert_line --regexp '^bind\([0-9]+, \{sa_family=AF_INET, sin_port=htons\(0\), sin_addr=inet_addr\("127\.0\.0\.1"\)\}, 16\) += 0$'
  assert_line --regexp '^listen\([0-9]+, 4096\) += 0$'
}

# A parent that has caught the signal could be too late; one that ignores it never has a zombie.
@test "the parent ignores SIGCHLD, and waits for nobody" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=rt_sigaction,wait4,waitid
  start_server ch10_multiprocess/line_server
  three_clients
  leave
  wait_for_log closed 3
  run -0 grep -F 'rt_sigaction(SIGCHLD, {sa_handler=SIG_IGN' "$BATS_TEST_TMPDIR/calls"
  run -1 grep -F wait "$BATS_TEST_TMPDIR/calls"
}

# as_many_processes_as COUNT: of the server. A zombie is one, too.
as_many_processes_as() { (($(server_processes | wc -l) == $1)); }

# hint: What serves a client must end when the client has left, and somebody must collect its status, unless SIGCHLD is ignored.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "clients that have left leave no process behind" {
  start_server ch10_multiprocess/line_server
  local before
  before=$(server_processes | wc -l)
  did "30 clients in turn sent a line, got it back and left"
  local i
  for i in {1..30}; do
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    echo "line $i" >&9
    reads_on 9 $((6 + ${#i})) "line $i"$'\n'
    exec 9>&-
  done
  eventually no_connection_is_left || fail_with_log "the clients have left, but their connections are still open"
  eventually as_many_processes_as "$before" ||
    fail_with_log "before there were $before processes, now $(server_processes | wc -l); of these $(pgrep -c -g "$server_pid" -r Z) have ended, and nobody has waited for them"
}

# hint: fork copies every descriptor. A connection ends for the client when the last copy is closed, and the parent has one.
# page: ch10_multiprocess/README.md#a-process-for-each-client
@test "a client that has finished reads the end of the stream" {
  start_server ch10_multiprocess/line_server
  run -0 answer_to 'one\n\nlast'
  assert_output $'one\n\nlast'
  run -0 answer_to 'again\n'
  assert_output again
}

# hint: fork copies the listener too. Who serves a client does not need it, and must close it.
# page: ch10_multiprocess/README.md#a-process-for-each-client
@test "when the server is ended its port is free, though a client is still connected" {
  start_server ch10_multiprocess/line_server
  local before
  mapfile -t before < <(listeners)
  three_clients
  only_these_end "${before[@]}"
  end_server
  leave
}

@test "both sides tell the same address, and lines come back as they were" {
  start_server ch10_multiprocess/line_server
  run -0 --keep-empty-lines client ch04_tcp/line_client 127.0.0.1 "$port" < <(printf 'one\n\nlast')
  assert_line --index 0 --regexp '^connected from 127\.0\.0\.1:[0-9]+$'
  wait_for_log "connected ${lines[0]#connected from }"
  wait_for_log "closed ${lines[0]#connected from }"
  assert_line --index 1 one
  assert_line --index 2 ""
  assert_line --index 3 last
}

# hint: recv returns what has arrived: half a line, or two. Keep a half until its end has come, and answer each line.
# page: ch04_tcp/README.md#lines
@test "a line in pieces is one line, and two lines in one piece are two" {
  start_server ch10_multiprocess/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "sent a part of a line: one"
  printf 'one ' >&9
  nothing_comes 9
  did "sent its rest, and a second line"
  printf 'line\nand another\n' >&9
  reads_on 9 21 $'one line\nand another\n'
  exec 9>&-
  is_ours ch10_multiprocess/line_server || return 0
  wait_for_log "line of 9 bytes"
  wait_for_log "line of 12 bytes"
}

# hint: Each client needs a buffer of its own: what one has sent so far must not stand where the bytes of another arrive.
# page: ch10_multiprocess/README.md#the-notes-first-server-with-fork
@test "half a line of one client is not mixed with the lines of another" {
  start_server ch10_multiprocess/line_server
  exec 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  did "one client sent half a line, another one a whole line"
  printf 'half' >&8
  printf 'whole\n' >&9
  reads_on 9 6 $'whole\n'
  did "the first sent its other half"
  printf ' and half\n' >&8
  reads_on 8 14 $'half and half\n'
  exec 8>&- 9>&-
}

@test "a line without an end drops its client only" {
  start_server ch10_multiprocess/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(head -c 5000 /dev/zero | tr '\0' x) >/dev/null || true
  wait_for_log ": a line longer than 1024 bytes"
  echo "still here" >&9
  read -rt 20 -u 9
  assert_equal "$REPLY" "still here"
  exec 9>&-
}

# Its rest is unread, and the reset would take the answer with it.
@test "an answer arrives although the next line has no end" {
  start_server ch10_multiprocess/line_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(echo first; head -c 1000000 /dev/zero | tr '\0' x)
  assert_output first
}

@test "the parent keeps the listener only, a child its client only" {
  start_server ch10_multiprocess/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  echo x >&9
  read -rt 20 -u 9
  one_socket() { (($(find "/proc/$1/fd" -lname 'socket:*' | wc -l) == 1)); }
  eventually one_socket "$server_pid"
  eventually one_socket "$(pgrep -P "$server_pid")"
  exec 9>&-
}

@test "a fork that fails drops that client, and the server goes on" {
  traced -o /dev/null -e trace=clone,clone3,fork -e inject=clone,clone3,fork:error=EAGAIN:when=1
  start_server ch10_multiprocess/line_server
  run client ch04_tcp/line_client 127.0.0.1 "$port" <<<first
  wait_for_log ": fork: Resource temporarily unavailable"
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" <<<second
  assert_line second
}
