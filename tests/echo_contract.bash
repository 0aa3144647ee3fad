# echo_contract.bash - what every echo server of the course owes its clients.
#
# A .bats file sets `contract` to the program and calls one function a test. Only
# bytes, sockets and processes are looked at, so that the same tests judge any
# program, in any language; what ours print is tested apart.

# echoes TEXT: a client of its own gets the text back.
echoes() {
  run -0 client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"$1"
  assert_output "$1"
}

# comes_back_through FILE CLIENT...: the client copies the file exactly.
comes_back_through() {
  timeout 20 "${@:2}" <"$1" >"$BATS_TEST_TMPDIR/back"
  cmp "$1" "$BATS_TEST_TMPDIR/back"
}

# no_connection_is_left: no client's socket is open at the server's side.
no_connection_is_left() {
  [[ -z $(ss -Htn state established state close-wait "sport = :$port") ]]
}

a_line_comes_back() {
  start_server "$contract"
  echoes "two words"
  eventually no_connection_is_left
  echoes "and again"
}

binary_data_comes_back() {
  printf 'no\0text\xff\xfe\r\n\n\0' >"$BATS_TEST_TMPDIR/in"
  start_server "$contract"
  comes_back_through "$BATS_TEST_TMPDIR/in" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port"
}

one_byte_a_write_comes_back() {
  start_server "$contract"
  local byte
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  for byte in a b c d e f; do
    printf %s "$byte" >&9
    IFS= read -rt 20 -N 1 -u 9
    assert_equal "$REPLY" "$byte"
  done
  exec 9>&-
}

half_close_is_answered_in_full() {
  head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  start_server "$contract"
  comes_back_through "$BATS_TEST_TMPDIR/in" socat -t 20 - "TCP:127.0.0.1:$port"
}

# Ctrl-Z and fg: a send that waits for room is cut short by it, and has to go on
# where it stopped. The client reads slowly, so that the server waits often.
being_stopped_loses_no_byte() {
  head -c 16000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  mkfifo "$BATS_TEST_TMPDIR/slow"
  start_server "$contract"
  timeout 30 socat -t 20 - "TCP:127.0.0.1:$port" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/slow" 3>&- &
  exec 8<"$BATS_TEST_TMPDIR/slow"
  local i
  for i in {1..40}; do
    pause_server
    kill -CONT "$server_pid"
    head -c 100000 <&8
  done >"$BATS_TEST_TMPDIR/back"
  cat <&8 >>"$BATS_TEST_TMPDIR/back"
  exec 8<&-
  cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/back"
}

a_reset_ends_that_client_only() {
  start_server "$contract"
  timeout 20 "$BUILD_DIR/tests/reset_client" 127.0.0.1 "$port"
  eventually no_connection_is_left
  echoes "still here"
}

# The client sends a little, never reads the answer, and closes: its kernel
# answers with a reset when it is not asked for what came.
a_vanished_reader_ends_that_client_only() {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'are you there' >&9
  eventually answer_has_come
  exec 9>&-
  eventually no_connection_is_left
  echoes "still here"
}
answer_has_come() { read -rt 0 -u 9; }

many_resets_leave_it_at_rest() {
  start_server "$contract"
  local i
  for i in {1..50}; do
    timeout 20 "$BUILD_DIR/tests/reset_client" 127.0.0.1 "$port"
  done
  eventually no_connection_is_left
  echoes "still here"
  does_not_spin
}

a_port_in_use_is_reported() {
  start_server "$contract"
  run -1 timeout 20 "$(program "$contract")" "$port"
  assert_output --partial "Address already in use"
  echoes "the first one goes on"
}

what_is_no_port_is_wrong_usage() {
  local bad
  for bad in abc -1 70000 "" 1.5 "80 "; do
    run -2 timeout 20 "$(program "$contract")" "$bad"
    refute_output ""
  done
  run -2 timeout 20 "$(program "$contract")" 0 300.1.1.1
  run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 more
}

it_serves_ipv6_when_told_to() {
  ipv6_or_skip
  start_server "$contract" 0 ::1
  run -0 client ch04_tcp/echo_client ::1 "$port" <<<"six"
  assert_output six
  run -1 client ch04_tcp/echo_client 127.0.0.1 "$port"
}

