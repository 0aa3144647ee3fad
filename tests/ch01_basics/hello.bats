#!/usr/bin/env bats
# hello_server, hello_server_raw and hello_client: one greeting, then the end.

setup() { load ../harness.bash; }
teardown() { end_server; }

# greets_one SERVER: a client gets the greeting, then the server ends with status 0.
greets_one() {
  start_server "$1"
  run -0 client ch01_basics/hello_client 127.0.0.1 "$port"
  assert_output "Hello!"
  server_ends_with 0
}

@test "the server greets one client and ends" {
  greets_one ch01_basics/hello_server
  run -0 cat "$server_log"
  assert_line --index 1 --regexp '^connected 127\.0\.0\.1:[0-9]+$'
  assert_line --index 2 --regexp '^closed 127\.0\.0\.1:[0-9]+$'
}

@test "the raw server greets one client and ends" {
  greets_one ch01_basics/hello_server_raw
  run -0 cat "$server_log"
  assert_line --index 2 --regexp '^closed 127\.0\.0\.1:[0-9]+$'
}

seven_bytes_from() {
  start_server "$1"
  run -0 bash -c "timeout 20 socat -u TCP:127.0.0.1:$port - | od -An -c | tr -d ' '"
  assert_output 'Hello!\n'
  server_ends_with 0
}

@test "the greeting has seven bytes and no NUL" {
  seven_bytes_from ch01_basics/hello_server
  seven_bytes_from ch01_basics/hello_server_raw
}

# calls_of SERVER: it greets a client; the calls that it makes for that are in the file calls.
calls_of() {
  calls=$BATS_TEST_TMPDIR/calls
  traced -o "$calls" -e trace=network,close
  greets_one "$1"
  eventually grep -q "^close(3)" "$calls"
}

@test "a server makes the calls socket, bind, listen, accept, send and close, in this order" {
  local name
  for name in hello_server hello_server_raw; do
    calls_of "ch01_basics/$name"
    run -0 bash -c "sed -n '/^socket(AF_INET, SOCK_STREAM/,\$ s/^\([a-z0-9]*([0-9]*\).*/\1/p' '$calls' | paste -sd ' '"
    assert_output --regexp '^socket\( setsockopt\(3 bind\(3 listen\(3 getsockname\(3 accept4\(3 sendto\(4 close\(4 close\(3$'
    grep -qF 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)' "$calls"
    grep -qF 'sendto(4, "Hello!\n", 7, ' "$calls"
  done
}

@test "our server sends no NUL, and whichever call fails, its status is 1" {
  seven_bytes_from ch01_basics/hello_server
  seven_bytes_from ch01_basics/hello_server_raw
  local name call
  for name in hello_server hello_server_raw; do
    for call in socket setsockopt bind listen getsockname accept4; do
      traced -o /dev/null -e "trace=$call" -e "inject=$call:error=ENOMEM"
      run -1 timeout 20 "${server_wrapper[@]}" "$(program "ch01_basics/$name")" 0
      assert_line --regexp "^$name: ${call%4}.*: Cannot allocate memory$"
    done
  done
}

@test "a connection needs a protocol, an address and a port, and connect gets the last two in one structure" {
  start_server ch01_basics/hello_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,connect
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)" 127.0.0.1 "$port"
  eventually grep -q '^connect' "$BATS_TEST_TMPDIR/calls"
  grep -q '^socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP)' "$BATS_TEST_TMPDIR/calls"
  grep -qF "{sa_family=AF_INET, sin_port=htons($port), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0" "$BATS_TEST_TMPDIR/calls"
}

# hears_two_parts: a server sends its greeting in two parts, and the client prints both, byte by byte.
hears_two_parts() {
  mkfifo "$BATS_TEST_TMPDIR/words"
  stranger ch01_basics/hello_server 'exec socat -U "TCP-LISTEN:$1,bind=127.0.0.1" OPEN:words,rdonly'
  start_server ch01_basics/hello_server
  exec 9<>"$BATS_TEST_TMPDIR/words"
  client ch01_basics/hello_client 127.0.0.1 "$port" >"$BATS_TEST_TMPDIR/heard" 3>&- 9>&- &
  local reader=$! # $! may change below: eventually starts processes too
  printf 'in two ' >&9
  eventually grep -q 'in two' "$BATS_TEST_TMPDIR/heard"
  printf 'parts' >&9
  exec 9>&-
  wait "$reader"
  printf 'in two parts' | cmp - "$BATS_TEST_TMPDIR/heard"
}

