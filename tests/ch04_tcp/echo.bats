#!/usr/bin/env bats
# echo_server and echo_client: one client at a time.

setup() {
  load ../harness.bash
  load ../echo.bash
  contract=ch04_tcp/echo_server
}
teardown() { stop_server; }

@test "its lines tell which client connected, closed or was dropped" {
  start_server "$contract"
  echoes "hello"
  wait_for_log closed
  clients reset 1
  wait_for_log dropped
  run -0 sed 's/:[0-9]*$/:N/; s/:[0-9]*:/:N:/; s/: \(recv\|send\): .*/: REASON/' "$server_log"
  assert_output "listening on 127.0.0.1:N
connected 127.0.0.1:N
closed 127.0.0.1:N
connected 127.0.0.1:N
dropped 127.0.0.1:N: REASON"
}

@test "without a descriptor it says that it waits" {
  start_server "$contract"
  prlimit --pid "$server_pid" --nofile=3:
  echoes "the accept that had begun"
  wait_for_log "waiting: accept: Too many open files"
  ((($(grep -c waiting "$server_log")) < 3))
}

@test "while one client is served the next one waits" {
  start_server "$contract"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf first >&8
  read -rt 20 -N 5 -u 8
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf second >&9
  run -142 read -rt 0.3 -N 6 -u 9 # read timed out: nothing came
  exec 8>&-
  read -rt 20 -N 6 -u 9
  assert_equal "$REPLY" second
  exec 9>&-
}

@test "server and client make their calls in the order of the notes" {
  traced -o "$BATS_TEST_TMPDIR/server" -e trace=network,close
  start_server "$contract"
  traced -o "$BATS_TEST_TMPDIR/client" -e trace=network,read,close
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port" <<<"x"
  eventually grep -q '^close(4)' "$BATS_TEST_TMPDIR/server"
  run -0 calls "$BATS_TEST_TMPDIR/server"
  assert_output "socket(AF_INET setsockopt(3 bind(3 listen(3 getsockname(3 accept4(3 recvfrom(4 sendto(4 recvfrom(4 close(4"
  local socket
  socket=$(sed -nE 's/^socket\(AF_INET, SOCK_STREAM.*= ([0-9]+)$/\1/p' "$BATS_TEST_TMPDIR/client")
  eventually grep -q "^close($socket)" "$BATS_TEST_TMPDIR/client"
  run -0 calls "$BATS_TEST_TMPDIR/client"
  assert_output "socket(AF_INET connect($socket read(0 sendto($socket recvfrom($socket read(0 shutdown($socket recvfrom($socket close($socket"
  # Each end has heard that the other one is finished.
  grep -q '^recvfrom(4, "", .*= 0$' "$BATS_TEST_TMPDIR/server"
  grep -q "^recvfrom($socket, \"\", .*= 0\$" "$BATS_TEST_TMPDIR/client"
  grep -qE "^shutdown\($socket, SHUT_WR\) += 0\$" "$BATS_TEST_TMPDIR/client" # so it heard the close, not itself
  # From the listener nothing can be read: here accept seems to return it, in the place of a new socket.
  stop_server
  traced -o "$BATS_TEST_TMPDIR/server" -e trace=accept4,recvfrom -e inject=accept4:retval=3:when=1
  start_server "$contract"
  wait_for_log "dropped (no address): recv: Transport endpoint is not connected"
  eventually grep -qE '^recvfrom\(3, .* = -1 ENOTCONN ' "$BATS_TEST_TMPDIR/server"
  end_server
}
# calls FILE: the calls from socket to close, each with its descriptor.
calls() {
  sed -n '/^socket(AF_INET, SOCK_STREAM/,$p' "$1" | grep -v unfinished | grep -oE '^[a-z0-9]+\([0-9A-Z_]+' |
    sed '/^close/q' | paste -sd ' '
}

# Both programs of the chapter, then a send that says it has taken 6 bytes: the server offers the other 10.
@test "the server sends back all that it has received, and the client prints it" {
  head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/in"
  start_server "$contract"
  comes_back_through "$BATS_TEST_TMPDIR/in" "$(program ch04_tcp/echo_client)" 127.0.0.1 "$port"
  comes_back_through "$BATS_TEST_TMPDIR/in" socat -t "$patience" - "TCP:127.0.0.1:$port"
  stop_server
  traced -o /dev/null -e inject=sendto:retval=6:when=1
  start_server "$contract"
  run -0 bash -c "printf abcdefghijklmnop | timeout 20 socat -t 20 - TCP:127.0.0.1:$port"
  assert_output ghijklmnop
}

