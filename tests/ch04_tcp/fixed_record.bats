#!/usr/bin/env bats
# fixed_record_server and fixed_record_client: records of 16 bytes.

setup() { load ../harness.bash; }
teardown() { stop_server; }

@test "texts of different lengths come back in records of one size" {
  start_server ch04_tcp/fixed_record_server
  run -0 --keep-empty-lines client ch04_tcp/fixed_record_client 127.0.0.1 "$port" < <(printf 'one\nsixteen letters!\n\nend')
  assert_output "one
sixteen letters!

end
"
  run -0 grep '^record' "$server_log"
  assert_output "record: 3 of 16 bytes used
record: 16 of 16 bytes used
record: 0 of 16 bytes used
record: 3 of 16 bytes used"
}

all_is_kept() { (($(wc -c <"$BATS_TEST_TMPDIR/sent") >= 32)); }

# In the server's place: it keeps what it gets, and sends it back.
@test "on the wire each record has 16 bytes, and zeros after the text" {
  stranger ch04_tcp/fixed_record_server 'exec socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" "SYSTEM:tee sent"'
  start_server ch04_tcp/fixed_record_server
  run -0 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" < <(printf 'one\nsixteen letters!\n')
  assert_output $'one\nsixteen letters!'
  eventually all_is_kept # tee writes to its file last
  run -0 od -An -c "$BATS_TEST_TMPDIR/sent"
  assert_line --index 0 '   o   n   e  \0  \0  \0  \0  \0  \0  \0  \0  \0  \0  \0  \0  \0'
  assert_line --index 1 '   s   i   x   t   e   e   n       l   e   t   t   e   r   s   !'
  assert_equal "${#lines[@]}" 2
  run -2 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"seventeen letters" # the size is fixed
}

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
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto -e inject=sendto:error=EINTR:when=1
  start_server ch04_tcp/fixed_record_server
  run -0 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"interrupted"
  assert_output interrupted
  stop_server
  # A send that says it has taken 6 of the 16 bytes: the server offers the other 10.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto -e inject=sendto:retval=6:when=1
  start_server ch04_tcp/fixed_record_server
  run -0 bash -c "printf 'abcdefghijklmnop' | timeout 20 socat -t 20 - TCP:127.0.0.1:$port"
  assert_output ghijklmnop
}

records_in_pieces() {
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'in three ' >&9
  printf 'pieces!and a half reco' >&9
  IFS= read -rt 20 -N 16 -u 9
  assert_equal "$REPLY" 'in three pieces!'
  printf 'rd, too...' >&9
  IFS= read -rt 20 -N 16 -u 9
  assert_equal "$REPLY" 'and a half recor'
  exec 9>&-
  wait_for_log "dropped"
  grep -q ': the stream ended inside a record$' "$server_log"
}

@test "the client refuses a line that does not fit into a record" {
  start_server ch04_tcp/fixed_record_server
  run -2 client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"seventeen letters"
  assert_line --index 0 "fixed_record_client: longer than a record of 16 bytes: 'seventeen letters'"
}
