#!/usr/bin/env bats
# line_server of chapter 10 and line_client of chapter 4: the notes' first fork server and its client.

setup() { load ../harness.bash; }
teardown() { stop_server; }

no_children() { ! pgrep -P "$server_pid" >/dev/null; } # zombies neither

# three_clients: on descriptors 7 to 9; each has sent a line and got it back.
three_clients() {
  exec 7<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  local fd
  for fd in 7 8 9; do
    echo "from $fd" >&"$fd"
    read -rt 20 -u "$fd"
    assert_equal "$REPLY" "from $fd"
  done
}
leave() { exec 7>&- 8>&- 9>&-; }

@test "three clients are served at once, each by a child, and no zombie stays" {
  start_server ch10_multiprocess/line_server
  three_clients
  assert_equal "$(pgrep -P "$server_pid" | wc -l)" 3
  wait_for_log "line of 7 bytes" 3
  # It ignores SIGCHLD, signal 17, and prints each client's address.
  (((0x$(awk '/^SigIgn/ { print $2 }' "/proc/$server_pid/status") >> 16 & 1) == 1))
  assert_equal "$(sed -n 's/^connected //p' "$server_log" | sort)" \
    "$(ss -Htn state established "dport = :$port" | awk '{ print $3 }' | sort)"
  leave
  wait_for_log closed 3
  eventually no_children
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
  exec 9>&-
  run -0 cat "$BATS_TEST_TMPDIR/calls"
  assert_line --regexp '^setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEADDR, \[1\], 4\) += 0$'
  assert_line --regexp '^bind\([0-9]+, \{sa_family=AF_INET, sin_port=htons\(0\), sin_addr=inet_addr\("127\.0\.0\.1"\)\}, 16\) += 0$'
  assert_line --regexp '^listen\([0-9]+, [0-9]+\) += 0$'
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

@test "a line in pieces is one line, and two lines in one piece are two" {
  start_server ch10_multiprocess/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'one ' >&9
  run -142 read -rt 0.1 -u 9
  printf 'line\nand another\n' >&9
  read -rt 20 -u 9
  assert_equal "$REPLY" "one line"
  read -rt 20 -u 9
  assert_equal "$REPLY" "and another"
  exec 9>&-
  wait_for_log "line of 9 bytes"
  wait_for_log "line of 12 bytes"
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
