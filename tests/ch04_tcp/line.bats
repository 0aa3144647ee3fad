#!/usr/bin/env bats
# line_server and line_client: the notes' readline, without its mistakes.

setup() {
  load ../harness.bash
  load ../echo.bash
  load messages.bash
}
teardown() { stop_server; }

# hint: recv returns what has arrived, which may be several lines, and a part of the next. Answer each whole line, and no part.
# page: ch04_tcp/README.md#lines
# judges: ch04_tcp/line_server
@test "three lines in one write are three lines" {
  start_server ch04_tcp/line_server
  run -0 answer_to 'a\nbb\nccc\n'
  assert_output $'a\nbb\nccc'
  eventually no_connection_is_left
  our_log_has '^line' $'line of 2 bytes\nline of 3 bytes\nline of 4 bytes'
  whole_lines_only 'a\nbb\nccc\n' 'ddd' 'd\n'
  is_ours ch04_tcp/line_server || return 0
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local part
  for part in on e\ li; do printf %s "$part" >&9 && nothing_comes 9; done
  echo ne >&9
  reads_on 9 9 $'one line\n'
  exec 9>&-
}

# whole_lines_only LINES PART REST: LINES and PART are written at once (for printf %b), and only the lines are answered.
whole_lines_only() {
  local lines part
  lines=$(printf %b. "$1") && lines=${lines%.}
  part=$2$(printf %b. "$3") && part=${part%.}
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "sent in one write: $1$2"
  did "\$ (printf '$1$2'; cat) | socat - TCP:127.0.0.1:PORT   # then type the rest; Ctrl-D ends"
  printf %b "$1$2" >"$BATS_TEST_TMPDIR/in" && cat "$BATS_TEST_TMPDIR/in" >&9
  reads_on 9 ${#lines} "$lines"
  nothing_comes 9
  did "sent the rest: $3"
  printf %b "$3" >&9
  reads_on 9 ${#part} "$part"
  exec 9>&-
}

# hint: Answer up to the end mark, and keep what came after it: it is the beginning of the next line.
# page: ch04_tcp/README.md#lines
# judges: ch04_tcp/line_server
@test "a line and a half in one write are one line, and later another" {
  start_server ch04_tcp/line_server
  whole_lines_only 'one\n' tw 'o\n'
}

# hint: recv returns what has arrived, which may be half a line. Keep it until its end mark has come.
# page: ch04_tcp/README.md#lines
# judges: ch04_tcp/line_server
@test "one line in three writes is one line" {
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local part
  for part in on e\ li; do
    did "sent a part of a line: $part"
    printf %s "$part" >&9
    nothing_comes 9
    ! is_ours ch04_tcp/line_server || eventually all_is_taken # and does not have to look at it again
  done
  did "sent the rest of it, and two more lines"
  printf 'ne\nand two\nmore\n' >&9
  local line
  for line in "one line" "and two" more; do
    reads_on 9 $((${#line} + 1)) "$line"$'\n'
  done
  exec 9>&-
  eventually no_connection_is_left
  our_log_has '^line' $'line of 9 bytes\nline of 8 bytes\nline of 5 bytes'
  ends_by_itself
}
all_is_taken() { [[ $(ss -Htn state established "sport = :$port" | awk '{ print $1 }') == 0 ]]; }
# ends_by_itself: the end of the stream was no error for our server.
ends_by_itself() {
  is_ours ch04_tcp/line_server || return 0
  wait_for_log closed
  run ! grep dropped "$server_log"
}

# hint: An empty line has one byte, its end mark. Only recv that returns 0 means that the stream has ended.
# page: ch04_tcp/README.md#lines
@test "an empty line is a line, not an error" {
  start_server ch04_tcp/line_server
  client_prints ch04_tcp/line_client '\n\nx\n' $'\n\nx'
  eventually no_connection_is_left
  our_log_has '^line' $'line of 1 bytes\nline of 1 bytes\nline of 2 bytes'
  is_ours ch04_tcp/line_server || return 0
  # A real error is one: it is told, and not taken for the end.
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'x\n' >&9
  read -rt "$patience" -N 1 -u 9
  exec 9>&- # a byte is unread: that is a reset
  wait_for_log ": recv: Connection reset by peer"
  assert_equal "$(grep -c closed "$server_log") $(grep -c '^dropped' "$server_log")" "1 1"
}

# hint: The stream may end before the last line's mark. What has come until then is a line too.
# page: ch04_tcp/README.md#lines
# judges: ch04_tcp/line_server
@test "an unterminated last line is answered too" {
  start_server ch04_tcp/line_server
  run -0 answer_to 'a\n\nwhole\npart'
  assert_output $'a\n\nwhole\npart'
  eventually no_connection_is_left
  our_log_has '^line' $'line of 2 bytes\nline of 1 bytes\nline of 6 bytes\nline of 4 bytes'
  ends_by_itself
  ! is_stranger ch04_tcp/line_server || return 0
  # It tells of a line first, and then sends it back.
  stop_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=write,sendto
  start_server ch04_tcp/line_server
  run -0 answer_to 'a\n'
  eventually grep -q '"a\\n", 2' "$BATS_TEST_TMPDIR/calls"
  run -0 grep -oE '^(write\(1, "line of 2 bytes|sendto\([0-9]+, "a)' "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 --partial write
  assert_line --index 1 --partial sendto
}

# judges: ch04_tcp/line_server
@test "neither a last line without an end nor a line that is too long is taken for the end" {
  start_server ch04_tcp/line_server
  run -0 timeout "$patience" socat -t "$patience" - "TCP:127.0.0.1:$port" < <(printf 'whole\npart')
  assert_output $'whole\npart'
  wait_for_log closed
  run -0 grep '^line' "$server_log"
  assert_output $'line of 6 bytes\nline of 4 bytes'
  timeout "$patience" socat -t "$patience" - "TCP:127.0.0.1:$port" < <(head -c 1023 /dev/zero | tr '\0' x) | cmp - <(head -c 1023 /dev/zero | tr '\0' x)
  wait_for_log 'line of 1023 bytes'
  wait_for_log closed 2
  timeout "$patience" socat -t "$patience" - "TCP:127.0.0.1:$port" < <(head -c 1025 /dev/zero | tr '\0' x) >/dev/null || true
  wait_for_log ': a line longer than 1024 bytes'
  assert_equal "$(grep -c closed "$server_log")" 2
}

# hint: A client may send bytes for ever and never the end of its line. Decide how long a line may be, and end the conversation beyond.
# page: ch04_tcp/README.md#lines
# judges: ch04_tcp/line_server
@test "a client whose line never ends is dropped" {
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "a client sent 30 MB without the end of a line, and did not end the stream"
  timeout "$patience" head -c 30000000 /dev/zero >&9 || true
  timeout "$patience" cat <&9 >/dev/null || (($? != 124)) || fail_with_log "the server still waits for the end of the line"
  exec 9>&-
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"the next one is served"
  assert_line "the next one is served"
}

# judges: ch04_tcp/line_server
@test "a line longer than the limit drops that client and says why" {
  start_server ch04_tcp/line_server
  timeout "$patience" socat -t "$patience" - "TCP:127.0.0.1:$port" < <(head -c 5000 /dev/zero | tr '\0' x) >/dev/null || true
  wait_for_log "dropped"
  grep -q ': a line longer than 1024 bytes$' "$server_log"
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"the next one is served"
  assert_line "the next one is served"
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
# judges: ch04_tcp/line_server
@test "the answers before a line that is too long can still be read" {
  start_server ch04_tcp/line_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  timeout "$patience" bash -c 'echo hello && head -c 30000000 /dev/zero' >&9 || fail "the server does not take what comes after it"
  run -0 timeout "$patience" cat <&9
  assert_output "hello"
  exec 9>&-
}

# sends_until TEXT: one more byte; true when the log has TEXT.
sends_until() { printf x >&9 && log_holds "$1" 2; }

# judges: ch04_tcp/line_server
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

# judges: ch04_tcp/line_server
@test "a line of exactly the limit passes" {
  start_server ch04_tcp/line_server
  head -c 1023 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/in"
  echo >>"$BATS_TEST_TMPDIR/in"
  client ch04_tcp/line_client 127.0.0.1 "$port" <"$BATS_TEST_TMPDIR/in" 2>/dev/null | cmp "$BATS_TEST_TMPDIR/in" -
}

# judges: ch04_tcp/line_client
@test "the client tells the address that connect gave it" {
  start_server ch04_tcp/line_server
  run -0 client ch04_tcp/line_client 127.0.0.1 "$port" </dev/null
  assert_output --regexp '^connected from 127\.0\.0\.1:[0-9]+$'
  wait_for_log "connected ${output#connected from }"
  run -0 timeout "$patience" socat -t "$patience" - "TCP:127.0.0.1:$port,bind=127.0.0.9" <<<"another"
  wait_for_log "connected 127.0.0.9:"
  exec 9<>"/dev/tcp/127.0.0.1/$port" # it is told when the client comes, not when it has gone
  wait_for_log connected 3
  exec 9>&-
  stop_server
  grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || return 0 # this machine has no second address for the client
  start_server ch04_tcp/line_server 0 ::1
  run -0 client ch04_tcp/line_client ::1 "$port" </dev/null
  assert_output --regexp '^connected from \[::1\]:[0-9]+$'
  wait_for_log "connected ${output#connected from }"
}

# judges: ch04_tcp/line_server
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

# judges: ch04_tcp/line_server
@test "an interrupted look is repeated, another error ends the conversation" {
  looks_after EINTR
  read -rt "$patience" -u 9
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

# hint: One recv may return a part of an answer. Receive until the end of the line has come.
# page: ch04_tcp/README.md#one-message-is-not-one-read
# judges: ch04_tcp/line_client
@test "an answer in two parts is printed whole" {
  a_stand_in_for ch04_tcp/line_server \
    'while IFS= read -r line; do printf %s "${line:0:3}"; soon; printf "%s\n" "${line:3}"; soon; done'
  did "the server sent each answer in two parts"
  client_prints ch04_tcp/line_client 'one line\nand two\n' $'one line\nand two'
}

# hint: One recv may return more than one answer. What comes after the end of the line belongs to the next one.
# page: ch04_tcp/README.md#one-read-is-not-enough
# judges: ch04_tcp/line_client
@test "two answers at once are two lines" {
  # cat writes both at once; bash's printf would write line by line.
  a_stand_in_for ch04_tcp/line_server 'IFS= read -r line; cat <<<$'"'first\nsecond'"'; cat >sent'
  did "the server sent the answers to two lines at once"
  client_prints ch04_tcp/line_client 'one\ntwo\n' $'first\nsecond'
  has_sent 'two\n'
}

# hint: This client left with answers on the way. Sending to it fails; end this conversation, not the server.
# page: ch01_basics/README.md
@test "a client that leaves before its answers does not end the server" {
  start_server ch04_tcp/line_server
  leaves_early 'a line\n'
  run -0 answer_to 'still here\n'
  assert_output "still here"
}

# hint: Send each line with its end mark; then print the answer, up to its mark. If recv returns 0 before that, say that it failed.
# page: ch04_tcp/README.md#lines
# judges: ch04_tcp/line_client
@test "the client prints the answer to each line, and a server that closes before it has answered is an error" {
  start_server ch04_tcp/line_server
  client_prints ch04_tcp/line_client 'a long line\n\nb\n' $'a long line\n\nb'
  eventually no_connection_is_left
  our_log_has '^line' $'line of 12 bytes\nline of 1 bytes\nline of 2 bytes'
  ! is_ours ch04_tcp/line_client || run -0 client ch04_tcp/line_client 127.0.0.1 "$port" < <(printf 'three\nmore\nlines')
  stop_server
  a_stand_in_for ch04_tcp/line_server 'while IFS= read -r line; do printf "%s\n" "${line^^}"; done'
  did "the server sent the answers in capital letters"
  client_prints ch04_tcp/line_client 'one line\nand two\n' $'ONE LINE\nAND TWO'
  stop_server
  stranger ch04_tcp/line_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "EXEC:head -c 3"'
  start_server ch04_tcp/line_server
  client_prints ch04_tcp/line_client 'ab\n' ab
  did "the server closed after three bytes of the answer"
  run client ch04_tcp/line_client 127.0.0.1 "$port" <<<"more than three"
  ((status != 124)) || fail "the client did not end in time"
  # Without an error it prints nothing more than what came.
  ((status)) || grep -qvxE 'm?o?r?|connected from .*' <<<"$output" ||
    fail "the client printed '$output' and ended with status 0, as if it had got its answer"
  is_ours ch04_tcp/line_client || return 0
  assert_equal "$status" 1
  assert_line "line_client: the server closed before it had answered"
  stop_server
  a_stand_in_for ch04_tcp/line_server 'IFS= read -r line' # no answer at all
  run -1 client ch04_tcp/line_client 127.0.0.1 "$port" <<<"a line"
  assert_line "line_client: the server closed before it had answered"
  stop_server
  # At the end of its input it closes.
  unset COURSE_PROGRAM
  start_server ch04_tcp/line_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=read,sendto,close
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/line_client)" 127.0.0.1 "$port" <<<"a line"
  run -0 sed -nE 's/^(sendto|close)\(([0-9]+).*/\1 \2/p; s/^read\(0, "", .* = 0$/end/p' "$BATS_TEST_TMPDIR/calls"
  [[ ${lines[*]} =~ " sendto "([0-9]+)" end close "([0-9]+)$ ]]
  assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}
