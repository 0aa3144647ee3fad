# messages.bash - what the tests of message servers and clients share; a .bats file loads it after harness.bash
# and echo.bash.

# is_ours PROGRAM: so it has to say our words. (A stranger has words of its own, unless --promises asks for ours.)
is_ours() { ! is_stranger "$1" || [[ -n ${PROMISES:-} ]]; }

# our_log_has PATTERN LINES: those of our server's lines that match. (Somebody's program is judged by bytes.)
our_log_has() {
  [[ -z ${JUDGED:-} || -n ${PROMISES:-} ]] || return 0
  run grep "$1" "$server_log"
  assert_output "$2"
}

# a_stand_in_for SERVER LINE...: for each client it runs these lines of bash, in the folder of the test.
a_stand_in_for() {
  printf '%s\n' '#!/bin/bash' 'soon() { read -rt 0.2 <> <(:); }' "${@:2}" >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR/answer"
  stranger "$1" 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,nodelay,fork" EXEC:./answer'
  start_server "$1"
}

# client_prints CLIENT INPUT OUTPUT: on its standard output. INPUT is for printf %b.
client_prints() {
  local status=0 back=$BATS_TEST_TMPDIR/printed
  did "its input was: $2"
  client "$1" 127.0.0.1 "$port" < <(printf %b "$2") >"$back" 2>"$back.errors" || status=$?
  assert_equal "$(tr -d '\0' <"$back")" "$3" || {
    ((status != 124)) || echo "the client did not end in time"
    tail -n 5 "$back.errors"
    return 1
  }
  ((status != 124)) || { echo "the client did not end in time, though it has printed all"; return 1; }
  ((status < 128 && status != 66)) || { echo "the client ended with status $status"; return 1; }
}

# has_sent BYTES: those that the stand-in has kept in the file "sent", as od -An -c shows them without spaces.
has_sent() {
  eventually sent_bytes_are "$1" || assert_equal "$(sent_bytes)" "$1"
}
sent_bytes() { od -An -c "$BATS_TEST_TMPDIR/sent" | tr -d ' \n'; }
sent_bytes_are() { [[ $(sent_bytes) == "$1" ]]; }

# answer_to BYTES: what the server answers to these bytes (for printf %b) and the end of the stream.
answer_to() {
  local status
  did "sent $(($(printf %b "$1" | wc -c))) bytes, $1, and ended the stream"
  did "\$ printf '$1' | socat -t 5 - TCP:127.0.0.1:PORT"
  printf %b "$1" | timeout "$patience" socat -t "$patience" - "TCP:127.0.0.1:$port" 2>/dev/null | head -c 200
  status=${PIPESTATUS[1]}
  ((status != 124)) || { echo "the connection was not closed in time"; return 1; }
}

# nothing_comes FD: not yet.
nothing_comes() {
  local early
  pause 0.1
  read -rt 0 -u "$1" || return 0
  early=$(dd bs=8 count=1 status=none <&"$1" | od -An -c | tr -d ' \n')
  if [[ -n $early ]]; then echo "an answer came too early; it begins with: $early"; else echo "the connection was closed too early"; fi
  return 1
}

# leaves_early MESSAGE: a client sends this message (for printf %b) again and again, and is gone before the first answer.
leaves_early() {
  local i
  did "while the server was stopped a client sent 20 messages and left; then the server went on"
  pause_all
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  for i in {1..20}; do printf %b "$1"; done >&9
  exec 9>&-
  resume_all
  eventually no_connection_is_left || { fail_with_log "the server has not closed its connection with the client that left"; return; }
}
