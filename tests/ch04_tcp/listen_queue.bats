#!/usr/bin/env bats
# listen_queue: what the kernel does for a listener before it calls accept.

setup() { load ../harness.bash; }

listen_queue() { client ch04_tcp/listen_queue "$@"; }

# hint: A socket is passive from listen on, and SO_ACCEPTCONN tells it. Let a client connect before and after.
# page: ch04_tcp/README.md#before-accept
# bats test_tags=first
@test "a bound socket refuses clients until it listens" {
  run -0 listen_queue
  assert_line --index 0 "after bind: SO_ACCEPTCONN 0"
  assert_line --index 1 --regexp '^  a client: connect .*: Connection refused$'
  assert_line --index 2 "after listen: SO_ACCEPTCONN 1"
  assert_line --index 4 --regexp '^client 1, .*: ESTAB,'
  is_stranger ch04_tcp/listen_queue && return
  # It had an address, and that was no help.
  [[ ${lines[1]} =~ connect\ (127\.0\.0\.1:[1-9][0-9]*): ]]
  assert_line --index 3 --partial "the listener: connect ${BASH_REMATCH[1]}: "
  what_it_says_is_the_kernels
}
# what_it_says_is_the_kernels: with other answers of getsockopt (7 is CLOSE as a state) and of recv it prints these; and
# it asks where it says so, between the calls.
what_it_says_is_the_kernels() {
  ! is_stranger ch04_tcp/listen_queue || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=bind,listen,connect,getsockopt,getsockname,sendto,accept4,recvfrom \
    -e inject=getsockopt:poke_exit=@arg4=07 -e inject=recvfrom:retval=3
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/listen_queue)" 1
  assert_line --index 0 "after bind: SO_ACCEPTCONN 7"
  assert_line --index 2 "after listen: SO_ACCEPTCONN 7"
  assert_line --index 4 --regexp '^client 1, .*: CLOSE, 5 bytes acknowledged; queue 1, backlog 1$'
  assert_line --index 6 "client 3: CLOSE, SYN repeated; queue 2, backlog 1"
  assert_line --index 7 --regexp '^accept: .*, whose 3 bytes were here$'
  assert_equal "$(sed -nE 's/^(bind|listen|sendto|accept4|recvfrom)\(.*/\1/p; s/^getsockopt.*SO_ACCEPTCONN.*/asked/p; s/^connect.*-1 (E[A-Z]+).*/\1/p' \
    "$BATS_TEST_TMPDIR/calls" | xargs)" "bind asked ECONNREFUSED listen asked EISCONN EINPROGRESS sendto EINPROGRESS sendto EINPROGRESS accept4 recvfrom sendto listen"
  # All connect to one port, and after each send it asks whether the bytes are acknowledged.
  assert_equal "$(sed -nE 's/^connect.*(htons\([0-9]+\)).*/\1/p' "$BATS_TEST_TMPDIR/calls" | uniq | wc -l)" 1
  assert_equal "$(awk -F '[(,]' 'sender { print ($1 == "getsockopt" && $2 == sender); sender = 0 } /^sendto/ { sender = $2 }' \
    "$BATS_TEST_TMPDIR/calls" | xargs)" "1 1 1"
}

# hint: connect on a listener fails; print its reason.
# page: ch04_tcp/README.md#before-accept
@test "a listening socket is passive and cannot connect" {
  run -0 listen_queue
  assert_line --index 0 "after bind: SO_ACCEPTCONN 0"
  assert_line --index 2 "after listen: SO_ACCEPTCONN 1"
  assert_line --index 3 --regexp '^  the listener: connect .*: Transport endpoint is already connected$'
  assert_line --regexp '^accept: 127\.0\.0\.1:[0-9]+, '
  what_it_says_is_the_kernels
}

