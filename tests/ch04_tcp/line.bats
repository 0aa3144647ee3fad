#!/usr/bin/env bats
# line_server and line_client: the notes' readline, without its mistakes.

setup() { load ../harness.bash; }
teardown() { stop_server; }

@test "three lines in one write are three lines" {
  start_server ch04_tcp/line_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(printf 'a\nbb\nccc\n')
  assert_output $'a\nbb\nccc'
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 2 bytes\nline of 3 bytes\nline of 4 bytes'
}

@test "one line in three writes is one line" {
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local part
  for part in on e\ li; do
    printf %s "$part" >&9
    run -142 read -rt 0.1 -u 9
  done
  printf 'ne\nand two\nmore\n' >&9
  local line
  for line in "one line" "and two" more; do
    read -rt 20 -u 9
    assert_equal "$REPLY" "$line"
  done
  exec 9>&-
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 9 bytes\nline of 8 bytes\nline of 5 bytes'
}

@test "an empty line is a line, not an error" {
  start_server ch04_tcp/line_server
  run -0 --keep-empty-lines client ch04_tcp/line_client 127.0.0.1 "$port" 2>/dev/null < <(printf '\n\nx\n')
  assert_line --index 0 --partial "connected from"
  assert_line --index 1 ""
  assert_line --index 2 ""
  assert_line --index 3 "x"
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 1 bytes\nline of 1 bytes\nline of 2 bytes'
  # A real error is one: it is told, and not taken for the end.
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'x\n' >&9
  read -rt 20 -N 1 -u 9
  exec 9>&- # a byte is unread: that is a reset
  wait_for_log ": recv: Connection reset by peer"
  assert_equal "$(grep -c closed "$server_log") $(grep -c '^dropped' "$server_log")" "1 1"
}

@test "an unterminated last line is answered too" {
  start_server ch04_tcp/line_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(printf 'a\n\nwhole\npart')
  assert_output $'a\n\nwhole\npart'
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 2 bytes\nline of 1 bytes\nline of 6 bytes\nline of 4 bytes'
}

@test "neither a last line without an end nor a line that is too long is taken for the end" {
  start_server ch04_tcp/line_server
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(printf 'whole\npart')
  assert_output $'whole\npart'
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 6 bytes\nline of 4 bytes'
  timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(head -c 1025 /dev/zero | tr '\0' x) >/dev/null || true
  wait_for_log ': a line longer than 1024 bytes'
  assert_equal "$(grep -c closed "$server_log")" 1
}

@test "a line longer than the limit drops that client and says why" {
  start_server ch04_tcp/line_server
  timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" < <(head -c 5000 /dev/zero | tr '\0' x) >/dev/null || true
  wait_for_log "dropped"
  grep -q ': a line longer than 1024 bytes$' "$server_log"
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"the next one is served"
  assert_line "the next one is served"
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
@test "the answers before a line that is too long can still be read" {
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  { echo hello && head -c 30000000 /dev/zero; } >&9
  run -0 timeout 20 cat <&9
  assert_output "hello"
  exec 9>&-
}

# sends_until TEXT: one more byte; true when the log has TEXT.
sends_until() { printf x >&9 && log_holds "$1" 2; }

@test "a client that sends on after a line that is too long holds up the next one for a while only" {
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  head -c 2000 /dev/zero >&9
  wait_for_log ": a line longer than 1024 bytes"
  client ch04_tcp/line_client 127.0.0.1 "$port" <<<"hello" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
  eventually sends_until "connected "
  wait "$!"
  grep -qx hello "$BATS_TEST_TMPDIR/said"
  exec 9>&-
}

@test "a line of exactly the limit passes" {
  start_server ch04_tcp/line_server
  head -c 1023 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/in"
  echo >>"$BATS_TEST_TMPDIR/in"
  client ch04_tcp/line_client 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/in" 2>/dev/null | cmp "$BATS_TEST_TMPDIR/in" -
}

@test "the client tells the address that connect gave it" {
  start_server ch04_tcp/line_server
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" </dev/null
  assert_output --regexp '^connected from 127\.0\.0\.1:[0-9]+$'
  wait_for_log "connected ${output#connected from }"
  run -0 timeout 20 socat -t 20 - "TCP:127.0.0.1:$port,bind=127.0.0.9" <<<"another"
  wait_for_log "connected 127.0.0.9:"
  stop_server
  grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || return 0 # this machine has no second address for the client
  start_server ch04_tcp/line_server 0 ::1
  run -0 client ch04_tcp/line_client ::1 "$port" </dev/null
  assert_output --regexp '^connected from \[::1\]:[0-9]+$'
  wait_for_log "connected ${output#connected from }"
}

@test "looking at bytes does not take them away" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=recvfrom
  start_server ch04_tcp/line_server
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"look"
  eventually grep -q '"look\\n", 1024, MSG_PEEK' "$BATS_TEST_TMPDIR/calls"
  eventually grep -q '"look\\n", 5, 0' "$BATS_TEST_TMPDIR/calls"
}

# looks_after ERROR: the first recv fails with it; then a client sends a line.
looks_after() {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=recvfrom -e inject=recvfrom:error="$1":when=1
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'look\n' >&9
}

@test "an interrupted look is repeated, another error ends the conversation" {
  looks_after EINTR
  read -rt 20 -u 9
  assert_equal "$REPLY" look
  exec 9>&-
  wait_for_log closed
  run -0 grep -o 'MSG_PEEK.* = .*' "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 --regexp '^MSG_PEEK, NULL, NULL\) = -1 EINTR '
  assert_line --index 1 "MSG_PEEK, NULL, NULL) = 5"
  stop_server
  looks_after EBADF
  wait_for_log ': recv: Bad file descriptor'
  exec 9>&-
  assert_equal "$(grep -c MSG_PEEK "$BATS_TEST_TMPDIR/calls")" 1
}

@test "the client prints the answer to each line, and a server that closes before it has answered is an error" {
  start_server ch04_tcp/line_server
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" 2>/dev/null <<<$'a long line\n\nb'
  assert_line --index 0 --partial "connected from"
  assert_equal "$(sed 1d <<<"$output")" $'a long line\n\nb'
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 12 bytes\nline of 1 bytes\nline of 2 bytes'
  stop_server
  stranger ch04_tcp/line_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "EXEC:head -c 3"'
  start_server ch04_tcp/line_server
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"ab"
  assert_line "ab"
  run -1 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"more than three"
  assert_line "line_client: the server closed before it had answered"
}