# A client that is still there when the server dies, and then closes, leaves the
# old connection behind; the port must be free at once all the same.
# The port is one the kernel gives to nobody else while it is free for a moment.
it_restarts_at_once_on_the_same_port() {
  local again=$((20000 + BASHPID % 10000))
  start_server "$contract" "$again"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  kill -TERM "$server_pid"
  eventually server_is_gone
  end_server
  [[ -n $(ss -Htan "sport = :$again") ]]
  start_server "$contract" "$again"
  exec 9>&-
  echoes "back again"
}

a_thousand_clients_leak_no_descriptor() {
  start_server "$contract"
  echoes "warm"
  eventually no_connection_is_left
  local before i
  before=$(descriptors "$server_pid")
  for i in {1..1000}; do
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf x >&9
    read -rt 20 -N 1 -u 9
    exec 9>&-
  done
  eventually no_connection_is_left
  eventually descriptors_are_back "$before"
}
descriptors_are_back() { (($(descriptors "$server_pid") <= $1)); }

# a_signal_ends_it SIGNAL STATUS: with a client connected, and soon. (A second is
# promised; the machine that tests may be a busy one.)
a_signal_ends_it() {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  local begin=${EPOCHREALTIME/./}
  kill "-$1" "$server_pid"
  server_ends_with "$2"
  ((${EPOCHREALTIME/./} - begin < 5000000))
  exec 9>&-
}

# an_accept_that_fails_is_no_end ERROR: the second accept fails with it once.
an_accept_that_fails_is_no_end() {
  traced -o /dev/null -e trace=accept4 -e inject=accept4:error="$1":when=2
  start_server "$contract"
  echoes one
  echoes two
  echoes three
}

# No descriptor is to be had: the server neither ends nor spins, and serves who
# has waited when there is one again. An accept that had begun before already
# holds its descriptor, so the first client may be served.
the_descriptor_limit_is_survived() {
  start_server "$contract"
  local free=0
  while [[ -e /proc/$server_pid/fd/$free ]]; do free=$((free + 1)); done
  prlimit --pid "$server_pid" --nofile="$free:4096"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf y >&8
  exec 9>&-
  does_not_spin
  run -142 read -rt 0.5 -N 1 -u 8
  prlimit --pid "$server_pid" --nofile=4096:4096
  read -rt 20 -N 1 -u 8
  assert_equal "$REPLY" y
  exec 8>&-
}

# ---- what servers owe that serve many clients at once

a_stalled_client_delays_nobody() {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'half a li' >&9
  run -0 timeout 20 "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <<<"served"
  assert_output served
  exec 9>&-
}

# The flooder is served, then sends until nothing more is taken from it, and reads nothing.
a_client_that_never_reads_delays_nobody() {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf x >&9
  read -rt 20 -N 1 -u 9
  local before
  before=$(resident_kilobytes)
  local result=0
  timeout 2 dd if=/dev/zero bs=64k count=4000 status=none >&9 || result=$?
  assert_equal "$result" 124 # not all of it was taken
  run -0 timeout 20 "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <<<"served"
  assert_output served
  eventually memory_is_at_most $((before + 4096))
  does_not_spin
  exec 9>&-
  eventually no_connection_is_left
}
memory_is_at_most() { (($(resident_kilobytes) <= $1)); }
resident_kilobytes() {
  ps -o rss= -p "$(pgrep -d , -g "$server_pid")" | awk '{ sum += $1 } END { print sum }'
}

# The last one to come is answered first: nobody waits for anybody.
two_hundred_clients_at_once() {
  start_server "$contract"
  local i fd fds=()
  for i in {1..200}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    fds=("$fd" "${fds[@]}")
  done
  for fd in "${fds[@]}"; do
    printf '%s\n' "$fd" >&"$fd"
    read -rt 20 -u "$fd"
    assert_equal "$REPLY" "$fd"
  done
  for fd in "${fds[@]}"; do exec {fd}>&-; done
}

# Idle, they cost no processor time; and who comes after them is served.
a_thousand_idle_clients_cost_nothing() {
  ulimit -Sn 4096 2>/dev/null || skip "no more than $(ulimit -n) descriptors are allowed here"
  start_server "$contract"
  local i fd
  for i in {1..1000}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  done
  echoes "one more"
  does_not_spin
}