@test "the client reads until the server closes the connection" {
  hears_two_parts
}

@test "our client does not crash without an argument, checks connect, and prints what came and no more" {
  run -1 client ch01_basics/hello_client 127.0.0.1 1
  assert_line --index 0 "hello_client: connect 127.0.0.1:1: Connection refused"
  hears_two_parts
  traced -o /dev/null -e trace=connect -e inject=connect:error=ECONNREFUSED
  run -1 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)"
  assert_line --index 0 --regexp '^hello_client: connect .*:9190: Connection refused$'
}

@test "a server that gets no port ends with status 1" {
  start_server ch01_basics/hello_server
  local server
  for server in hello_server hello_server_raw; do
    run -1 client "ch01_basics/$server" "$port"
    assert_line --index 0 --regexp "^$server: bind.*: Address already in use$"
    assert_line --index 1 --partial "see who holds it: ss -tuanp"
  done
}

@test "a client without a server says which address it tried" {
  run -1 client ch01_basics/hello_client 127.0.0.1 1
  assert_line --index 0 "hello_client: connect 127.0.0.1:1: Connection refused"
  assert_line --index 1 --partial "is the server running"
}

@test "a name that does not resolve is in the error message" {
  run -1 client ch01_basics/hello_client no.such.host.invalid
  assert_line --index 0 --partial "hello_client: no.such.host.invalid: "
}

@test "a client takes a name as well as an address" {
  getent hosts localhost || skip "this machine has no name, not even localhost"
  start_server ch01_basics/hello_server
  run -0 client ch01_basics/hello_client localhost "$port"
  assert_output "Hello!"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch01_basics/hello_client 127.0.0.1 0
  assert_line --index 1 "usage: hello_client [HOST [PORT]]"
  run -2 client ch01_basics/hello_client ""
  run -2 client ch01_basics/hello_client 127.0.0.1 1 more
  run -2 client ch01_basics/hello_server_raw 0 ::1
  run -2 client ch01_basics/hello_server_raw x
  run -2 client ch01_basics/hello_server 0 127.1
  run -0 client ch01_basics/hello_server --help
  assert_output "usage: hello_server [PORT [ADDRESS]]"
}

@test "the client calls socket, connect, recv and close, all on one descriptor" {
  start_server ch01_basics/hello_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=network,close
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)" 127.0.0.1 "$port"
  eventually grep -q '^recvfrom.* = 0$' "$BATS_TEST_TMPDIR/calls"
  local fd
  fd=$(sed -n 's/^socket(AF_INET, SOCK_STREAM.* = //p' "$BATS_TEST_TMPDIR/calls")
  eventually grep -q "^close($fd) .*= 0$" "$BATS_TEST_TMPDIR/calls"
  run -0 bash -c "sed '1,/^socket(AF_INET, SOCK_STREAM/d' '$BATS_TEST_TMPDIR/calls' | grep -o '^[a-z]*([0-9]*' | uniq | paste -sd ' '"
  assert_output "connect($fd recvfrom($fd close($fd"
}

@test "the sockets of the raw server are close-on-exec, and its send raises no signal" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=network
  start_server ch01_basics/hello_server_raw
  client ch01_basics/hello_client 127.0.0.1 "$port"
  server_ends_with 0
  eventually grep -q '^sendto(4, .*MSG_NOSIGNAL' "$BATS_TEST_TMPDIR/calls"
  grep -q '^socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC' "$BATS_TEST_TMPDIR/calls"
  grep -q '^accept4(3, .*SOCK_CLOEXEC' "$BATS_TEST_TMPDIR/calls"
}

@test "without MSG-NOSIGNAL a vanished peer kills the program in silence" {
  run -141 client ch01_basics/broken_pipe_raw
  assert_line --index 0 "after the peer's close: sent"
  assert_line --index 1 "after its reset: Broken pipe"
  assert_equal "${#lines[@]}" 2
}

@test "the signal kills the program even if its parent ignores it" {
  run -141 timeout 20 env --ignore-signal=PIPE "$(program ch01_basics/broken_pipe_raw)"
  assert_equal "${#lines[@]}" 2
}

@test "with MSG-NOSIGNAL a vanished client is an error that the server reports" {
  traced -o /dev/null -e trace=sendto -e inject=sendto:error=EPIPE
  start_server ch01_basics/hello_server_raw
  client ch01_basics/hello_client 127.0.0.1 "$port"
  server_ends_with 1
  grep -q '^hello_server_raw: send: Broken pipe' "$server_log"
}
