#!/usr/bin/env bats
# shutdown_modes: which direction is closed, and what the far end sees of it.

setup() {
  load ../harness.bash
  run -0 client ch07_shutdown/shutdown_modes
}

# section FIRST: the lines from the one that starts with FIRST to the next section.
section() { awk -v first="$1" '/^[^ ]/ { in_it = index($0, first) == 1 } in_it' <<<"$output"; }

# segments_are_counted: in a tcp_info 136 bytes come before the count of segments sent, which has 4. Zeros in what is before it
# change nothing; zeros in it make it 0.
segments_are_counted() {
  ! is_stranger ch07_shutdown/shutdown_modes || return 0
  local bytes counts=
  for bytes in 136 140; do
    traced -o /dev/null -e trace=getsockopt -e inject=getsockopt:poke_exit=@arg4="$(printf "%0$((2 * bytes))d" 0)"
    run -0 timeout 20 "${server_wrapper[@]}" "$(program ch07_shutdown/shutdown_modes)"
    counts+=" $(sed -n 's/^  segments sent: //p' <<<"$output" | paste -sd ' ')"
  done
  assert_equal "$counts" " 0 1 1 0 0 0"
}

# calls_are DIRECTION CALLS: what each end has called after that shutdown. Three ends of a stream look the same in the output.
calls_are() {
  ! is_stranger ch07_shutdown/shutdown_modes || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=shutdown,sendto,recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch07_shutdown/shutdown_modes)"
  run -0 awk -F '[(, ]+' -v how="$1)" '/^shutdown/ { near = $2; in_it = $3 == how; next }
    in_it { sub(/from|to/, "", $1); print ($2 == near ? "near" : "far"), $1 }' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(paste -sd , <<<"$output")" "$2"
}

# hint: SHUT_RD is a matter of this end alone: no segment is sent, and bytes that come are still there for recv.
# page: ch07_shutdown/README.md#three-ways-of-shutting-down
# bats test_tags=first
@test "closing the reading side sends nothing and what comes later is still read" {
  assert_equal "$(section SHUT_RD,)" "SHUT_RD, 0
  segments sent: 0
  near ESTAB, far ESTAB
  near recv: 0 bytes
  far send: 5 bytes
  near recv: 5 bytes
  near recv: 0 bytes
  near send: 5 bytes
  far recv: 5 bytes"
  segments_are_counted
  calls_are SHUT_RD "near recv,far send,near recv,near recv,near send,far recv"
}

# hint: SHUT_WR sends a FIN: the far end's recv returns 0, and what it sends still arrives.
# page: ch07_shutdown/README.md#three-ways-of-shutting-down
@test "closing the writing side ends the stream for the far end, which still sends" {
  assert_equal "$(section SHUT_WR,)" "SHUT_WR, 1
  segments sent: 1
  near FIN-WAIT-2, far CLOSE-WAIT
  near send: Broken pipe
  far recv: 0 bytes
  far send: 5 bytes
  near recv: 5 bytes"
  segments_are_counted
  calls_are SHUT_WR "near send,far recv,far send,near recv"
}

# hint: After SHUT_RDWR nobody receives any more: the far end's first send is answered with a reset, and the second fails.
# page: ch07_shutdown/README.md#three-ways-of-shutting-down
@test "after closing both sides what the far end sends is answered with a reset" {
  assert_equal "$(section SHUT_RDWR,)" "SHUT_RDWR, 2
  segments sent: 1
  near FIN-WAIT-2, far CLOSE-WAIT
  near recv: 0 bytes
  near send: Broken pipe
  far recv: 0 bytes
  far send: 5 bytes
  far send: Broken pipe
  near CLOSE, far CLOSE"
  segments_are_counted
  calls_are SHUT_RDWR "near recv,near send,far recv,far send,far send"
}

@test "there are three directions, 0 to 2, and it fails for others and without a connection" {
  assert_line "SHUT_RD, 0"
  assert_line "SHUT_WR, 1"
  assert_line "SHUT_RDWR, 2"
  assert_equal "$(section "not connected")" "not connected
  shutdown: Transport endpoint is not connected"
  assert_equal "$(section 7)" "7 is not a direction
  shutdown: Invalid argument"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=shutdown
  timeout 20 "${server_wrapper[@]}" "$(program ch07_shutdown/shutdown_modes)"
  run -0 sed -E 's/^shutdown\([0-9]+, (0x7 )?//; s/ +/ /g; s/\(.*//' "$BATS_TEST_TMPDIR/calls"
  assert_output --regexp '^SHUT_RD\) = 0
SHUT_WR\) = 0
SHUT_RDWR\) = 0
SHUT_WR\) = -1 ENOTCONN.*
.*\) = -1 EINVAL'
  grep -qE '^shutdown\([0-9]+, (0x)?7( /.*/)?\) += -1 EINVAL' "$BATS_TEST_TMPDIR/calls"
}
