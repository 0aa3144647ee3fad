#!/usr/bin/env bats
# socket_type: what a socket says of its type, and what getsockopt refuses.

setup() { load ../harness.bash; }

# the_types_are_asked: each value is one that the kernel gave, of that socket and in that order.
the_types_are_asked() {
  ! is_stranger ch09_options/socket_type || return 0
  traced -o "$BATS_TEST_TMPDIR/types" -e trace=socket,getsockopt,setsockopt
  timeout 20 "${server_wrapper[@]}" "$(program ch09_options/socket_type)" >"$BATS_TEST_TMPDIR/said"
  run -0 awk -F '[(, ]+' '/^socket/ { of[$NF] = substr($3, 6, 6); next }
    / SOL_SOCKET, SO_TYPE,/ { print substr($1, 1, 3), ($2 in of ? of[$2] : "file"), / = 0$/ }' "$BATS_TEST_TMPDIR/types"
  assert_output "get STREAM 1
get DGRAM| 1
get DGRAM| 1
get DGRAM| 1
set STREAM 0
get STREAM 1
get file 0"
}

# hint: socket has fixed the type. Get it at level SOL_SOCKET; set fails with ENOPROTOOPT.
# page: ch09_options/README.md#get-and-set
@test "the type can be read but not set" {
  run -0 client ch09_options/socket_type
  assert_line "type of the TCP socket: 1"
  assert_line "type of the UDP socket: 2"
  assert_line "changing it: setsockopt: Protocol not available"
  assert_line "type after that: 1"
}

@test "a socket knows its type and cannot change it" {
  run -0 client ch09_options/socket_type
  assert_line --index 0 "SOCK_STREAM is 1, SOCK_DGRAM is 2"
  assert_line --index 1 "type of the TCP socket: 1"
  assert_line --index 2 "type of the UDP socket: 2"
  assert_line --index 5 "changing it: setsockopt: Protocol not available"
  assert_line --index 6 "type after that: 1"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=setsockopt
  run -0 "${server_wrapper[@]}" "$(program ch09_options/socket_type)"
  eventually grep -qE '^setsockopt\([0-9]+, SOL_SOCKET, SO_TYPE, \[2\], 4\) = -1 ENOPROTOOPT ' "$BATS_TEST_TMPDIR/calls"
  the_types_are_asked
}

# hint: The same number at another level is another option. errno is only valid when the call has returned -1.
# page: ch09_options/README.md#get-and-set
@test "an option belongs to a level and to a socket" {
  run -0 client ch09_options/socket_type
  assert_line "SO_TYPE is 3, TCP_CORK is 3"
  assert_line "that number, level IPPROTO_TCP: 0"
  assert_line "level IPPROTO_TCP of the UDP socket: getsockopt: Operation not supported"
  assert_line "a number that is not an option: getsockopt: Protocol not available"
  assert_line "a file: getsockopt: Socket operation on non-socket"
}

# hint: The length goes in and comes out: give the size of the variable before each call.
# page: ch09_options/README.md#get-and-set
@test "an option is cut to the room that there is" {
  run -0 client ch09_options/socket_type
  assert_line "the same into one byte: 2"
}

@test "the length says how much room there is and how much was written" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=getsockopt
  run -0 "${server_wrapper[@]}" "$(program ch09_options/socket_type)"
  assert_line "type of the TCP socket: 1"
  assert_line "type of the UDP socket: 2"
  assert_line "the same into one byte: 2"
  assert_line "the same into eight bytes: 2"
  assert_line "a number that is not an option: getsockopt: Protocol not available"
  assert_line "a file: getsockopt: Socket operation on non-socket"
  eventually grep -q 'SO_TYPE, \[1\], \[4\]) = 0' "$BATS_TEST_TMPDIR/calls"
  grep -qE 'SO_TYPE, .*, \[8 => 4\]\) = 0' "$BATS_TEST_TMPDIR/calls" # room for eight, four were written
  grep -q '\[4\]) = -1 ENOPROTOOPT' "$BATS_TEST_TMPDIR/calls"
  grep -qE 'SO_TYPE, ("\\2"|\[2\]|"\\x02"), \[1\]\) = 0' "$BATS_TEST_TMPDIR/calls"
  the_types_are_asked
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/socket_type more
  assert_line --index 0 "socket_type: too many arguments: 'more'"
}
