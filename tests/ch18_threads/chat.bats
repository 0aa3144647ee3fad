#!/usr/bin/env bats
# chat_server and chat_client: everybody hears everybody, and a slow member delays nobody.

setup() {
  load ../harness.bash
  load ../echo.bash
  load ../screen.bash
  load ../ch04_tcp/messages.bash
  contract=ch18_threads/chat_server
}
teardown() { stop_server; }

# joins FD NAME: opens this descriptor as a member, up to the line that says so.
joins() {
  eval "exec $1<>/dev/tcp/127.0.0.1/$port"
  did "a client connected, and sent its name: $2"
  hears "$1" "* what is your name?"
  echo "$2" >&"$1"
  hears "$1" "* $2 joined"
}
# says FD NAME LINE
says() {
  did "$2 sent a line: $3"
  echo "$3" >&"$1"
}
hears() {
  local line=''
  read -rt "$patience" line <&"$1" || true
  assert_equal "$line" "$2"
}
hears_nothing() {
  local line=''
  ! read -rt 0.3 line <&"$1" || { echo "this line came to somebody that it is not for: $line"; return 1; }
}
connections_are() { (($(ss -Htn state established "sport = :$port" | wc -l) == $1)); }

# hint: The first line of a client is its name. Send each later line with the name before it to all members but the speaker.
# page: ch18_threads/README.md#a-chat
# bats test_tags=first
@test "everybody hears the others, but not himself" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  joins 9 eve
  hears 7 "* eve joined"
  hears 8 "* eve joined"
  says 7 ann "hello"
  hears 8 "ann: hello"
  hears 9 "ann: hello"
  says 9 eve "two words"
  hears 7 "eve: two words"
  hears 8 "eve: two words"
  hears_nothing 9
}

# hint: When recv returns 0 take the member out of the room, and tell the others. Whoever looks at the room later must not find it.
# page: ch18_threads/README.md#a-chat
@test "a member who leaves is announced, and his name is free again" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  did "bob closed the connection"
  exec 8>&-
  hears 7 "* bob left"
  joins 9 bob
  hears 7 "* bob joined"
}

# hint: A connection may end by an error as well, ECONNRESET. The member has left all the same.
# page: ch18_threads/README.md#a-chat
@test "a member whose connection is reset is announced too" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  echo "unread" >&7
  eventually bob_has_a_line || { echo "ann's line did not come to bob"; return 1; }
  did "bob closed the connection with a line unread, so his kernel sent a reset"
  exec 8>&-
  hears 7 "* bob left"
  ! is_ours "$contract" || wait_for_log "dropped "
}
bob_has_a_line() { read -rt 0 -u 8; }

# hint: Look for the name and enter the room under one lock. Who is refused is told so, and the connection is closed.
# page: ch18_threads/README.md#a-chat
@test "a name that is taken or empty is refused" {
  start_server "$contract"
  joins 7 ann
  local name
  for name in ann ''; do
    exec 8<>"/dev/tcp/127.0.0.1/$port"
    hears 8 "* what is your name?"
    did "a second client sent as its name: ${name:-an empty line}"
    echo "$name" >&8
    hears 8 "* this name is empty or taken"
    ended 8 || { echo "the connection of the refused client was not closed"; return 1; }
    exec 8>&-
  done
  hears_nothing 7
}

