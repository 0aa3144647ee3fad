#!/usr/bin/env bats
# What every echo server of the course owes its clients. CTest runs these tests for each server of
# echo_servers.tsv, under that server's name. They look at bytes, sockets and processes only, so they
# judge any program, in any language (judge/suite.py says what the comments above a test mean); those
# without a hint are about what only our programs promise. What our servers print is tested elsewhere.
#
# SERVER is the program; ON_TERM and ON_INT are its exit statuses after these signals.

setup() {
  load harness.bash
  load echo.bash
}
teardown() { stop_server "$ON_TERM"; }

# hint: Between accept and close it must send what it received, as soon as it comes. When the client has finished it must close.
# page: ch04_tcp/README.md#echo
# hint ch10_multiprocess: The child must send what it received, as soon as it comes. The connection ends when every process that has a copy of it has closed it.
# page ch10_multiprocess: ch10_multiprocess/README.md#a-process-for-each-client
# bats test_tags=first
@test "a line comes back" {
  start_server "$SERVER"
  echoes "two words"
  eventually no_connection_is_left
  echoes "and again"
}

# hint: Count bytes; do not look for the end of a text. A zero byte is a byte like any other.
# page: ch04_tcp/README.md#echo
@test "binary data comes back exactly" {
  printf 'no\0text\xff\xfe\r\n\n\0' >"$BATS_TEST_TMPDIR/in"
  start_server "$SERVER"
  comes_back_through "$BATS_TEST_TMPDIR/in" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port"
}

# hint: Receive until the client has finished, and answer each piece when it comes. Do not wait for a full buffer or a newline.
# page: ch04_tcp/README.md#echo
@test "bytes sent one by one come back" {
  start_server "$SERVER"
  local byte
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  for byte in a b c d e f; do
    did "sent one byte: $byte"
    printf %s "$byte" >&9
    reads_on 9 1 "$byte"
  done
  exec 9>&-
}

# hint: send may take only a part of the bytes. Its return value says how many; offer it the rest.
# page: ch04_tcp/README.md#echo
@test "half-close is answered in full" {
  head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  start_server "$SERVER"
  comes_back_through "$BATS_TEST_TMPDIR/in" socat -t "$patience" - "TCP:127.0.0.1:$port"
}

# The client's stream has ended before it reads the first byte. A server that takes this for the end of
# the connection loses what it has not sent yet.
# hint: When recv returns 0 the client has finished sending, not reading. Send everything before you close.
# page: ch07_shutdown/README.md
@test "a client that reads after its half-close gets everything" {
  start_server "$SERVER"
  clients late 3
}

# hint: This client said nothing for a while, and was dropped. An echo server has no reason to end a connection.
# page: ch04_tcp/README.md#echo
@test "a client that pauses is not dropped" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "connected, and said nothing for 2.5 seconds"
  pause 2.5
  did "sent: x"
  printf x >&9
  reads_on 9 1 x
  exec 9>&-
}

# Ctrl-Z and fg interrupt a send that waits for room. The server has to go on where it stopped.
# The client reads slowly, so that the server waits often.
# hint: send may take only a part of the bytes, and says how many: offer it the rest (Python: sendall). A signal may interrupt it (EINTR): call again.
# page: ch04_tcp/README.md#echo
@test "being stopped and continued loses no byte" {
  head -c 8000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  mkfifo "$BATS_TEST_TMPDIR/slow"
  start_server "$SERVER"
  did "sent 8,000,000 bytes, read them slowly, and stopped and continued the server 40 times"
  timeout "$client_limit" socat -t "$patience" - "TCP:127.0.0.1:$port" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/slow" 3>&- &
  exec 8<"$BATS_TEST_TMPDIR/slow"
  local i
  for i in {1..40}; do
    pause_all
    resume_all
    head -c 100000 <&8
  done >"$BATS_TEST_TMPDIR/back"
  cat <&8 >>"$BATS_TEST_TMPDIR/back"
  exec 8<&-
  same_bytes "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/back"
}

