#!/usr/bin/env bats
# time_wait: which end waits, and which port is not free meanwhile.

setup() { load ../harness.bash; }

# hint: Whoever closes first keeps the connection. Close the other end only after it has read the end of the stream.
# page: ch09_options/README.md#time-wait-and-so_reuseaddr
@test "only the end that closes first is in TIME-WAIT, and only a server needs its port again" {
  if [[ -n ${PRIVATE:-} ]]; then # a judge's box is one
    run -0 client ch09_options/time_wait
  else
    private_networks_or_skip
    run -0 in_private_network timeout "$client_limit" "$(program ch09_options/time_wait)"
  fi
  assert_output "the server closed first
  at the server's port: TIME-WAIT
  at the client's port: nothing
  the server's port again: Address already in use
the client closed first
  at the server's port: nothing
  at the client's port: TIME-WAIT
  the server's port again: free"
  ! is_stranger ch09_options/time_wait || return 0
  # It is close that ends each side: no shutdown went before.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=shutdown,close
  run -0 in_private_network timeout "$client_limit" "${server_wrapper[@]}" "$(program ch09_options/time_wait)"
  grep -q '^close(' "$BATS_TEST_TMPDIR/calls"
  run -1 grep '^shutdown(' "$BATS_TEST_TMPDIR/calls"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/time_wait more
  assert_line --index 0 "time_wait: too many arguments: 'more'"
}
