#!/usr/bin/env bats
# recv_flags: recv compared with read, and what each flag does.

setup() {
  load ../harness.bash
  run -0 client ch04_tcp/recv_flags
}

@test "read takes any descriptor and recv only a socket" {
  assert_line --index 0 "a file"
  assert_line --index 1 "  read: 4"
  assert_line --index 2 "  recv: Socket operation on non-socket"
  assert_line --index 3 "a socket, sent: hello"
  assert_line --index 4 "  read: 4"
  assert_line --index 5 "  recv: 1, buffer o..."
  assert_line --index 7 "  MSG_PEEK: 5, buffer hello..." # only recv has flags
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=read,recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/recv_flags)"
  eventually grep -q 'MSG_OOB' "$BATS_TEST_TMPDIR/calls"
  run -0 grep -E -m 4 'ELF", 4\)|ENOTSOCK|"hell"|"o"' "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 --regexp '^read\(.* = 4$'
  assert_line --index 1 --regexp '^recvfrom\(.* = -1 ENOTSOCK '
  assert_line --index 2 --regexp '^read\([0-9]+, "hell", 4\) += 4$'
  assert_line --index 3 --regexp '^recvfrom\([0-9]+, "o", 4, 0, .* = 1$'
}

# hint: MSG_PEEK copies, and takes nothing out. Clear the buffer before each call, so that you see what it wrote.
# page: ch04_tcp/README.md#looking-into-the-receive-buffer
# bats test_tags=first
@test "a look leaves the bytes and a plain recv takes them" {
  assert_line --index 6 "sent: hello"
  assert_line --index 7 "  MSG_PEEK: 5, buffer hello..."
  assert_line --index 8 "  MSG_PEEK: 5, buffer hello..."
  assert_line --index 9 "  recv: 5, buffer hello..."
}

# hint: MSG_DONTWAIT fails with EAGAIN where recv would wait.
# page: ch04_tcp/README.md#looking-into-the-receive-buffer
@test "with nothing to read one flag answers at once" {
  assert_line --index 10 "  MSG_DONTWAIT: Resource temporarily unavailable"
}

# hint: MSG_WAITALL waits for as many bytes as the buffer has room for; recv alone returns what is there.
# page: ch04_tcp/README.md#looking-into-the-receive-buffer
@test "one flag waits until the buffer is full" {
  assert_line --index 11 "sent: hel, then lo"
  assert_line --index 12 "  recv: 3, buffer hel.."
  assert_line --index 13 "  MSG_WAITALL: 5, buffer hello"
}

# hint: On a stream MSG_TRUNC throws bytes away, and leaves the buffer as it was.
# page: ch04_tcp/README.md#looking-into-the-receive-buffer
@test "bytes of a stream can be taken out without a copy" {
  assert_line --index 14 "sent: hello"
  assert_line --index 15 "  MSG_TRUNC: 3, buffer ..."
  assert_line --index 16 "  recv: 2, buffer lo......"
}

# hint: Of what is sent with MSG_OOB only the last byte is urgent, and the next recv does not return it.
# page: ch04_tcp/README.md#looking-into-the-receive-buffer
@test "the last byte of an urgent send is beside the stream" {
  assert_line --index 17 "sent with MSG_OOB: 12"
  assert_line --index 18 "  MSG_OOB: 1, buffer 2......."
  assert_line --index 19 "  recv: 1, buffer 1......."
  assert_line --index 20 "  MSG_OOB: Invalid argument"
  # Both bytes were one send.
  is_stranger ch04_tcp/recv_flags && return
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/recv_flags)"
  eventually grep -q MSG_OOB "$BATS_TEST_TMPDIR/calls"
  run -0 tail -n 1 "$BATS_TEST_TMPDIR/calls"
  assert_output --regexp '^sendto\([0-9]+, "12", 2, [A-Z_|]*MSG_OOB[A-Z_|]*, NULL, 0\) += 2$'
}

@test "wrong arguments are wrong usage" {
  run -2 client ch04_tcp/recv_flags more
  assert_line --index 0 "recv_flags: too many arguments: 'more'"
}
