#!/usr/bin/env bats
# socket_names: local and peer addresses from socket() to close().
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() {
  load ../harness.bash
  run -0 client ch04_tcp/socket_names
}

# hint: The listener is bound to all addresses, and stays so. An accepted socket has the address that its client used.
# page: ch04_tcp/README.md#names-of-sockets
# bats test_tags=first
@test "the listener keeps the wildcard address and has no peer" {
  [[ ${lines[0]} =~ ^'listener: local 0.0.0.0:'([1-9][0-9]*)', peer getpeername: Transport endpoint is not connected'$ ]]
  local port=${BASH_REMATCH[1]}
  # Each address of the machine reaches it, and the accepted socket has the one that was used.
  assert_line --index 3 --partial "accepted: local 127.0.0.5:$port,"
  assert_line --index 6 --partial "accepted: local 127.0.0.1:$port,"
  assert_line --index 7 "${lines[0]}"
  names_are_the_kernels
}
# names_are_the_kernels: in another run, each name that is printed is what the two calls said of that socket, between these calls.
names_are_the_kernels() {
  ! is_stranger ch04_tcp/socket_names || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=bind,connect,accept4,getsockname,getpeername,close
  local said called
  said=$(timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/socket_names)")
  eventually grep -q '^connect.*ECONNREFUSED' "$BATS_TEST_TMPDIR/calls"
  called=$(awk -F '[(,]' '
    /^getsockname/ { match($0, /htons\([0-9]+/); port = substr($0, RSTART + 6, RLENGTH - 6); split($0, words, "\""); where[$2] = words[2] ":" port }
    /^getpeername.*ENOTCONN/ { who[$2] = "getpeername: Transport endpoint is not connected" }
    /^getpeername.* = 0$/ { match($0, /htons\([0-9]+/); port = substr($0, RSTART + 6, RLENGTH - 6); split($0, words, "\""); who[$2] = words[2] ":" port }
    /^get/ && $2 in where && $2 in who { print "local " where[$2] ", peer " who[$2]; delete where[$2]; delete who[$2] }
    /^(bind|connect|accept4)/ { print $1 }' "$BATS_TEST_TMPDIR/calls")
  assert_equal "$(grep '^local' <<<"$called")" "$(sed -n 's/^.*: local /local /p' <<<"$said")"
  assert_equal "$(cut -d ' ' -f 1 <<<"$called" | xargs)" \
    "bind local local connect local accept4 local bind local connect local accept4 local local connect"
}

# hint: Before connect the client has no address; connect chooses one. getsockname tells it, getpeername tells the other end's.
# page: ch04_tcp/README.md#names-of-sockets
@test "connect gives the client its address and port" {
  assert_line --index 1 --partial "client before connect: local 0.0.0.0:0,"
  assert_line --index 2 --regexp '^client after connect: local 127\.0\.0\.1:[1-9][0-9]*, peer 127\.0\.0\.5:[0-9]+$'
  [[ ${lines[2]} =~ local\ (.*), ]]
  assert_line --index 3 --regexp "^accepted: .*, peer ${BASH_REMATCH[1]}$" # the other end sees the same
  is_stranger ch04_tcp/socket_names && return
  this_client_is_not_bound
  names_are_the_kernels
}
# this_client_is_not_bound: but the listener is, and the second client.
this_client_is_not_bound() {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=bind
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/socket_names)"
  eventually grep -q 127.0.0.9 "$BATS_TEST_TMPDIR/calls"
  run -0 sed -nE 's/^bind\(.*htons\(([0-9]+)\), sin_addr=inet_addr\("(.*)"\).* = 0$/\2 \1/p' "$BATS_TEST_TMPDIR/calls"
  assert_output $'0.0.0.0 0\n127.0.0.9 0'
}

# hint: What is local at one end is the peer at the other. A port is in network order in a sockaddr.
# page: ch04_tcp/README.md#names-of-sockets
@test "the accepted socket has the client's names turned round" {
  [[ ${lines[2]} =~ local\ (.*),\ peer\ (.*) ]]
  assert_line --index 3 "accepted: local ${BASH_REMATCH[2]}, peer ${BASH_REMATCH[1]}"
  [[ ${lines[0]} =~ 0\.0\.0\.0:([0-9]+) ]]
  assert_line --index 3 --partial "local 127.0.0.5:${BASH_REMATCH[1]},"
  assert_line --index 0 --partial "peer getpeername: Transport endpoint is not connected"
  names_are_the_kernels
}

# hint: bind before connect chooses the client's address; connect leaves it then.
# page: ch04_tcp/README.md#names-of-sockets
@test "a client that was bound keeps its address" {
  # The kernel chooses one for a client that was not.
  [[ ${lines[1]} == *"before connect: local 0.0.0.0:0,"* && ${lines[2]} =~ local\ 127\.0\.0\.1:([0-9]+), ]]
  local lowest highest
  read -r lowest highest </proc/sys/net/ipv4/ip_local_port_range
  ((BASH_REMATCH[1] >= lowest && BASH_REMATCH[1] <= highest))
  [[ ${lines[4]} =~ local\ (127\.0\.0\.9:[1-9][0-9]*), ]]
  local chosen=${BASH_REMATCH[1]}
  assert_line --index 5 --partial "bound client after connect: local $chosen,"
  assert_line --index 6 --partial "peer $chosen"
  this_client_is_not_bound
  names_are_the_kernels
}

@test "closing the listener ends no connection" {
  assert_line --index 8 "listener closed: a new client gets Connection refused"
  assert_line --index 9 "the accepted socket still receives 1 byte"
  assert_line --index 10 "accepted socket closed: its client receives 0 bytes"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=listen,accept4,connect,close,recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/socket_names)"
  eventually grep -q '^recvfrom.*= 0$' "$BATS_TEST_TMPDIR/calls"
  run -0 sed -nE 's/^connect\(.*htons\(([0-9]+)\).*/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${lines[2]}" "${lines[0]}" # where the first client was let in
  local listener accepted
  listener=$(sed -nE 's/^listen\(([0-9]+),.*/\1/p' "$BATS_TEST_TMPDIR/calls")
  accepted=$(sed -nE 's/^accept4\(.* = ([0-9]+)$/\1/p' "$BATS_TEST_TMPDIR/calls" | head -n 1)
  run -0 sed -nE "1,/^accept4/d; s/^(close\\(($listener|$accepted)\\)|[a-z]+\\().*( = .*)/\\1\\3/p" "$BATS_TEST_TMPDIR/calls"
  assert_output --partial "close($listener) = 0
connect( = -1 ECONNREFUSED (Connection refused)"
  assert_output --partial "recvfrom( = 1
close($accepted) = 0
recvfrom( = 0"
}

@test "each client gets a socket of its own, and the listener carries no byte" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=listen,accept4,sendto,recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/socket_names)"
  eventually grep -q '^recvfrom.*= 0$' "$BATS_TEST_TMPDIR/calls"
  # Each is known by its peer, its own client; the listener has none.
  is_stranger ch04_tcp/socket_names || each_has_its_own_peer
  local listener first second
  listener=$(sed -nE 's/^listen\(([0-9]+),.*/\1/p' "$BATS_TEST_TMPDIR/calls")
  run -0 sed -nE "s/^accept4\\($listener, .* = ([0-9]+)\$/\\1/p" "$BATS_TEST_TMPDIR/calls"
  first=${lines[0]} second=${lines[1]}
  [[ -n $first && -n $second && $first != "$second" && $first != "$listener" && $second != "$listener" ]]
  grep -qF "recvfrom($first, \"x\"" "$BATS_TEST_TMPDIR/calls"
  run ! grep -E "^(sendto|recvfrom)\\($listener," "$BATS_TEST_TMPDIR/calls"
  names_are_the_kernels
}
each_has_its_own_peer() {
  local row
  for row in 2 5; do
    [[ ${lines[row]} =~ ^(bound )?'client after connect: local '(.*)', peer '(.*)$ ]]
    assert_line --index $((row + 1)) "accepted: local ${BASH_REMATCH[3]}, peer ${BASH_REMATCH[2]}"
  done
  refute [ "${lines[3]}" == "${lines[6]}" ]
  for row in 0 7; do
    assert_line --index "$row" --regexp '^listener: .*, peer getpeername: Transport endpoint is not connected$'
  done
}