# hint: A reset is that client's affair: recv or send fails with ECONNRESET. End this conversation, not the server.
# page: ch04_tcp/README.md#echo
@test "a client that resets does not end the server" {
  start_server "$SERVER"
  clients reset 1
  eventually no_connection_is_left
  echoes "still here"
}

# The client sends a little, never reads the answer, and closes. Its kernel then sends a reset,
# because bytes were left unread.
# hint: This client closed with bytes unread, so its kernel sent a reset. End this conversation, not the server.
# page: ch04_tcp/README.md#echo
@test "a client that leaves without reading does not end the server" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "sent 13 bytes, waited for the answer, and closed without reading it"
  printf 'are you there' >&9
  eventually answer_has_come || { echo "no answer came"; return 1; }
  exec 9>&-
  eventually no_connection_is_left
  echoes "still here"
}
answer_has_come() { read -rt 0 -u 9; }

# The client is gone while the server still has bytes to send: the first answer that arrives is
# answered with a reset, and the next send raises SIGPIPE.
# hint: The second send after a reset raises SIGPIPE, which ends a process that does not ask for anything else.
# page: ch01_basics/README.md#a-vanished-peer
@test "clients that leave in the middle of an answer do not end the server" {
  start_server "$SERVER"
  clients leave 30
  eventually no_connection_is_left
  echoes "still here"
}

# hint: After an error the connection must be closed, and not asked again and again.
# page: ch04_tcp/README.md#echo
@test "fifty resets neither end the server nor make it spin" {
  start_server "$SERVER"
  clients reset 50
  eventually no_connection_is_left
  echoes "still here"
  does_not_spin
}

# While the server is stopped, the kernel keeps new connections in the queue of the listener.
# hint: How many clients may wait is the argument of listen. One is too few.
# page: ch04_tcp/README.md
@test "five clients can wait while the server is busy" {
  start_server "$SERVER"
  pause_all
  idle_clients 5
  resume_all
}

@test "a port in use is reported" {
  start_server "$SERVER"
  run -1 client "$SERVER" "$port"
  assert_output --partial "Address already in use"
  echoes "the first one goes on"
}

@test "a bad port or address is wrong usage" {
  bad_ports_are_wrong_usage "$SERVER"
}

@test "it serves IPv6 when told to" {
  ipv6_or_skip
  start_server "$SERVER" 0 ::1
  run -0 client ch04_tcp/echo_client ::1 "$port" <<<"six"
  assert_output six
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port"
}

# A client that is still connected when the server dies leaves the old connection behind. The
# server must get the port back at once all the same. (The kernel gives this port to no other
# program in the moment when it is free.)
# hint: Old connections keep the port for a minute, unless an option of the listener allows bind to share it with them.
# page: ch09_options/README.md#time-wait-and-so_reuseaddr
@test "it restarts at once on the same port" {
  start_server "$SERVER" $((20000 + BASHPID % 10000))
  local again=$port
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  reads_on 9 1 x
  did "ended the server while a client was connected, and started it again"
  signal_server TERM
  eventually server_is_gone || { echo "the server did not end"; return 1; }
  end_server
  [[ -n $(ss -Htan "sport = :$again") ]]
  start_server "$SERVER" "$again"
  exec 9>&-
  echoes "back again"
}

# hint: Every accept returns a new descriptor. Close it when the client has left, in every process that has a copy.
# page: ch04_tcp/README.md#echo
# hint ch10_multiprocess: Wait for all children that have ended: one SIGCHLD may tell of many. And close each client's descriptor in every process that has a copy.
# page ch10_multiprocess: ch10_multiprocess/README.md#zombies
@test "three hundred clients leak no descriptor" {
  start_server "$SERVER"
  echoes "warm"
  eventually no_connection_is_left
  local before
  before=$(descriptors)
  clients in-turn 300
  eventually no_connection_is_left || fail_with_log "the clients have left, but their connections are still open"
  eventually descriptors_are_back "$before" || fail_with_log "it had $before descriptors, and now $(descriptors)"
}

