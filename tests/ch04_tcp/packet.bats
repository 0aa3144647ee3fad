#!/usr/bin/env bats
# packet_server and packet_client: four bytes of length, then the body.

setup() {
  load ../harness.bash
  load ../echo.bash
  load messages.bash
}

# asks BYTES: the server's answer to these bytes (for printf %b), as od -An -c shows it.
asks() { answer_to "$1" | od -An -c | tr -d ' \n'; }
teardown() { stop_server; }

# hint: Read the length, then that many bytes, and no more. An empty packet has a length, and no body.
# page: ch04_tcp/README.md#three-cures
# bats test_tags=first
@test "packets of any length come back, the empty one too" {
  start_server ch04_tcp/packet_server
  client_prints ch04_tcp/packet_client 'hello\n\nlast' $'hello\n\nlast'
  our_log_has '^packet' $'packet of 5 bytes\npacket of 0 bytes\npacket of 4 bytes'
}

# hint: Four bytes of length go first, the highest one first. Turn them into your machine's order, and back when you send.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/packet_server
@test "the length is four bytes in network order" {
  start_server ch04_tcp/packet_server
  run -0 asks '\0\0\0\05hello'
  assert_output '\0\0\0005hello'
  is_ours ch04_tcp/packet_server || return 0
  # A body has 1024 bytes at most.
  { printf '\0\0\4\0' && head -c 1024 /dev/zero && printf '\0\0\4\1'; } |
    timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >/dev/null || true
  wait_for_log ": a packet of 1025 bytes, the limit is 1024"
  run -0 grep '^packet' "$server_log"
  assert_output $'packet of 5 bytes\npacket of 1024 bytes'
}

# In the server's place: it keeps what it gets, and sends it back.
# hint: Send the length in network order, then just the text: no zero, no newline, no rest of a buffer.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/packet_client
@test "the client too sends the length in network order, and only the bytes that are used" {
  stranger ch04_tcp/packet_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "SYSTEM:tee sent"'
  start_server ch04_tcp/packet_server
  client ch04_tcp/packet_client 127.0.0.1 "$port" <<<"hello" >"$BATS_TEST_TMPDIR/printed" || true
  has_sent '\0\0\0005hello'
  assert_equal "$(<"$BATS_TEST_TMPDIR/printed")" hello
  is_ours ch04_tcp/packet_client || return 0
  stop_server
  COURSE_PROGRAM='' start_server ch04_tcp/packet_server # a length in another order is refused
  printf '\5\0\0\0hello' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" || true
  wait_for_log ": a packet of 83886080 bytes, the limit is 1024"
  stop_server
  # The client looks at the length too.
  a_stand_in_for ch04_tcp/packet_server 'head -c 9 >/dev/null' \
    'printf "\0\0\4\0"; head -c 1024 /dev/zero | tr "\0" x; printf "\0\0\4\1"; head -c 1025 /dev/zero; cat >/dev/null'
  run -1 client ch04_tcp/packet_client 127.0.0.1 "$port" <<<$'hello\nagain'
  assert_line --index 0 "$(head -c 1024 /dev/zero | tr '\0' x)"
  assert_line --index 1 "packet_client: the server announced 1025 bytes"
}

# hint: One recv may return a part of the length, or two packets. Ask again for exactly the bytes that are missing.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/packet_server
@test "packets are found however the bytes arrive" {
  start_server ch04_tcp/packet_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local byte
  for byte in '\0' '\0' '\0' '\2' o; do
    did "sent one byte: $byte"
    printf '%b' "$byte" >&9
    nothing_comes 9
  done
  did 'sent the rest of the packet, and two more: k\0\0\0\1!\0\0\0\2no'
  printf 'k\0\0\0\1!\0\0\0\2no' >&9
  exec 8>"$BATS_TEST_TMPDIR/out"
  timeout "$patience" head -c 17 <&9 >&8 || true
  run -0 od -An -c "$BATS_TEST_TMPDIR/out"
  assert_output '  \0  \0  \0 002   o   k  \0  \0  \0 001   !  \0  \0  \0 002   n
   o'
  exec 9>&-
}

@test "a length in the sender's own byte order is refused" {
  start_server ch04_tcp/packet_server
  printf '\5\0\0\0hello' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" || true
  wait_for_log ": a packet of 83886080 bytes, the limit is 1024"
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
@test "the answers before a packet that is too long can still be read" {
  start_server ch04_tcp/packet_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  { printf '\0\0\0\2ok\377\377\377\377' && head -c 30000000 /dev/zero; } >&9
  run -0 od -An -c <(timeout 20 cat <&9)
  assert_output '  \0  \0  \0 002   o   k'
  exec 9>&-
}

# hint: The length comes from outside, and anything can be in it. Refuse what is too large, before you reserve memory or wait for it.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/packet_server
@test "a length above the limit takes no memory" {
  start_server ch04_tcp/packet_server
  local before
  before=$(memory)
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did 'sent a length of 4 GiB, \377\377\377\377, and no more'
  printf '\377\377\377\377' >&9
  timeout "$patience" cat <&9 >/dev/null || fail_with_log "after a length of 4 GiB the server waits for as many bytes"
  exec 9>&-
  server_is_running || fail_with_log "a length of 4 GiB has ended the server"
  (($(memory) < before + 100000)) || fail_with_log "its memory has grown by $((($(memory) - before) / 1000)) MB"
  ! is_ours "$server" || wait_for_log ": a packet of 4294967295 bytes, the limit is 1024"
  run -0 asks '\0\0\0\012still here'
  assert_output '\0\0\0\nstillhere'
}

# memory: of the server and its children, in kilobytes.
memory() { ps -o rss= -p "$(pgrep -d , -g "$server_pid")" | awk '{ sum += $1 } END { print sum }'; }

# hint: This client left with answers on the way. Sending to it fails; end this conversation, not the server.
# page: ch01_basics/README.md
@test "a client that leaves before its answers does not end the server" {
  start_server ch04_tcp/packet_server
  leaves_early '\0\0\0\02ok'
  run -0 asks '\0\0\0\012still here'
  assert_output '\0\0\0\nstillhere'
}

# hint: One recv may return a part of the length or of the body. Ask for the bytes that are missing.
# page: ch04_tcp/README.md#one-message-is-not-one-read
# judges: ch04_tcp/packet_client
@test "an answer in four parts is printed whole" {
  a_stand_in_for ch04_tcp/packet_server 'head -c 9 >/dev/null' \
    'printf "\0\0"; soon; printf "\0\5"; soon; printf he; soon; printf llo; cat >/dev/null'
  did "the server sent its answer in four parts"
  client_prints ch04_tcp/packet_client 'hello\n' hello
}

# hint: The stream may end inside a packet: then recv returns 0, and there is no packet to answer.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/packet_server
@test "a stream that ends inside a packet drops the client" {
  start_server ch04_tcp/packet_server
  run -0 asks '\0\0'
  assert_output ""
  run -0 asks '\0\0\0\05hel'
  assert_output ""
  eventually no_connection_is_left
  is_ours ch04_tcp/packet_server || return 0
  wait_for_log "the stream ended inside a packet" 2
  run ! grep '^packet' "$server_log"
}

@test "1024 bytes pass and 1025 do not" {
  start_server ch04_tcp/packet_server
  { printf '\0\0\4\0'; head -c 1024 /dev/zero; printf '\0\0\4\1'; } | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >/dev/null || true
  wait_for_log "packet of 1024 bytes"
  wait_for_log "a packet of 1025 bytes"
}
