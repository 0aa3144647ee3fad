#!/usr/bin/env bats
# echo_server_short: with the wrappers the server does the same.

setup() {
  load ../harness.bash
  contract=ch04_tcp/echo_server_short
}
teardown() { stop_server; }

@test "it listens on all addresses when told to" {
  start_server "$contract" 0 0.0.0.0
  grep -qx "listening on 0.0.0.0:$port" "$server_log"
  run -0 client ch04_tcp/echo_client 127.0.0.7 "$port" <<<"any address of this machine"
  assert_output "any address of this machine"
}