# A thread that has ended keeps its stack until somebody joins it, and a child its entry in the process table
# until its parent has waited. (malloc keeps an arena or two for threads, so some growth is right.)
# hint: What ends must be collected: join or detach each thread, wait for each child, free what you allocate.
# page: ch18_threads/README.md#join-and-detach
# hint ch10_multiprocess: What ends must be collected: wait for all children that have ended, because one SIGCHLD may tell of many. Free what you allocate.
# page ch10_multiprocess: ch10_multiprocess/README.md#zombies
@test "a thousand clients leave no thread, child or memory behind" {
  start_server "$SERVER"
  clients in-turn 20
  eventually no_connection_is_left
  local before
  before=$(address_space)
  clients in-turn 1000
  eventually no_connection_is_left
  eventually address_space_is_at_most $((before + 1000000)) ||
    fail_with_log "its address space has grown by $((($(address_space) - before) / 1000)) MB"
  eventually no_child_is_uncollected ||
    fail_with_log "$(pgrep -c -g "$server_pid" -r Z) children have ended, and nobody has waited for them"
}
# in kilobytes
address_space() { ps -o vsz= -p "$(server_list)" | awk '{ sum += $1 } END { printf "%.0f", sum }'; }
address_space_is_at_most() { (($(address_space) <= $1)); }
no_child_is_uncollected() { ! pgrep -g "$server_pid" -r Z >/dev/null; }
server_list() { pgrep -d , -g "$server_pid"; }

# hint: SIGTERM must end the server soon, and its children with it.
# page: ch10_multiprocess/README.md
@test "SIGTERM ends it" {
  a_signal_ends_it "$SERVER" TERM "$ON_TERM"
}

# hint: SIGINT (Ctrl-C) must end the server soon, and its children with it.
# page: ch10_multiprocess/README.md
@test "SIGINT ends it" {
  a_signal_ends_it "$SERVER" INT "$ON_INT"
}

# survives_a_failing_accept ERROR: the second accept fails with it, once. The client that it was for may be lost.
survives_a_failing_accept() {
  traced -f -o /dev/null -e trace=accept,accept4 -e inject=accept,accept4:error="$1":when=2
  start_server "$SERVER"
  did "made the second accept fail with $1"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 0.3 -N 1 -u 9 || true
  exec 9>&-
  echoes two
  echoes three
}

# hint: A signal may interrupt accept. Call it again.
# page: ch04_tcp/README.md#echo
@test "an interrupted accept does not end the server" {
  survives_a_failing_accept EINTR
}

# hint: accept also reports that a client has left before it was served. Serve the next one.
# page: ch04_tcp/README.md#echo
@test "an aborted connection does not end the server" {
  survives_a_failing_accept ECONNABORTED
}

# no_descriptor_is_free: no process of the server may have more than it has. any_number_is_free: they may.
no_descriptor_is_free() {
  local pid free
  did "allowed the server no more descriptors than it has"
  for pid in $(server_processes); do
    free=0
    while [[ -e /proc/$pid/fd/$free ]]; do free=$((free + 1)); done
    prlimit --pid "$pid" --nofile="$free:"
  done
}
any_number_is_free() {
  local pid
  did "allowed it more"
  for pid in $(server_processes); do prlimit --pid "$pid" --nofile=1000:; done
}

# When no descriptor is free, the server must neither end nor spin. It may let clients wait, or close
# their connections; it serves again when descriptors are free.
# hint: accept fails with EMFILE when no descriptor is free. The client stays in the queue: wait before you ask again.
# page: ch04_tcp/README.md#echo
@test "the descriptor limit neither ends it nor makes it spin" {
  start_server "$SERVER"
  no_descriptor_is_free
  exec 9<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port"
  did "two clients connected, and one left"
  exec 9>&-
  does_not_spin
  any_number_is_free
  exec 8>&-
  echoes "served again"
}

