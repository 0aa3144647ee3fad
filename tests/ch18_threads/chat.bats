#!/usr/bin/env bats
# chat_server and chat_client: everybody hears everybody, and a slow member delays nobody.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch18_threads/chat_server
}
teardown() { stop_server; }

# joins FD NAME: opens this descriptor as a member, up to the line that says so.
joins() {
  eval "exec $1<>/dev/tcp/127.0.0.1/$port"
  hears "$1" "* what is your name?"
  echo "$2" >&"$1"
  hears "$1" "* $2 joined"
}
hears() {
  local line=''
  read -rt 20 line <&"$1" || true
  assert_equal "$line" "$2"
}
hears_nothing() { run -142 read -rt 0.3 <&"$1"; }

@test "everybody hears the others, but not himself" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  joins 9 eve
  hears 7 "* eve joined"
  hears 8 "* eve joined"
  echo "hello" >&7
  hears 8 "ann: hello"
  hears 9 "ann: hello"
  echo "two words" >&9
  hears 7 "eve: two words"
  hears 8 "eve: two words"
  hears_nothing 9
}

@test "a member who leaves is announced, and his name is free again" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  exec 8>&-
  hears 7 "* bob left"
  joins 9 bob
  hears 7 "* bob joined"
}

@test "a member whose connection is reset is announced too" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  echo "unread" >&7
  eventually bob_has_a_line
  exec 8>&- # a line is unread, so the kernel sends a reset
  hears 7 "* bob left"
  wait_for_log "dropped "
}
bob_has_a_line() { read -rt 0 -u 8; }

@test "a name that is taken or empty is refused" {
  start_server "$contract"
  joins 7 ann
  local name
  for name in ann ''; do
    exec 8<>"/dev/tcp/127.0.0.1/$port"
    hears 8 "* what is your name?"
    echo "$name" >&8
    hears 8 "* this name is empty or taken"
    run -1 read -rt 20 -u 8
    exec 8>&-
  done
  hears_nothing 7
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
@test "a client that sends a lot can still read that its name is taken" {
  start_server "$contract"
  joins 7 ann
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  hears 8 "* what is your name?"
  { echo ann && head -c 30000000 /dev/zero; } >&8
  hears 8 "* this name is empty or taken"
  exec 8>&-
  wait_for_log "closed "
}

# sends_until TEXT: one more byte; true when the log has TEXT.
sends_until() { printf x >&8 && log_holds "$1"; }

@test "a client that is refused and sends for ever holds up nobody and is dropped in time" {
  start_server "$contract"
  joins 7 ann
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  hears 8 "* what is your name?"
  echo ann >&8
  hears 8 "* this name is empty or taken"
  joins 9 bob
  hears 7 "* bob joined"
  eventually sends_until ": did not close in time"
  exec 8>&-
}

@test "a client that leaves without a name is not announced" {
  start_server "$contract"
  joins 7 ann
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  hears 8 "* what is your name?"
  exec 8>&-
  wait_for_log "closed "
  hears_nothing 7
}

@test "control characters do not reach the terminals of the others" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  printf 'a\033[2Jb\n' >&8
  hears 7 "bob: a?[2Jb"
}

@test "a member that sends a line that is too long is put out" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  printf '%02000d' 0 >&8
  hears 7 "* bob left"
  wait_for_log "a line longer than 1000 bytes"
}

@test "all hear the same in the same order" {
  start_server "$contract"
  joins 6 ann
  joins 7 bob
  hears 6 "* bob joined"
  joins 8 eve
  joins 9 joe
  hears 8 "* joe joined"
  seq 1 300 >&6 &
  local ann=$!
  seq 1 300 >&7
  wait "$ann"
  head -n 600 <&8 >"$BATS_TEST_TMPDIR/eve"
  head -n 600 <&9 >"$BATS_TEST_TMPDIR/joe"
  cmp "$BATS_TEST_TMPDIR/eve" "$BATS_TEST_TMPDIR/joe"
  diff <(sed -n 's/^ann: //p' "$BATS_TEST_TMPDIR/eve") <(seq 1 300)
  diff <(sed -n 's/^bob: //p' "$BATS_TEST_TMPDIR/eve") <(seq 1 300)
}

