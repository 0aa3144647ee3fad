#!/usr/bin/env bats
# automatic_port: the address and port of a UDP socket before and after its first sendto.

setup() {
  load ../harness.bash
  run -0 client ch06_udp/automatic_port
}

# name_of INDEX: "0.0.0.0:40426" from the line "when: local 0.0.0.0:40426, peer ...".
name_of() { sed -n 's/^.*: local \([^,]*\),.*$/\1/p' <<<"${lines[$1]}"; }

# hint: A socket without bind gets its port at the first sendto. Ask getsockname before and after, and leave the socket unconnected.
# page: ch06_udp/README.md#which-name-and-when
@test "the first sendto fixes the port but not the address, which only connect does" {
  assert_line --index 0 "before sendto: local 0.0.0.0:0, peer Transport endpoint is not connected"
  [[ $(name_of 1) =~ ^0\.0\.0\.0:[1-9][0-9]*$ ]]
  assert_line --index 2 "the first receiver got 127.0.0.1:$(name_of 1 | sed 's/.*://') as the sender"
  assert_equal "$(name_of 3)" "$(name_of 1)"
  assert_line --index 4 "the second receiver got 127.0.0.1:$(name_of 1 | sed 's/.*://') as the sender"
  assert_equal "$(name_of 5)" "127.0.0.1:$(name_of 1 | sed 's/.*://')"
  assert_line --index 1 --partial ", peer Transport endpoint is not connected"
  assert_line --index 3 --partial ", peer Transport endpoint is not connected"
  assert_line --index 5 --regexp ', peer 127\.0\.0\.1:[1-9][0-9]*$'
  is_stranger ch06_udp/automatic_port && return
  # Only the two receivers are bound. Each line is said between the two calls that it is about.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=bind,sendto,connect,listen,write
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/automatic_port)"
  eventually grep -q '^listen' "$BATS_TEST_TMPDIR/calls"
  run -0 sed -nE 's/^(bind|sendto|connect)\(.*AF_INET.*/\1,/p; s/^write\(1, "([a-z ]+)(:| got ).*/\1,/p; /^listen/q' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(paste -sd ' ' <<<"$output")" "bind, bind, before sendto, sendto, after the first sendto, the first receiver, \
sendto, after the second sendto, the second receiver, connect, after connect,"
}

# hint: sendto names its destination each time, and the socket remembers none: getpeername must still fail.
# page: ch06_udp/README.md#which-name-and-when
@test "a second destination changes nothing, and the socket keeps none" {
  assert_equal "$(name_of 3)" "$(name_of 1)"
  assert_line --index 1 --partial "peer Transport endpoint is not connected"
  assert_line --index 3 --partial "peer Transport endpoint is not connected"
  assert_line --index 4 "the second receiver got 127.0.0.1:$(name_of 1 | sed 's/.*://') as the sender"
}

# hint: connect is what gives a UDP socket a peer, which getpeername returns.
# page: ch06_udp/README.md#which-name-and-when
@test "connect gives it a peer" {
  assert_line --index 5 --regexp ', peer 127\.0\.0\.1:[1-9][0-9]*$'
}

# hint: listen is for sockets with connections. Call it on the UDP socket, and show its error.
# page: ch06_udp/README.md#which-name-and-when
@test "a UDP socket cannot listen" {
  assert_line --index 6 "listen: Operation not supported"
}

@test "where every datagram is lost the wait for one has an end" {
  gives_up_where_all_is_lost ch06_udp/automatic_port
}