# (An accept that waits has its descriptor already, so the first client may be served.)
@test "a client that came when no descriptor was free is served later" {
  start_server "$SERVER"
  no_descriptor_is_free
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf y >&8
  exec 9>&-
  run -142 read -rt 0.5 -N 1 -u 8 # read timed out: nothing came
  any_number_is_free
  reads_on 8 1 y
  exec 8>&-
}

# ---- servers that serve several clients at once: pool and concurrent

# hint: Your server waits for one client, and all others wait with it. What does it wait in?
# page: ch12_select/README.md
# hint ch10_multiprocess: Your server waits for one client, and all others wait with it. What does it wait in? waitpid waits too, unless it is told not to.
# page ch10_multiprocess: ch10_multiprocess/README.md#zombies
# bats test_tags=at_once
@test "a stalled client delays no other" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "one client sent half a line, and stalled"
  printf 'half a li' >&9
  local text
  for text in "served" "served when another has left" "and once more"; do echoes "$text"; done
  read -rt 1 -N 9 -u 9 || true # what is unread would make the close a reset
  exec 9>&-
}

# hint: Each connection needs its own buffer and its own state. Which of them do your clients share?
# page: ch18_threads/README.md
# bats test_tags=at_once
@test "each client gets its own bytes" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port" 8<>"/dev/tcp/127.0.0.1/$port"
  local i
  for i in {1..20}; do
    did "two clients sent at once: a$i and b$i"
    printf 'a%02d' "$i" >&9
    printf 'b%02d' "$i" >&8
    reads_on 9 3 "$(printf 'a%02d' "$i")"
    reads_on 8 3 "$(printf 'b%02d' "$i")"
  done
  exec 9>&- 8>&-
}

# The client is served once. Then it sends until the server takes no more, and reads nothing.
# hint: Stop receiving from a client that does not read what you send it.
# page: ch17_epoll/README.md
# page ch12_select: ch12_select/README.md#echo-for-many
# bats test_tags=at_once
@test "a client that never reads delays no other and takes no memory" {
  start_server "$SERVER"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  reads_on 9 1 x
  local before
  before=$(resident_kilobytes)
  local result=0
  did "one client sent as much as the server takes, and read nothing"
  timeout 2 dd if=/dev/zero bs=64k count=4000 status=none >&9 || result=$?
  ((result)) || fail_with_log "the server took 250 MB from a client that read nothing"
  ((result == 124)) || fail_with_log "the server left a client that read nothing for a while"
  echoes "served"
  eventually memory_is_at_most $((before + 32768)) # a runtime's own buffers and garbage
  eventually does_not_spin # it may still work on what has arrived
  exec 9>&-
  eventually no_connection_is_left
}
memory_is_at_most() { (($(resident_kilobytes) <= $1)); }
resident_kilobytes() {
  ps -o rss= -p "$(server_list)" | awk '{ sum += $1 } END { print sum }'
}

# ---- servers without a limit: concurrent

# The client that came last is answered first: no client waits for another.
# hint: Two hundred clients were connected, and the last one spoke first. What limits how many your server can serve?
# page: ch12_select/README.md
# bats test_tags=crowd
@test "two hundred clients at once" {
  start_server "$SERVER"
  clients at-once 200
}

# Idle clients cost no processor time, and a client that comes after them is served.
# hint: A thousand clients say nothing, and your server must sleep. select cannot watch descriptors above 1023.
# page: ch12_select/README.md
# bats test_tags=crowd
@test "a thousand idle clients cost nothing" {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  start_server "$SERVER"
  idle_clients 1000 quiet
  echoes "one more"
  eventually does_not_spin # a thousand threads take a moment to start
}
