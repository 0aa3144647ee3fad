#!/usr/bin/env bats
# fixed_record_server and fixed_record_client: records of 16 bytes.

setup() {
  load ../harness.bash
  load ../echo.bash
  load messages.bash
}
teardown() { stop_server; }

# hint: Every record has 16 bytes on the wire, however short its text. All 16 bytes are sent back.
# page: ch04_tcp/README.md#three-cures
# bats test_tags=first
@test "texts of different lengths come back in records of one size" {
  start_server ch04_tcp/fixed_record_server
  client_prints ch04_tcp/fixed_record_client 'one\nsixteen letters!\n\nend' "one
sixteen letters!

end"
  our_log_has '^record' "record: 3 of 16 bytes used
record: 16 of 16 bytes used
record: 0 of 16 bytes used
record: 3 of 16 bytes used"
}

# In the server's place: it keeps what it gets, and sends it back.
# hint: A short text is filled up with zeros; nothing of an older, longer text may stay. 16 letters leave no room for a zero.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/fixed_record_client
@test "on the wire each record has 16 bytes, and zeros after the text" {
  stranger ch04_tcp/fixed_record_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "SYSTEM:tee sent"'
  start_server ch04_tcp/fixed_record_server
  client ch04_tcp/fixed_record_client 127.0.0.1 "$port" < <(printf 'one\nsixteen letters!\ntwo\n') >"$BATS_TEST_TMPDIR/printed" || true
  has_sent 'one\0\0\0\0\0\0\0\0\0\0\0\0\0sixteenletters!two\0\0\0\0\0\0\0\0\0\0\0\0\0'
  assert_equal "$(tr -d '\0' <"$BATS_TEST_TMPDIR/printed")" $'one\nsixteen letters!\ntwo'
  is_ours ch04_tcp/fixed_record_client || return 0
  run -2 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"seventeen letters" # the size is fixed
}

# hint: One recv may return a part of a record, or more than one. Ask again until a record is full.
# page: ch04_tcp/README.md#three-cures
# judges: ch04_tcp/fixed_record_server
@test "records are found however the bytes arrive" {
  start_server ch04_tcp/fixed_record_server
  records_in_pieces
}

# Every second recv fails: the server must not take that for an end, nor lose what it has.
@test "an interrupted recv in the middle of a record is repeated, another error is told" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=recvfrom -e inject=recvfrom:error=EINTR:when=1+2
  start_server ch04_tcp/fixed_record_server
  records_in_pieces
  (($(grep -c 'EINTR' "$BATS_TEST_TMPDIR/calls") > 3))
  stop_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=recvfrom -e inject=recvfrom:error=EIO:when=2
  start_server ch04_tcp/fixed_record_server
  printf 'half' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port"
  wait_for_log ": recv: Input/output error"
  run ! grep -E 'record|closed' "$server_log"
}

@test "what an interrupted or short send has left is sent again" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto -e inject=sendto:error=EINTR:when=1..3
  start_server ch04_tcp/fixed_record_server
  run -0 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"interrupted"
  assert_output interrupted
  stop_server
  # Two that say they have taken 6 of the 16 bytes: the server offers the other 10, then the last 4.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto -e inject=sendto:retval=6:when=1..2
  start_server ch04_tcp/fixed_record_server
  run -0 bash -c "printf 'abcdefghijklmnop' | timeout 20 socat -t 20 - TCP:127.0.0.1:$port"
  assert_output mnop
}

records_in_pieces() {
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "sent a part of a record: in three "
  printf 'in three ' >&9
  nothing_comes 9
  did "sent the rest of it and more: pieces!and a half reco"
  printf 'pieces!and a half reco' >&9
  reads_on 9 16 'in three pieces!'
  did "sent: rd, too..."
  printf 'rd, too...' >&9
  reads_on 9 16 'and a half recor'
  exec 9>&-
  eventually no_connection_is_left
  ! is_ours "$server" || grep -q ': the stream ended inside a record$' "$server_log"
}

# hint: The stream may end inside a record: then recv returns 0, and there is no record to answer.
# page: ch04_tcp/README.md#three-cures
@test "half a record is not answered" {
  start_server ch04_tcp/fixed_record_server
  run -0 answer_to 'sixteen letters!half a rec'
  assert_output 'sixteen letters!'
  eventually no_connection_is_left
}

# hint: This client left with answers on the way. Sending to it fails; end this conversation, not the server.
# page: ch01_basics/README.md
@test "a client that leaves before its answers does not end the server" {
  start_server ch04_tcp/fixed_record_server
  leaves_early 'sixteen letters!'
  run -0 answer_to 'still here now!!'
  assert_output 'still here now!!'
}

# hint: One recv may return a part of a record. Ask for the bytes that are missing.
# page: ch04_tcp/README.md#one-message-is-not-one-read
# judges: ch04_tcp/fixed_record_client
@test "an answer in two parts is printed whole" {
  a_stand_in_for ch04_tcp/fixed_record_server 'head -c 16 >/dev/null' 'printf six; soon; printf "teen letters!"; cat >/dev/null'
  did "the server sent its answer in two parts"
  client_prints ch04_tcp/fixed_record_client 'sixteen letters!\n' 'sixteen letters!'
}

# judges: ch04_tcp/fixed_record_client
@test "the client refuses a line that does not fit into a record" {
  start_server ch04_tcp/fixed_record_server
  run -2 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"seventeen letters"
  assert_line --index 0 "fixed_record_client: longer than a record of 16 bytes: 'seventeen letters'"
}
