#!/usr/bin/env bats
# packet_server and packet_client: four bytes of length, then the body.

setup() { load ../harness.bash; }
teardown() { stop_server; }

@test "packets of any length come back, the empty one too" {
  start_server ch04_tcp/packet_server
  run -0 --keep-empty-lines client ch04_tcp/packet_client 127.0.0.1 "$port" < <(printf 'hello\n\nlast')
  assert_output $'hello\n\nlast\n'
  run -0 grep '^packet' "$server_log"
  assert_output $'packet of 5 bytes\npacket of 0 bytes\npacket of 4 bytes'
}

@test "the length is four bytes in network order" {
  start_server ch04_tcp/packet_server
  run -0 bash -c "printf '\0\0\0\5hello' | timeout 20 socat -t 20 - TCP:127.0.0.1:$port | od -An -c"
  assert_output '  \0  \0  \0 005   h   e   l   l   o'
}

all_is_kept() { (($(wc -c <"$BATS_TEST_TMPDIR/sent") >= 9)); }

# In the server's place: it keeps what it gets, and sends it back.
@test "the client too sends the length in network order, and only the bytes that are used" {
  stranger ch04_tcp/packet_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "SYSTEM:tee sent"'
  start_server ch04_tcp/packet_server
  run -0 client ch04_tcp/packet_client 127.0.0.1 "$port" <<<"hello"
  assert_output hello
  eventually all_is_kept # tee writes to its file last
  run -0 od -An -c "$BATS_TEST_TMPDIR/sent"
  assert_output '  \0  \0  \0 005   h   e   l   l   o'
  stop_server
  COURSE_PROGRAM='' start_server ch04_tcp/packet_server # a length in another order is refused
  printf '\5\0\0\0hello' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" || true
  wait_for_log ": a packet of 83886080 bytes, the limit is 1024"
}

@test "packets are found however the bytes arrive" {
  start_server ch04_tcp/packet_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local byte
  for byte in '\0' '\0' '\0' '\2' o; do
    printf '%b' "$byte" >&9
    run -142 read -rt 0.05 -N 1 -u 9
  done
  printf 'k\0\0\0\1!\0\0\0\2no' >&9
  exec 8>"$BATS_TEST_TMPDIR/out"
  timeout 20 head -c 17 <&9 >&8
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

@test "a length above the limit takes no memory" {
  start_server ch04_tcp/packet_server
  printf '\377\377\377\377' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" || true
  wait_for_log ": a packet of 4294967295 bytes, the limit is 1024"
  (($(ps -o rss= -p "$server_pid") < 100000))
  run -0 client ch04_tcp/packet_client 127.0.0.1 "$port" <<<"still here"
  assert_output "still here"
}

@test "a stream that ends inside a packet drops the client" {
  start_server ch04_tcp/packet_server
  printf '\0\0' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port"
  wait_for_log "the stream ended inside a packet"
  printf '\0\0\0\5hel' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port"
  wait_for_log "the stream ended inside a packet" 2
  run ! grep '^packet' "$server_log"
}

@test "1024 bytes pass and 1025 do not" {
  start_server ch04_tcp/packet_server
  { printf '\0\0\4\0'; head -c 1024 /dev/zero; printf '\0\0\4\1'; } | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >/dev/null || true
  wait_for_log "packet of 1024 bytes"
  wait_for_log "a packet of 1025 bytes"
}