# The speaker waits for the listener after each piece, so only the sleeper is too slow.
@test "a slow reader delays nobody and is put out" {
  start_server "$contract"
  joins 7 speaker
  joins 8 listener
  hears 7 "* listener joined"
  joins 9 sleeper
  hears 7 "* sleeper joined"
  hears 8 "* sleeper joined"
  printf '%0990d\n' {1..200} >"$BATS_TEST_TMPDIR/piece"
  local pieces=0
  until grep -q "it reads too slowly" "$server_log"; do
    ((++pieces <= 200))
    cat "$BATS_TEST_TMPDIR/piece" >&7
    timeout 20 head -n 200 <&8 >"$BATS_TEST_TMPDIR/heard"
    ((pieces > 1)) || assert_equal "$(sed -n '1s/:.*//p' "$BATS_TEST_TMPDIR/heard")" speaker
  done
  run -0 grep -c "^dropped .*: it reads too slowly$" "$server_log"
  assert_output 1
}

@test "the client sends lines, shows what the others say, and ends with its input" {
  start_server "$contract"
  joins 9 ann
  run -0 client ch18_threads/chat_client 127.0.0.1 "$port" <<<$'bob\nhello'
  assert_output $'* what is your name?\n* bob joined'
  hears 9 "* bob joined"
  hears 9 "bob: hello"
  hears 9 "* bob left"
}

@test "when the server ends the client ends, whatever the keyboard does" {
  start_server "$contract"
  mkfifo "$BATS_TEST_TMPDIR/keys"
  timeout 20 "$(program ch18_threads/chat_client)" 127.0.0.1 "$port" \
    <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/shown" 2>&1 3>&- &
  local client_pid=$! status=0
  exec 8>"$BATS_TEST_TMPDIR/keys"
  echo ann >&8
  wait_for_log "connected "
  eventually grep -q "ann joined" "$BATS_TEST_TMPDIR/shown"
  kill -KILL "$server_pid"
  end_server
  wait "$client_pid" || status=$?
  assert_equal "$status" 1
  run -0 tail -n 1 "$BATS_TEST_TMPDIR/shown"
  assert_output "chat_client: the server has ended the conversation"
  exec 8>&-
}

@test "fifty members who come and go leave no descriptor open" {
  start_server "$contract"
  joins 7 ann
  local before i
  before=$(descriptors)
  for i in {1..50}; do
    joins 8 "guest$i"
    exec 8>&-
    hears 7 "* guest$i joined"
    hears 7 "* guest$i left"
  done
  eventually descriptors_are_back "$before"
  does_not_spin
}

@test "a port in use is reported" {
  start_server "$contract"
  run -1 timeout 20 "$(program "$contract")" "$port"
  assert_output --partial "Address already in use"
}

@test "a bad port or address is wrong usage" {
  bad_ports_are_wrong_usage "$contract"
}

@test "SIGTERM ends it" {
  a_signal_ends_it "$contract" TERM 143
}

@test "SIGINT ends it" {
  a_signal_ends_it "$contract" INT 130
}

@test "a name typed in telnet is the same name" {
  start_server "$contract"
  joins 7 alice
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  hears 8 "* what is your name?"
  printf 'alice\r\n' >&8
  hears 8 "* this name is empty or taken"
  joins 9 bob
  hears 7 "* bob joined"
  printf 'hello\r\n' >&9
  hears 7 "bob: hello"
}

@test "a line in Chinese passes as it is" {
  start_server "$contract"
  joins 7 "爱丽丝"
  joins 8 bob
  hears 7 "* bob joined"
  echo "你好，世界" >&7
  hears 8 "爱丽丝: 你好，世界"
}