# hint: Clients connect one after another, without an accept, until one of them gets no answer to its SYN.
# page: ch04_tcp/README.md#before-accept
@test "the queue holds one connection more than the backlog" {
  local backlog
  for backlog in 1 5; do
    run -0 listen_queue "$backlog"
    assert_line --regexp "^client 1, .*: ESTAB, .* queue 1, backlog $backlog$"
    assert_line --regexp "^client $((backlog + 1)), .*: ESTAB, .* queue $((backlog + 1)), backlog $backlog$"
    assert_line "client $((backlog + 2)): SYN-SENT, SYN repeated; queue $((backlog + 1)), backlog $backlog"
  done
  is_stranger ch04_tcp/listen_queue && return
  the_last_syn_is_repeated
  what_it_says_is_the_kernels
}
# the_last_syn_is_repeated: it finds the queue full, and so does its repetition.
the_last_syn_is_repeated() {
  private_networks_or_skip
  # shellcheck disable=SC2016  # for the inner shell
  run -0 in_private_network bash -ec 'timeout 20 "$1" 1; nstat -asz TcpExtListenOverflows' \
    - "$(program ch04_tcp/listen_queue)"
  assert_line --regexp '^TcpExtListenOverflows +[2-9] '
}

@test "clients connect and send before accept is ever called" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=connect,sendto,accept4,recvfrom
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/listen_queue)" 1
  assert_line --regexp '^client 2, .*: ESTAB, 5 bytes acknowledged; queue 2, backlog 1$'
  # Two connect fail on purpose: before listen, and the listener's own.
  eventually calls_are "connect connect connect sendto connect sendto connect accept4 recvfrom sendto"
  grep -q '^recvfrom.*"hello", 64, MSG_DONTWAIT, NULL, NULL) = 5$' "$BATS_TEST_TMPDIR/calls"
  assert_line --regexp '^accept: 127\.0\.0\.1:[0-9]+, whose 5 bytes were here$'
  what_it_says_is_the_kernels
}
calls_are() { [[ $(cut -d '(' -f 1 "$BATS_TEST_TMPDIR/calls" | paste -sd ' ') == "$1" ]]; }

# hint: accept returns the connection that has waited longest. What its client has sent is in its receive buffer.
# page: ch04_tcp/README.md#before-accept
@test "accept returns the first connection in the queue, with the bytes it has sent" {
  run -0 listen_queue 2
  [[ ${lines[4]} =~ ^client\ 1,\ (127.0.0.1:[0-9]+): ]]
  assert_line "accept: ${BASH_REMATCH[1]}, whose 5 bytes were here"
}

# hint: After one accept the client whose SYN was not answered gets in, when it sends its SYN again.
# page: ch04_tcp/README.md#before-accept
@test "one accept makes room for the client that waits" {
  run -0 listen_queue 2
  assert_line --index 7 "client 4: SYN-SENT, SYN repeated; queue 3, backlog 2"
  assert_line --index 9 --regexp '^client 4, .*: ESTAB, 5 bytes acknowledged; queue 3, backlog 2$'
}

# with_somaxconn LIMIT COMMAND...
with_somaxconn() {
  # shellcheck disable=SC2016  # for the inner shell
  in_private_network bash -ec 'echo "$1" >/proc/sys/net/core/somaxconn; timeout 20 "${@:2}"; nstat -asz TcpExtListenOverflows' - "$@"
}

@test "the kernel cuts a backlog to its limit, somaxconn" {
  private_networks_or_skip
  in_private_network test -w /proc/sys/net/core/somaxconn || skip "here no private network has a somaxconn of its own"
  local program
  program=$(program ch04_tcp/listen_queue)
  run -0 with_somaxconn 3 "$program" 100
  assert_line --regexp '^client 4, .*: ESTAB, .* queue 4, backlog 3$'
  assert_line "client 5: SYN-SENT, SYN repeated; queue 4, backlog 3"
  assert_line --regexp '^TcpExtListenOverflows +[2-9] '
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=listen,read
  run -0 with_somaxconn 200 "${server_wrapper[@]}" "$program" 1
  assert_line "listen again with 100000: queue 2, backlog 200; net.core.somaxconn is 200"
  run -0 sed -nE 's/^listen\([0-9]+, ([0-9]+)\).*/\1/p; s/^read\(.*"200.n".*/read 200/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${lines[*]}" "1 100000 read 200"
}

@test "the kernel counts the SYNs that found the queue full" {
  the_last_syn_is_repeated
}

@test "a backlog that is not a number from 1 to 100 is wrong usage" {
  local wrong
  for wrong in 0 -1 101 x ''; do
    run -2 listen_queue "$wrong"
    assert_line --index 0 --partial "listen_queue: "
  done
  run -2 listen_queue 1 2
}
