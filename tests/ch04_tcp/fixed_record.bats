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

@test "records are found however the bytes arrive" {
  start_server ch04_tcp/fixed_record_server
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
