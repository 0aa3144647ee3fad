#!/usr/bin/env bats
# close_loses_reply: what is lost when one end simply closes.

setup() {
  load ../harness.bash
  run -0 client ch07_shutdown/close_loses_reply
}

# bytes_in LINE: the number in that line.
bytes_in() { grep -oE '[0-9]+ bytes' <<<"${lines[$1]}" | cut -d ' ' -f 1; }

# hint: B's first send works, because B has only got a FIN. Its segment is answered with a reset, and then send fails.
# page: ch07_shutdown/README.md#the-reply-that-nobody-gets
# bats test_tags=first
@test "an answer to a peer that has closed is lost, and the next one fails" {
  assert_line --index 0 "A asks, and closes"
  assert_line --index 1 "  B recv: 8 bytes, then the end of the stream"
  assert_line --index 2 "  B is CLOSE-WAIT"
  assert_line --index 3 "  B send: 6 bytes"
  assert_line --index 4 "  B send: Broken pipe"
}

# hint: After close the number is no descriptor any more. Remember it, and try.
# page: ch07_shutdown/README.md#the-reply-that-nobody-gets
@test "a closed descriptor neither reads nor writes" {
  assert_line --index 5 "  A read: Bad file descriptor"
  assert_line --index 6 "  A write: Bad file descriptor"
}

@test "the call that ends both directions is close" {
  cd "$BATS_TEST_TMPDIR"
  traced -o calls -e trace=sendto,shutdown,close,read,write
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch07_shutdown/close_loses_reply)"
  run -0 head -n 7 <<<"$output"
  assert_output "A asks, and closes
  B recv: 8 bytes, then the end of the stream
  B is CLOSE-WAIT
  B send: 6 bytes
  B send: Broken pipe
  A read: Bad file descriptor
  A write: Bad file descriptor"
  run -0 grep -A 1 '^sendto.*"question"' calls
  [[ ${lines[1]} =~ ^close\(([0-9]+)\)\ +=\ 0$ ]]
  grep -E "^read\(${BASH_REMATCH[1]}, .* = -1 EBADF" calls
  grep -E "^write\(${BASH_REMATCH[1]}, \"more\", 4\) += -1 EBADF" calls
  run -1 c++ -fsyntax-only -include unistd.h -include sys/socket.h -x c++ - <<<'int f(int s) { return closesocket(s); }'
  assert_output --partial closesocket # a name of Windows
  run -0 c++ -fsyntax-only -include unistd.h -include sys/socket.h -x c++ - <<<'int f(int s) { return close(s); }'
}

# hint: Leave a byte unread, and close: B gets what had arrived, then ECONNRESET.
# page: ch07_shutdown/README.md#the-reply-that-nobody-gets
@test "close with unread input resets and throws away what was sent" {
  assert_line --index 7 "A sends, and closes with input unread"
  assert_line --index 9 --regexp '^  B recv: [0-9]+ bytes, then Connection reset by peer$'
  (($(bytes_in 9) < $(bytes_in 8)))
}

# hint: Read to the end before you close, and B gets all that was sent.
# page: ch07_shutdown/README.md#the-reply-that-nobody-gets
@test "the same close after the input was read loses nothing" {
  assert_line --index 10 "A sends, reads its input, and closes"
  assert_line --index 13 --regexp '^  B recv: [0-9]+ bytes, then the end of the stream$'
  assert_equal "$(bytes_in 13)" "$(bytes_in 11)"
}
