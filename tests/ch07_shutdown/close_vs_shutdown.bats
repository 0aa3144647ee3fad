#!/usr/bin/env bats
# close_vs_shutdown: close counts descriptors, shutdown does not.

setup() {
  load ../harness.bash
  load ../calls.bash
  run -0 client ch07_shutdown/close_vs_shutdown
}
teardown() { end_server; }

# While another descriptor holds the socket.
a_close_ends_nothing() {
  assert_line --index 0 "close of the first descriptor"
  assert_line --index 1 "  second send: 5 bytes"
  assert_line --index 2 "  far recv: 5 bytes, ESTAB"
}

# calls: what happens to the first descriptor, its copy and the far end, such as "dup 4 6 close 4 0 sendto 6 5".
calls() {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=fcntl,close,sendto,recvfrom,shutdown
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch07_shutdown/close_vs_shutdown)"
  sed -nE 's/^fcntl\(([0-9]+), F_DUPFD_CLOEXEC, 0\) += ([0-9]+)$/dup \1 \2/p
    s/^(close|sendto|recvfrom|shutdown)\(([0-9]+).* = (-?[0-9]+).*/\1 \2 \3/p' "$BATS_TEST_TMPDIR/calls" | paste -sd ' '
}
# While the copy is open.
a_close_sends_nothing() {
  is_stranger ch07_shutdown/close_vs_shutdown ||
    grep -E 'dup ([0-9]+) ([0-9]+) close \1 0 sendto \2 5 recvfrom ([0-9]+) 5 close \2 0 recvfrom \3 0 ' <<<"$1"
}

# The state is what the kernel says: here each is LISTEN.
a_state_is_the_kernels() {
  ! is_stranger ch07_shutdown/close_vs_shutdown || return 0
  run -0 with_calls 'int getsockopt(int, int, int, void *value, socklen_t *) noexcept {
      *static_cast<unsigned char *>(value) = 10;
      return 0;
    }' ch07_shutdown/close_vs_shutdown
  assert_equal "$(grep -c '^  far recv: .*, LISTEN$' <<<"$output")" 3
}

# hint: close gives back a descriptor. The stream ends when none is left that refers to the socket.
# page: ch07_shutdown/README.md#who-holds-it
# bats test_tags=first
@test "only the last close ends the stream" {
  a_close_ends_nothing
  assert_line --index 3 "close of the second descriptor"
  assert_line --index 4 "  far recv: 0 bytes, CLOSE-WAIT"
  a_close_sends_nothing "$(calls)"
  a_state_is_the_kernels
}

# hint: shutdown acts on the socket, whatever descriptors there are: the far end's recv returns 0, and sending fails at both of them.
# page: ch07_shutdown/README.md#who-holds-it
@test "close gives back one descriptor, shutdown ends the stream for all" {
  a_close_ends_nothing
  assert_line --index 5 "shutdown through the first descriptor"
  assert_line --index 6 "  far recv: 0 bytes, CLOSE-WAIT"
  assert_line --index 7 "  second send: Broken pipe"
  local all
  all=$(calls)
  a_close_sends_nothing "$all"
  is_stranger ch07_shutdown/close_vs_shutdown || grep -E 'dup ([0-9]+) ([0-9]+) shutdown \1 0 recvfrom [0-9]+ 0 sendto \2 -1 ' <<<"$all"
  a_state_is_the_kernels
}

@test "a second process that holds the socket keeps the stream open too" {
  start_server ch04_tcp/stream_receiver
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  mkfifo "$BATS_TEST_TMPDIR/keys"
  cat "$BATS_TEST_TMPDIR/keys" 3>&- >&9 &
  local holder=$!
  exec 8>"$BATS_TEST_TMPDIR/keys"
  printf 'one' >&9
  wait_for_log connected
  exec 9>&-
  [[ -n $(ss -Htn state established "sport = :$port") ]]
  printf 'two' >&8
  exec 8>&-
  wait "$holder"
  server_ends_with 0
  run -0 grep recv "$server_log"
  assert_output "recv: 6 bytes"
}
