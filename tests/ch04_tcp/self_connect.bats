#!/usr/bin/env bats
# self_connect: connections without a listener.

setup() {
  load ../harness.bash
  load ../recording.bash
}

# hint: Bind the socket first, and connect it to the address that getsockname tells.
# page: ch04_tcp/README.md#before-accept
# bats test_tags=first
@test "a socket that connects to its own address is its own peer" {
  run -0 client ch04_tcp/self_connect
  assert_line --index 0 "one socket"
  assert_line --index 1 "  sent 5 bytes, received 5"
  [[ ${lines[2]} =~ ^\ \ it:\ local\ (.*),\ peer\ (.*),\ ESTAB$ ]]
  assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

# hint: Bind both, then connect each to the other without waiting. The first has to drop the refusal.
# page: ch04_tcp/README.md#before-accept
@test "two sockets that connect to each other are connected" {
  run -0 client ch04_tcp/self_connect
  assert_line --index 3 "two sockets"
  assert_line --index 4 "  first: SYN-SENT"
  assert_line --index 5 "  sent 5 bytes, received 5"
  [[ ${lines[6]} =~ ^\ \ first:\ local\ (.*),\ peer\ (.*),\ ESTAB$ ]]
  assert_line --index 7 "  second: local ${BASH_REMATCH[2]}, peer ${BASH_REMATCH[1]}, ESTAB"
}

@test "nobody listens and nobody accepts" {
  connect_is_all
}
# connect_is_all: and the states are the kernel's: with other answers (7 is CLOSE) it prints these.
connect_is_all() {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=connect,listen,accept,accept4,getpeername,getsockopt -e inject=getsockopt:poke_exit=@arg4=07
  timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/self_connect)" >"$BATS_TEST_TMPDIR/poked"
  eventually calls_are "connect getpeername connect connect getpeername getpeername"
  assert_equal "$(grep -c ' CLOSE$' "$BATS_TEST_TMPDIR/poked")" 4
}
calls_are() { [[ $(grep -v getsockopt "$BATS_TEST_TMPDIR/calls" | cut -d '(' -f 1 | paste -sd ' ') == "$1" ]]; }

# first_segments PROGRAM: records its first six segments that have SYN or RST.
first_segments() {
  cd "$BATS_TEST_TMPDIR" || return
  begin_recording lo
  trap end_recording EXIT
  timeout 20 "$1" >said
  eventually six_segments
}
six_segments() {
  recorded 'tcp.flags.syn == 1 || tcp.flags.reset == 1' tcp.flags | head -n 6 | paste -sd ' ' >segments
  (($(wc -w <segments) == 6))
}

@test "on the wire a SYN can be answered by a SYN" {
  recorder_or_skip
  privately first_segments "$(program ch04_tcp/self_connect)"
  # SYN 2, RST 4, ACK 10. The second connection begins with a SYN that is refused, or that
  # was slow and meets the other SYN on the way.
  [[ $(<"$BATS_TEST_TMPDIR/segments") =~ ^"0x0002 0x0012 "("0x0002 0x0014 0x0002 0x0012"|"0x0002 0x0002 0x0012 0x0012")$ ]]
  local said
  mapfile -t said <"$BATS_TEST_TMPDIR/said"
  [[ ${said[2]} =~ ^\ \ it:\ local\ (.*),\ peer\ (.*),\ ESTAB$ && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]]
  assert_equal "${said[4]}" "  first: SYN-SENT"
  [[ ${said[6]} =~ ^\ \ first:\ local\ (.*),\ peer\ (.*),\ ESTAB$ ]]
  assert_equal "${said[7]}" "  second: local ${BASH_REMATCH[2]}, peer ${BASH_REMATCH[1]}, ESTAB"
  connect_is_all
  assert_equal "$(grep -c '^  sent 5 bytes, received 5$' "$BATS_TEST_TMPDIR/said")" 2
}

# The kernel gives a client any free port, even the one that the client wants to reach.
@test "a client without a server may connect to itself" {
  private_networks_or_skip
  # shellcheck disable=SC2016  # for the inner shell
  run -0 in_private_network bash -ec 'echo "$2 $2" >/proc/sys/net/ipv4/ip_local_port_range
    echo "nobody is here" | timeout 20 "$1" 127.0.0.1 "$2"' - "$(program ch04_tcp/echo_client)" 40001
  assert_output "nobody is here"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch04_tcp/self_connect more
  assert_line --index 0 "self_connect: too many arguments: 'more'"
}
