#!/usr/bin/env bats
# select_sets: when a socket is readable, writable, exceptional.

setup() {
  load ../harness.bash
  run -0 client ch12_select/select_sets
}

# hint: Writable means: send would take at least a part at once. Fill the buffer until send would wait, and let the peer not read.
# page: ch12_select/README.md#three-questions
@test "a socket is writable when it is idle, not when its send buffer is full" {
  assert_line "idle: select returns 1; writable"
  assert_line "the send buffer is full: select returns 0;"
  # It did look: only once, on purpose, is the first argument too small.
  ! is_stranger ch12_select/select_sets || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_sets)"
  eventually has_calls 12
  assert_equal "$(grep -c '(.*, \[\], \[\], \[\], ' "$BATS_TEST_TMPDIR/calls")" 1
}

# hint: A set without FD_ZERO may hold anything. Show what FD_ISSET says after each macro.
# page: ch12_select/README.md#three-questions
@test "FD ZERO empties a set, FD SET puts a descriptor in" {
  assert_line --index 0 "full of ones: the socket is in, the other is in"
  assert_line --index 1 "FD_ZERO: the socket is out, the other is out"
  assert_line --index 2 "FD_SET of both: the socket is in, the other is in"
  assert_line --index 3 "FD_CLR: the socket is out, the other is in" # each is asked about
}

# hint: select overwrites its sets, and on Linux the timeval too. Show them as it left them.
# page: ch12_select/README.md#three-questions
@test "select needs the highest descriptor plus one, and sets and a timeval that are filled again" {
  assert_line --index 3 "FD_CLR: the socket is out, the other is in"
  assert_line --index 4 "nothing came for 50 ms: the socket is out, the other is out"
  assert_line --index 5 "the timeval had 50000 us, has 0 us left"
  assert_line "idle: select returns 1; writable"
  assert_line "idle, nfds one too small: select returns 0;"
  # Ours watches both sockets in the first call; later it asks about one, whose descriptor is the highest.
  ! is_stranger ch12_select/select_sets || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_sets)"
  eventually has_calls 8
  run -0 sed -nE 's/^p?select6?\(([0-9]+), (\[[^]]*\]).*/\1 \2/p' "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 --regexp '^[0-9]+ \[[0-9]+ [0-9]+\]$'
  [[ ${lines[1]} =~ \[([0-9]+)\] ]]
  assert_equal "${lines[1]%% *}" $((BASH_REMATCH[1] + 1))
  assert_equal "${lines[2]%% *}" "${BASH_REMATCH[1]}"
  # It is select that changes them: where the first call only seems to be made, both are as they were.
  traced -o /dev/null -e trace=select,pselect6 -e inject=select,pselect6:retval=0:when=1
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_sets)"
  assert_line --index 4 "nothing came for 50 ms: the socket is in, the other is in"
  assert_line --index 5 "the timeval had 50000 us, has 50000 us left"
}
has_calls() { (($(grep -c select "$BATS_TEST_TMPDIR/calls") >= $1)); }

# hint: Readable means: recv would not wait, and that is so at the end of the stream as well. Wait until it has arrived before you ask.
# page: ch12_select/README.md#three-questions
@test "data and the end of the stream make a socket readable" {
  assert_line "idle: select returns 1; writable"
  assert_line "data came: select returns 2; readable writable"
  # Before the end nothing was left to read.
  assert_line "the send buffer is full: select returns 0;"
  assert_line "the peer has finished: select returns 1; readable"
  # The end, and no byte; and it is the peer that has finished.
  ! is_stranger ch12_select/select_sets || return 0
  assert_line "recv returns 0"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=shutdown,recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_sets)"
  eventually grep -q '^recvfrom.* = 0$' "$BATS_TEST_TMPDIR/calls"
  run -0 sed -nE 's/^(shutdown|recvfrom)\(([0-9]+),.*/\1 \2/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${lines[-2]% *} ${lines[-1]% *}" "shutdown recvfrom"
  [[ ${lines[-2]##* } != "${lines[-1]##* }" ]]
}

# hint: Urgent data is sent with MSG_OOB. An error makes a socket readable and writable, not exceptional.
# page: ch12_select/README.md#three-questions
@test "the exceptional set is for urgent data" {
  assert_line "data came: select returns 2; readable writable"
  assert_line "urgent data came: select returns 2; writable exceptional"
  assert_line "the send buffer is full: select returns 0;" # so the peer has bytes unread when it closes
  assert_line "the peer has reset the connection: select returns 2; readable writable" # an error is not
  # It is an error, because the peer has closed: the one that had finished before, and has not read.
  ! is_stranger ch12_select/select_sets || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=select,pselect6,shutdown,close
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch12_select/select_sets)"
  eventually has_calls 12
  run -0 awk -F '[(),]' '$1 == "shutdown" { peer = $2 } /^p?select6?\([0-9]+, \[\], \[[0-9]+\], \[\], / { print closed == peer }
    { closed = $1 == "close" ? $2 : "none" }' "$BATS_TEST_TMPDIR/calls"
  assert_output 1
}

# Where a packet holds less, bytes still move on when send would wait for the first time.
with_small_packets() {
  local mtu
  for mtu in 16384 1500 576; do
    ip link set lo mtu "$mtu"
    client ch12_select/select_sets
  done
}

@test "a send buffer is full only when no bytes move on to the peer any more" {
  privately with_small_packets
  assert_equal "$(grep -cx 'the send buffer is full: select returns 0;' <<<"$output")" 3
  assert_equal "$(grep -cx 'the peer has finished: select returns 1; readable' <<<"$output")" 3
}

without_urgent_data() {
  echo 1 >/proc/sys/net/ipv4/tcp_stdurg
  ! client ch12_select/select_sets 2>&1
}

@test "where urgent data never comes the wait for it has an end" {
  privately without_urgent_data
  assert_line "select_sets: waited 10 seconds for urgent data"
}