# ended FD: the stream.
ended() {
  local status=0
  read -rt "$patience" -u "$1" || status=$?
  ((status == 1))
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

# hint: Somebody who has not said a name is no member yet.
# page: ch18_threads/README.md#a-chat
@test "a client that leaves without a name is not announced" {
  start_server "$contract"
  joins 7 ann
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  hears 8 "* what is your name?"
  did "it closed the connection without a name"
  exec 8>&-
  eventually connections_are 1
  ! is_ours "$contract" || wait_for_log "closed "
  hears_nothing 7
}

# without_escape FD: the next line has no control character.
without_escape() {
  local line=''
  read -rt "$patience" line <&"$1" || true
  assert_equal "$line" "${line//[[:cntrl:]]/?}"
  [[ $line == bob:* ]] || assert_equal "$line" "a line of bob's"
}
# hint: What a member sends must not command the terminals of the others. Replace each control character by something harmless.
# page: ch18_threads/README.md#a-chat
@test "a control character is not passed on" {
  start_server "$contract"
  joins 7 ann
  joins 8 bob
  hears 7 "* bob joined"
  did 'bob sent a line with an escape sequence in it: a\033[2Jb'
  printf 'a\033[2Jb\n' >&8
  without_escape 7
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

# hint: Two lines may reach two members in different order if each thread sends by itself. Hold the lock of the room until a line has been sent to all.
# page: ch18_threads/README.md#a-chat
@test "all hear the same in the same order" {
  start_server "$contract"
  joins 6 ann
  joins 7 bob
  hears 6 "* bob joined"
  joins 8 eve
  joins 9 joe
  hears 8 "* joe joined"
  did "ann and bob sent the numbers from 1 to 300 at the same time"
  seq 1 300 >&6 &
  local ann=$! who
  seq 1 300 >&7
  wait "$ann"
  for who in "eve 8" "joe 9"; do
    timeout "$patience" head -n 600 <&"${who#* }" >"$BATS_TEST_TMPDIR/${who% *}" || true
  done
  for who in ann bob; do
    assert_equal "$(sed -n "s/^$who: //p" "$BATS_TEST_TMPDIR/eve")" "$(seq 1 300)"
  done
  cmp "$BATS_TEST_TMPDIR/eve" "$BATS_TEST_TMPDIR/joe" || { echo "eve and joe heard the lines in different order"; return 1; }
}

# More than the buffers of both sides hold.
# hint: Your server waits in send for a member that does not read, and holds the lock meanwhile. Nothing may wait under the lock.
# page: ch18_threads/README.md#a-chat
@test "a member that does not read delays nobody" {
  start_server "$contract"
  joins 7 speaker
  joins 8 listener
  hears 7 "* listener joined"
  joins 9 sleeper
  hears 8 "* sleeper joined"
  printf '%0990d\n' {1..300} >"$BATS_TEST_TMPDIR/piece"
  local pieces status
  did "the speaker sent 10 MB, 300 lines at a time; the listener read them, the sleeper did not"
  for pieces in {1..35}; do
    status=0
    timeout "$patience" cat "$BATS_TEST_TMPDIR/piece" >&7 || status=$?
    timeout "$patience" head -n 300 <&8 >"$BATS_TEST_TMPDIR/heard" || status=$?
    ((!status)) || { echo "after $((pieces * 297 - 297)) kB the listener heard no more"; return 1; }
  done
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

# hint: At the end of the input tell the server by shutdown, and show what still comes, until the server closes.
# page: ch18_threads/README.md#a-chat
# judges: ch18_threads/chat_client
# bats test_tags=first
@test "the client sends lines, shows what the others say, and ends with its input" {
  start_server "$contract"
  joins 9 ann
  client_prints ch18_threads/chat_client 'bob\nhello\n' $'* what is your name?\n* bob joined'
  hears 9 "* bob joined"
  hears 9 "bob: hello"
  hears 9 "* bob left"
}

# a_client: descriptor 8 is its keyboard; what it shows is in client.said.
a_client() {
  local place=$BATS_TEST_TMPDIR
  mkfifo "$place/keys"
  exec 8<>"$place/keys"
  a_screen "$place/client"
  find_program ch18_threads/chat_client
  did "started ch18_threads/chat_client"
  timeout "$client_limit" "$found" 127.0.0.1 "$port" <"$place/keys" >"$place/client.screen" 2>&1 3>&- 8>&- &
  client_pid=$!
}
shows() {
  eventually grep -qxF -- "$1" "$BATS_TEST_TMPDIR/client.said" || {
    echo "the client did not show: $1"
    echo "it showed:"
    tail -n 4 "$BATS_TEST_TMPDIR/client.said"
    return 1
  }
}

# hint: Two things may come next, a line from the keyboard or one from the server. Wait for both at once.
# page: ch18_threads/README.md#a-chat
# judges: ch18_threads/chat_client
@test "the client shows what others say while nobody types" {
  start_server "$contract"
  joins 9 ann
  a_client
  shows "* what is your name?"
  did "typed the name bob, and no more"
  echo bob >&8
  hears 9 "* bob joined"
  shows "* bob joined"
  says 9 ann one
  says 9 ann two
  shows "ann: one"
  shows "ann: two"
  did "typed: hello"
  echo hello >&8
  hears 9 "bob: hello"
  exec 8>&-
  hears 9 "* bob left"
}

# hint: One part of the client waits for the keyboard, and nothing wakes it. The program must end all the same when the server has ended.
# page: ch18_threads/README.md#a-chat
# judges: ch18_threads/chat_client
@test "when the server ends the client ends, whatever the keyboard does" {
  start_server "$contract"
  a_client
  did "typed the name ann, and no more"
  echo ann >&8
  shows "* ann joined"
  local status=0
  did "killed the server"
  end_server
  eventually client_has_ended || { echo "the server has ended, but the client goes on"; return 1; }
  wait "$client_pid" || status=$?
  if is_ours ch18_threads/chat_client; then
    assert_equal "$status" 1
    shows "chat_client: the server has ended the conversation"
  else
    is_no_crash "$status" || { echo "the client ended with status $status"; return 1; }
  fi
  exec 8>&-
}
client_has_ended() { ! kill -0 "$client_pid" 2>/dev/null || [[ $(ps -o state= -p "$client_pid") == Z ]]; }

# hint: Every accept returns a new descriptor. Close it when the member has left.
# page: ch18_threads/README.md#a-chat
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

# hint: SIGTERM must end the server soon, whatever its threads wait for.
# page: ch18_threads/README.md#a-chat
@test "SIGTERM ends it" {
  a_signal_ends_it "$contract" TERM 143
}

# hint: SIGINT (Ctrl-C) must end the server soon, whatever its threads wait for.
# page: ch18_threads/README.md#a-chat
@test "SIGINT ends it" {
  a_signal_ends_it "$contract" INT 130
}

# hint: telnet ends a line with two bytes, \r and \n. Neither belongs to the name.
# page: ch18_threads/README.md#a-chat
@test "a name typed in telnet is the same name" {
  start_server "$contract"
  joins 7 alice
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  hears 8 "* what is your name?"
  did 'a second client sent the name alice\r\n'
  printf 'alice\r\n' >&8
  hears 8 "* this name is empty or taken"
  joins 9 bob
  hears 7 "* bob joined"
  printf 'hello\r\n' >&9
  hears 7 "bob: hello"
}

# hint: Letters of any language are no control characters: bytes above 127 pass as they are. In a char with a sign they are negative.
# page: ch18_threads/README.md#a-chat
@test "a line in Chinese passes as it is" {
  start_server "$contract"
  joins 7 "爱丽丝"
  joins 8 bob
  hears 7 "* bob joined"
  says 7 "爱丽丝" "你好，世界"
  hears 8 "爱丽丝: 你好，世界"
}