@test "as many clients can wait as the system allows" {
  start_server "$contract"
  local most
  most=$(</proc/sys/net/core/somaxconn)
  run -0 bash -c "ss -Hltn 'sport = :$port' | awk '{ print \$3 }'"
  assert_output "$((most < 4096 ? most : 4096))"
}

@test "bind gives the listener the address and the port of its arguments" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=bind
  start_server "$contract" 0 127.0.0.7
  eventually grep -qF 'sin_port=htons(0), sin_addr=inet_addr("127.0.0.7")}, 16) = 0' "$BATS_TEST_TMPDIR/calls"
  run -0 ss -Hltn "sport = :$port"
  assert_equal "$(awk '{ print $4 }' <<<"$output")" "127.0.0.7:$port"
  run -1 client "$contract" "$port" 127.0.0.7
  assert_line --index 0 "echo_server: bind 127.0.0.7:$port: Address already in use"
  local taken=$port
  end_server
  start_server "$contract" "$taken" 127.0.0.7
  assert_equal "$port" "$taken"
  eventually grep -qF "sin_port=htons($port), sin_addr=inet_addr(\"127.0.0.7\")}, 16) = 0" "$BATS_TEST_TMPDIR/calls"
  end_server
  start_server "$contract" 0 0.0.0.0
  run -0 ss -Hltn "sport = :$port"
  assert_equal "$(awk '{ print $4 }' <<<"$output")" "0.0.0.0:$port"
}

@test "the calls take a pointer to an address, and those that fill it a pointer to its length" {
  local call
  for call in 'bind(fd, (sockaddr*)&address, sizeof address)' 'accept(fd, (sockaddr*)&address, &length)' \
    'sendto(fd, text, 1, 0, (sockaddr*)&address, length)' 'recvfrom(fd, text, 1, 0, (sockaddr*)&address, &length)'; do
    run -0 compiles "$call"
  done
  for call in 'bind(fd, address, sizeof address)' 'bind(fd, (sockaddr*)&address)' 'accept(fd, address)' \
    'sendto(fd, text, 1, 0, &address, length)' 'recvfrom(fd, text, 1, 0, (sockaddr*)&address, sizeof address)'; do
    run compiles "$call"
    assert_failure
  done
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=bind,accept4
  start_server "$contract"
  echoes "called so"
  eventually grep -qE '^bind\(3, \{.*\}, 16\) = 0$' "$BATS_TEST_TMPDIR/calls"
  eventually grep -qE '^accept4\(3, .*\{.*\}, \[[0-9]+ => 16\], SOCK_CLOEXEC\) = 4$' "$BATS_TEST_TMPDIR/calls"
}
# compiles CALL
compiles() {
  c++ -fsyntax-only -include sys/socket.h -include netinet/in.h -x c++ - \
    <<<"void f(int fd, char* text, sockaddr_in address, socklen_t length) { $1; }"
}

@test "while there is no client accept waits, and costs nothing" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace='!write'
  start_server "$contract"
  eventually grep -q '^accept4(3' "$BATS_TEST_TMPDIR/calls"
  does_not_spin
  run -0 tail -n 1 "$BATS_TEST_TMPDIR/calls"
  assert_output --regexp '^accept4\(3, ?$' # it has not returned
  echoes "the first client"
}

@test "accept takes the first client in the queue, on a new socket, and tells its address" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=accept4
  start_server "$contract"
  eventually grep -qE '^accept4\(3, ?$' "$BATS_TEST_TMPDIR/calls" # and waits
  does_not_spin
  assert_equal "$(grep -c '^accept4' "$BATS_TEST_TMPDIR/calls")" 1
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  printf x >&7
  read -rt 20 -N 1 -u 7
  local client
  client=$(ss -Htn "dport = :$port" | awk '{ print $4 }')
  grep -qx "connected $client" "$server_log"
  eventually grep -qE "^accept4\(3, .*\(${client#*:}\), .*\(\"127\.0\.0\.1\"\)}, \[[0-9]+ => 16\], SOCK_CLOEXEC\) = 4$" \
    "$BATS_TEST_TMPDIR/calls"
  exec 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  printf last >&9
  printf next >&8
  exec 7>&-
  read -rt 20 -N 4 -u 8
  assert_equal "$REPLY" next
  run -142 read -rt 0.3 -N 4 -u 9
  exec 8>&-
  read -rt 20 -N 4 -u 9
  assert_equal "$REPLY" last
  exec 9>&-
}

@test "accept returns a new socket, and the listener goes on listening" {
  start_server "$contract"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf x >&8
  read -rt 20 -N 1 -u 8
  run -0 ss -Htn state listening "sport = :$port"
  assert_equal "${#lines[@]}" 1
  run -0 ss -Htn state established "sport = :$port"
  assert_equal "${#lines[@]}" 1
  exec 8>&-
}
