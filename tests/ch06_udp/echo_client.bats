#!/usr/bin/env bats
# echo_client and echo_client_connected: what a client without a connection must do
# itself, and what connect() does for it.

setup() {
  load ../harness.bash
  load ../echo.bash
  cd "$BATS_TEST_TMPDIR" || return
  mkfifo keys
  exec 9<>keys
}
teardown() {
  exec 9>&-
  end_server
}

# start_client NAME: it reads the pipe keys and writes the file said; sets talker, its pid.
start_client() {
  timeout 20 "$(program "$1")" 127.0.0.1 "$port" <keys >said 2>&1 3>&- 9>&- &
  talker=$!
}
it_has_begun() { [[ $(readlink /proc/"$(pgrep -P "$talker")"/fd/*) == *socket:* ]]; }

# its_socket: the client's line of ss, once it has a port. its_port: that port.
its_socket() { ss -Huanp | grep "pid=$(pgrep -P "$talker"),"; }
its_port() {
  local line
  line=$(its_socket) || return
  [[ $line =~ :([0-9]+)\  ]] && echo "${BASH_REMATCH[1]}"
}

# server_was_asked: a datagram waits in the server's socket.
server_was_asked() { [[ $(ss -Huan "sport = :$port" | awk '{ print $2 }') != 0 ]]; }

a_closed_port() {
  start_server ch06_udp/echo_server
  stop_server
}

# hint: One datagram is one answer: recv returns the whole of it, and the next line is a new question.
# page: ch06_udp/README.md#a-connected-socket
# judges: ch06_udp/echo_client_connected
# bats test_tags=first
@test "the connected client gets its answers" {
  start_server ch06_udp/echo_server
  run -0 client ch06_udp/echo_client_connected 127.0.0.1 "$port" <<<"two words"
  assert_output "two words"
  head -c 100000 /dev/urandom >in
  did "sent it 100000 bytes of all values"
  client ch06_udp/echo_client_connected 127.0.0.1 "$port" <in >back || true
  same_bytes in back
}

# hint: A datagram can get lost, and nobody tells. Do not wait for an answer without a limit.
# page: ch06_udp/README.md#nobody-has-to-answer
# judges: ch06_udp/echo_client ch06_udp/echo_client_connected
@test "a client that gets no answer does not wait for ever" {
  local name
  start_server ch06_udp/echo_server
  pause_server
  for name in echo_client echo_client_connected; do
    did "ran $name, and the server was stopped"
    run timeout "$patience" "$(program "ch06_udp/$name")" 127.0.0.1 "$port" <<<"x"
    ((status != 124)) || fail "after $patience seconds it was still waiting"
  done
}

@test "after two seconds without an answer the client gives up" {
  start_server ch06_udp/echo_server
  pause_server
  local begin=${EPOCHREALTIME/[.,]/} took
  run -1 client ch06_udp/echo_client 127.0.0.1 "$port" <<<"x"
  assert_output "echo_client: no answer within 2 seconds"
  took=$((${EPOCHREALTIME/[.,]/} - begin))
  ((took > 1900000 && took < 8000000))
}

@test "the connected client gives up too" {
  start_server ch06_udp/echo_server
  pause_server
  run -1 client ch06_udp/echo_client_connected 127.0.0.1 "$port" <<<"x"
  assert_output "echo_client_connected: no answer within 2 seconds"
}

@test "only the connected client learns that there is no server" {
  a_closed_port
  run -1 client ch06_udp/echo_client 127.0.0.1 "$port" <<<"x"
  assert_output "echo_client: no answer within 2 seconds"
  run -1 client ch06_udp/echo_client_connected 127.0.0.1 "$port" <<<"x"
  assert_line "echo_client_connected: recv: Connection refused"
  assert_line "nobody listens there: is the server running, and on this port?"
}

@test "the server may be started after the client" {
  a_closed_port
  local name
  for name in echo_client echo_client_connected; do
    start_client "ch06_udp/$name"
    eventually it_has_begun
    start_server ch06_udp/echo_server "$port"
    printf 'late\n' >&9
    eventually grep -qx late said
    stop_server
    kill "$talker"
    wait "$talker" || true
  done
}

@test "a server that restarts answers the same client" {
  start_server ch06_udp/echo_server
  start_client ch06_udp/echo_client
  printf 'one\n' >&9
  eventually grep -qx one said
  stop_server
  start_server ch06_udp/echo_server "$port"
  printf 'two\n' >&9
  eventually grep -qx two said
  kill "$talker"
}

# hint: Anybody may send to your port. Compare the sender that recvfrom wrote down with the server, or connect the socket.
# page: ch06_udp/README.md#a-connected-socket
# judges: ch06_udp/echo_client ch06_udp/echo_client_connected
@test "a stranger's datagram is not taken for the answer" {
  local name
  for name in echo_client echo_client_connected; do
    start_server ch06_udp/echo_server 9>&- # else it keeps the pipe open, and the client waits for its end
    pause_server
    start_client "ch06_udp/$name"
    did "$name asked a server that was stopped: right"
    printf 'right\n' >&9
    eventually server_was_asked
    did "a stranger sent to the client: wrong"
    printf 'wrong\n' >"/dev/udp/127.0.0.1/$(its_port)"
    kill -CONT "$server_pid"
    exec 9>&-
    wait "$talker" || true
    exec 9<>keys
    run -0 cat said
    assert_output right
    stop_server
  done
}

@test "the first sendto gives the client its port but no address" {
  start_server ch06_udp/echo_server
  start_client ch06_udp/echo_client
  printf 'x\n' >&9
  eventually grep -qx x said
  run -0 its_socket
  assert_output --regexp '^UNCONN +0 +0 +0\.0\.0\.0:[1-9][0-9]* +0\.0\.0\.0:\*'
  wait_for_log "2 bytes from 127.0.0.1:$(its_port)"
  kill "$talker"
}

@test "a client is unconnected, or with connect it has port and address before it sends anything" {
  start_server ch06_udp/echo_server
  start_client ch06_udp/echo_client
  printf 'x\n' >&9
  eventually grep -qx x said
  run -0 its_socket
  assert_output --regexp '^UNCONN '
  kill "$talker"
  wait "$talker" || true
  start_client ch06_udp/echo_client_connected
  eventually its_socket
  run -0 its_socket
  assert_output --regexp "^ESTAB +0 +0 +127\.0\.0\.1:[1-9][0-9]* +127\.0\.0\.1:$port "
  run -0 grep -c bytes "$server_log"
  assert_output 1 # from the first client
  printf 'y\n' >&9
  eventually grep -qx y said
  run -0 grep -c bytes "$server_log"
  assert_output 2 # its first datagram is the first line
  kill "$talker"
}

@test "connected or not, a message is one system call" {
  start_server ch06_udp/echo_server
  printf 'x\n' >in
  traced -e trace=network,write
  local name
  for name in echo_client echo_client_connected; do
    timeout 20 "${server_wrapper[@]}" -o "$name" "$(program "ch06_udp/$name")" 127.0.0.1 "$port" <in >out
    eventually grep -q '^write(1' "$name"
  done
  run -0 sed -n '/^socket/,$p' echo_client
  assert_line --index 1 --regexp "^sendto\([0-9], \"x.n\", 2, MSG_NOSIGNAL, \{sa_family=AF_INET, sin_port=htons\($port\), .*\}, 16\) = 2$"
  assert_line --index 3 --regexp '^recvfrom\([0-9], "x.n", 65536, 0, \{sa_family=AF_INET, '
  run -0 sed -n '/^socket/,$p' echo_client_connected
  assert_line --index 2 --regexp "^connect\([0-9], \{sa_family=AF_INET, sin_port=htons\($port\), .*\"127.0.0.1\"\)\}, 16\) += 0$"
  assert_line --index 3 --regexp '^write\([0-9], "x.n", 2\) += 2$'
  assert_line --index 4 --regexp '^recvfrom\([0-9], "x.n", 65536, 0, NULL, NULL\) += 2$'
  # It reads its input with read. Here that is a connected socket too: bash has called connect and write.
  exec 8<>"/dev/udp/127.0.0.1/$port"
  printf y >&8
  traced -o reads -e trace=read
  timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/echo_client_connected)" 127.0.0.1 "$port" <&8 >said 2>&1 3>&- 9>&- &
  local reader=$!
  eventually grep -qx y said
  eventually grep -qE '^read\(0, "y", 1024\) += 1$' reads
  kill "$reader"
  wait "$reader" || true
  exec 8>&-
  start_client ch06_udp/echo_client # after sendto its socket has no peer, so the next one names it again
  printf 'x\n' >&9
  eventually grep -qx x said
  run -0 its_socket
  assert_output --regexp '^UNCONN +0 +0 +0\.0\.0\.0:[1-9][0-9]* +0\.0\.0\.0:\*'
  kill "$talker"
}

# time_of CLIENT: milliseconds of processor time for 4000 messages; its calls for 20 are in the file CLIENT.
time_of() {
  head -c 20480 /dev/zero | timeout 20 "${server_wrapper[@]}" -o "$1" "$(program "ch06_udp/$1")" 127.0.0.1 "$port" >/dev/null
  head -c 4096000 /dev/zero >in
  local TIMEFORMAT='%U %S'
  { time client "ch06_udp/$1" 127.0.0.1 "$port" <in >/dev/null; } 2>&1 | awk '{ print int(1000 * ($1 + $2)) }'
}

@test "connecting saves no system call for each message, and little time" {
  local unconnected connected
  start_server ch06_udp/echo_server
  traced -e trace=network,write
  unconnected=$(time_of echo_client)
  connected=$(time_of echo_client_connected)
  run -0 grep -c '^sendto(' echo_client
  assert_output 20
  # Nothing is made, registered or taken back for a message.
  run -0 grep -oE '^(socket|connect)\(' echo_client
  assert_output "socket("
  run -0 grep -oE '^(socket|connect)\(' echo_client_connected
  assert_output "socket(
connect("
  run -0 grep -c '^write(.*\\0' echo_client_connected
  assert_output 40 # one of two is to standard output
  ((unconnected < 3 * connected && connected < 3 * unconnected))
}

# After a stop the call that waits fails with EINTR, and begins again: signal(7).
# judges: ch06_udp/echo_client
@test "a client that is stopped and continued waits no longer" {
  start_server ch06_udp/echo_server
  pause_server
  start_client ch06_udp/echo_client
  printf 'x\n' >&9
  eventually its_port >port
  local client_pid
  client_pid=$(pgrep -P "$talker")
  ends_between_stops() {
    kill -STOP "$client_pid" 2>/dev/null
    pause 0.02
    kill -CONT "$client_pid" 2>/dev/null
    pause 0.3
    ! kill -0 "$talker" 2>/dev/null
  }
  patience=8 eventually ends_between_stops
  run -0 cat said
  assert_output "echo_client: no answer within 2 seconds"
}

# hint: The buffer must be large enough for any answer. What does not fit into it is lost.
# page: ch06_udp/README.md#one-datagram-one-recvfrom
# judges: ch06_udp/echo_client ch06_udp/echo_client_connected
@test "an answer longer than the question arrives whole" {
  local name
  printf '%s\n' 'import socket, sys' 'server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)' \
    'server.bind(("127.0.0.1", int(sys.argv[1])))' 'while True:' '    data, client = server.recvfrom(65535)' \
    '    server.sendto(data[:1] + b"y" * 2000 + b"\n", client)' >answer.py
  stranger ch06_udp/echo_server 'exec python3 answer.py "$1"'
  start_server ch06_udp/echo_server
  for name in echo_client echo_client_connected; do
    did "asked x, and the server answered with 2002 bytes: x, 2000 times y, and the end of the line"
    run -0 client "ch06_udp/$name" 127.0.0.1 "$port" <<<"x"
    assert_equal "$(tr -cd y <<<"$output" | wc -c) ${output:0:1}" "2000 x"
  done
}

# Linux sends to the loopback address instead, and the answer comes from there.
@test "a server at the address of all zeros is this machine" {
  start_server ch06_udp/echo_server 0 0.0.0.0
  local name
  for name in echo_client echo_client_connected; do
    run -0 client "ch06_udp/$name" 0.0.0.0 "$port" <<<"hello"
    assert_output hello
  done
}

@test "the IPv6 address of all zeros is this machine too" {
  ipv6_or_skip
  start_server ch06_udp/echo_server 0 ::1
  run -0 client ch06_udp/echo_client :: "$port" <<<"hello"
  assert_output hello
  stop_server
  start_server ch06_udp/echo_server 0 127.0.0.1
  run -0 client ch06_udp/echo_client ::ffff:0.0.0.0 "$port" <<<"hello"
  assert_output hello
}

@test "a name is resolved, and the error names a bad one" {
  getent hosts localhost || skip "this machine has no name, not even localhost"
  start_server ch06_udp/echo_server
  run -0 client ch06_udp/echo_client localhost "$port" <<<"by name"
  assert_output "by name"
  run -1 client ch06_udp/echo_client no-such-host.invalid "$port" <<<"x"
  assert_output --partial "no-such-host.invalid: "
}

# A stranger writes to it all the time.
it_has_ended() {
  printf more >&"$stranger" || true
  ! kill -0 "$talker" 2>/dev/null
}

# hint: The limit is for the answer, not for each datagram: those of strangers must not make it begin again.
# page: ch06_udp/README.md#a-connected-socket
# judges: ch06_udp/echo_client
@test "the datagrams of a stranger do not keep it for ever" {
  local stranger
  start_server ch06_udp/echo_server
  pause_server
  start_client ch06_udp/echo_client
  printf 'x\n' >&9
  eventually its_port >port
  did "the server was stopped, and a stranger sent datagrams all the time"
  exec {stranger}>"/dev/udp/127.0.0.1/$(its_port)"
  patience=10 eventually it_has_ended || fail "after 10 seconds it was still waiting"
}

@test "the datagrams of a stranger do not make it wait longer" {
  local stranger client_port status=0
  start_server ch06_udp/echo_server
  pause_server
  start_client ch06_udp/echo_client
  printf 'x\n' >&9
  eventually its_port >port
  client_port=$(its_port)
  exec {stranger}>"/dev/udp/127.0.0.1/$client_port"
  patience=15 eventually it_has_ended
  wait "$talker" || status=$?
  assert_equal "$status" 1
  run -0 cat said
  assert_output "echo_client: no answer within 2 seconds"
}
