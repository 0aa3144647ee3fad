#!/usr/bin/env bats
# hello_server, hello_server_raw and hello_client: one greeting, then the end.

setup() {
  load ../harness.bash
  load ../echo.bash
}
teardown() { end_server; }

# greets_one SERVER [ARGUMENT...]: a client gets the greeting, then the server ends with status 0.
greets_one() {
  start_server "$@"
  run -0 --separate-stderr client ch01_basics/hello_client 127.0.0.1 "$port"
  assert_output "Hello!"
  server_ends_with 0
}

# judges: ch01_basics/hello_server
@test "the server greets one client and ends" {
  greets_one ch01_basics/hello_server
  run -0 cat "$server_log"
  assert_line --index 1 --regexp '^connected 127\.0\.0\.1:[0-9]+$'
  assert_line --index 2 --regexp '^closed 127\.0\.0\.1:[0-9]+$'
}

# judges: ch01_basics/hello_server_raw
@test "the raw server greets one client and ends" {
  greets_one ch01_basics/hello_server_raw
  run -0 cat "$server_log"
  assert_line --index 2 --regexp '^closed 127\.0\.0\.1:[0-9]+$'
}

seven_bytes_from() {
  start_server "$1"
  did "connected, and read to the end"
  run -0 bash -c "timeout $patience socat -u TCP:127.0.0.1:$port - | od -An -c | tr -d ' '"
  assert_output 'Hello!\n'
  end_server
}

# hint: The two ends of a connection exchange bytes: send those of the text. The zero byte that ends a C string is none of them.
# page: ch01_basics/README.md#a-greeting
# bats test_tags=first
@test "the greeting has seven bytes and no NUL" {
  seven_bytes_from ch01_basics/hello_server
  seven_bytes_from ch01_basics/hello_server_raw
}

# The client sends nothing and does not close: it waits for the server's close.
closes_after_the_greeting() {
  start_server "$1"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "connected, and waited for the greeting and the end"
  reads_on 9 7 $'Hello!\n'
  local rest
  rest=$(timeout "$patience" cat <&9) || fail "the connection was not closed in time"
  assert_equal "$rest" ""
  exec 9>&-
  server_ends_with 0
}

# hint: The client reads until the server closes. Do not wait for anything from the client before you close.
# page: ch01_basics/README.md#a-greeting
@test "the server closes the connection after the greeting, and ends" {
  closes_after_the_greeting ch01_basics/hello_server
  closes_after_the_greeting ch01_basics/hello_server_raw
}

listens_on_its_port() {
  local given=$((20000 + BASHPID % 10000))
  start_server "$1" "$given"
  assert_equal "port $port" "port $given"
  end_server
}

# hint: The port goes into the address in the order of the network, and must still be there when bind is called.
# page: ch01_basics/README.md#numbers-in-memory
@test "the server listens on the port that it is given" {
  listens_on_its_port ch01_basics/hello_server
  listens_on_its_port ch01_basics/hello_server_raw
}

# The server closes first, so its side of the connection is kept for a minute.
starts_again() {
  start_server "$1" $((20000 + BASHPID % 10000))
  local again=$port
  run -0 timeout "$patience" socat -u "TCP:127.0.0.1:$port" -
  eventually server_is_gone
  end_server
  [[ -n $(ss -Htan "sport = :$again") ]] # the old connection
  did "a client was greeted; started the server again on the same port"
  start_server "$1" "$again"
  end_server
}

# hint: Old connections keep the port for a minute, unless an option of the listener allows bind to share it with them.
# page: ch09_options/README.md
@test "the server starts again at once on the same port" {
  starts_again ch01_basics/hello_server
  starts_again ch01_basics/hello_server_raw
}

# The client closes and then resets, while it waits to be accepted. The first send fails then.
survives_a_client_that_left() {
  start_server "$1"
  pause_server
  did "a client connected, and had left before it was accepted"
  timeout "$patience" socat -u /dev/null "TCP:127.0.0.1:$port,linger=0"
  resume_all
  server_ends_with 1
}

# hint: To send to a client that has left raises SIGPIPE (status 141 is 128 + 13), unless send is told to raise no signal.
# page: ch01_basics/README.md#a-vanished-peer
@test "a client that has left does not kill the server" {
  survives_a_client_that_left ch01_basics/hello_server
  survives_a_client_that_left ch01_basics/hello_server_raw
}

# hint: recv says how many bytes came. Print so many of the buffer: no less, and nothing after them.
# page: ch01_basics/README.md#a-greeting
# judges: ch01_basics/hello_client
# bats test_tags=first
@test "the client prints the greeting and nothing else" {
  start_server ch01_basics/hello_server
  client ch01_basics/hello_client 127.0.0.1 "$port" >"$BATS_TEST_TMPDIR/heard" || echo "the client ended with status $?"
  assert_equal "$(cat -v "$BATS_TEST_TMPDIR/heard")" "Hello!"
}

# calls_of SERVER [ARGUMENT...]: it greets a client; the calls that it makes for that are in the file calls.
calls_of() {
  calls=$BATS_TEST_TMPDIR/calls
  traced -o "$calls" -e trace=network,close,write
  greets_one "$@"
  eventually grep -q "^close(3)" "$calls"
}

# judges: ch01_basics/hello_server, ch01_basics/hello_server_raw
@test "a server makes the calls socket, bind, listen, accept, send and close, in this order" {
  local name given=$((20000 + BASHPID % 10000))
  for name in hello_server hello_server_raw; do
    calls_of "ch01_basics/$name" "$given" 0.0.0.0
    run -0 bash -c "sed -n '/^socket(AF_INET, SOCK_STREAM/,\$ s/^\([a-z0-9]*([0-9]*\).*/\1/p' '$calls' | paste -sd ' '"
    # Each write is the line that says what has been done before it.
    assert_output --regexp '^socket\( setsockopt\(3 bind\(3 listen\(3 getsockname\(3 write\(1 accept4\(3 write\(1 sendto\(4 close\(4 write\(1 close\(3$'
    grep -qF 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)' "$calls"
    grep -qF 'bind(3, {sa_family=AF_INET, sin_port=htons('"$given"'), sin_addr=inet_addr("0.0.0.0")}, 16)' "$calls"
    grep -qE '^listen\(3, [1-9][0-9]*\) += 0$' "$calls"
    [[ $name == hello_server ]] || grep -qE '^listen\(3, 1\) += 0$' "$calls"
    grep -qF 'sendto(4, "Hello!\n", 7, ' "$calls"
  done
}

# judges: ch01_basics/hello_server, ch01_basics/hello_server_raw
@test "our server sends no NUL, and whichever call fails, its status is 1" {
  seven_bytes_from ch01_basics/hello_server
  seven_bytes_from ch01_basics/hello_server_raw
  local name call
  for name in hello_server hello_server_raw; do
    for call in socket setsockopt bind listen getsockname accept4; do
      traced -o /dev/null -e "trace=$call" -e "inject=$call:error=ENOMEM"
      run -1 --separate-stderr timeout 20 "${server_wrapper[@]}" "$(program "ch01_basics/$name")" 0
      # shellcheck disable=SC2154  # stderr is bats's
      grep -q "^$name: ${call%4}.*: Cannot allocate memory$" <<<"$stderr"
    done
    traced -o /dev/null -e trace=sendto -e inject=sendto:error=ENOMEM
    start_server "ch01_basics/$name"
    client ch01_basics/hello_client 127.0.0.1 "$port"
    server_ends_with 1
    grep -q "^$name: send.*: Cannot allocate memory$" "$server_log"
    run -2 client "ch01_basics/$name" x # not 0 either
  done
  # close too, the raw server's first after accept. (The other one does not ask: nothing is lost any more.)
  local closes
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=close,accept4
  seven_bytes_from ch01_basics/hello_server_raw
  closes=$(sed '/^accept4/q' "$BATS_TEST_TMPDIR/calls" | grep -c '^close')
  traced -o /dev/null -e trace=close -e "inject=close:error=EIO:when=$((closes + 1))"
  start_server ch01_basics/hello_server_raw
  client ch01_basics/hello_client 127.0.0.1 "$port"
  server_ends_with 1
  grep -q "^hello_server_raw: close: Input/output error$" "$server_log"
}

@test "a connection needs a protocol, an address and a port, and connect gets the last two in one structure" {
  start_server ch01_basics/hello_server 0 127.0.0.5
  run -1 client ch01_basics/hello_client 127.0.0.1 "$port"
  assert_line --index 0 "hello_client: connect 127.0.0.1:$port: Connection refused"
  run -1 client ch01_basics/hello_client 127.0.0.5 1
  assert_line --index 0 "hello_client: connect 127.0.0.5:1: Connection refused"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,connect
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)" 127.0.0.5 "$port"
  assert_output "Hello!"
  eventually grep -q '^connect' "$BATS_TEST_TMPDIR/calls"
  grep -q '^socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP)' "$BATS_TEST_TMPDIR/calls"
  grep -qF "{sa_family=AF_INET, sin_port=htons($port), sin_addr=inet_addr(\"127.0.0.5\")}, 16) = 0" "$BATS_TEST_TMPDIR/calls"
}

# The client may keep what it has read until it prints all, or be gone.
first_part_is_read() {
  ! kill -0 "$reader" 2>/dev/null || [[ $(ss -Htni "dport = :$port") =~ ^ESTAB\ +0\ .*bytes_received:7\  ]]
}
first_part_is_printed() { grep -q 'in two' "$BATS_TEST_TMPDIR/heard"; }

# hears_two_parts [CONDITION]: a server sends its greeting in two parts, and the client prints both, byte by byte.
hears_two_parts() {
  mkfifo "$BATS_TEST_TMPDIR/words"
  stranger ch01_basics/hello_server 'exec socat -U "TCP-LISTEN:$1,bind=127.0.0.5" OPEN:words,rdonly'
  start_server ch01_basics/hello_server
  exec 9<>"$BATS_TEST_TMPDIR/words"
  client ch01_basics/hello_client 127.0.0.5 "$port" >"$BATS_TEST_TMPDIR/heard" 3>&- 9>&- &
  local reader=$! # $! may change below: eventually starts processes too
  did "the server sent: in two "
  printf 'in two ' >&9
  eventually "${1:-first_part_is_read}"
  did "the client had read it; the server sent: parts, of which one is longer than the buffer"
  printf 'parts, of which one is longer than the buffer' >&9
  exec 9>&-
  wait "$reader" || echo "the client ended with status $?"
  assert_equal "$(cat -v "$BATS_TEST_TMPDIR/heard")" "in two parts, of which one is longer than the buffer"
}

# hint: One recv may return only a part of what the server sends. Receive until it returns 0.
# page: ch01_basics/README.md#a-greeting
# judges: ch01_basics/hello_client
@test "the client reads until the server closes the connection" {
  hears_two_parts
}

# judges: ch01_basics/hello_client
@test "socat can play the server, and the client too" {
  hears_two_parts
  end_server
  unset COURSE_PROGRAM
  seven_bytes_from ch01_basics/hello_server
}

# judges: ch01_basics/hello_client
@test "our client does not crash without an argument, checks connect, and prints what came and no more" {
  complains "connect 127.0.0.1:1: Connection refused" client ch01_basics/hello_client 127.0.0.1 1
  hears_two_parts first_part_is_printed
  traced -o /dev/null -e trace=connect -e inject=connect:error=ECONNREFUSED
  complains 'connect .*:9190: Connection refused' timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)"
  end_server
  unset COURSE_PROGRAM server_wrapper
  start_server ch01_basics/hello_server
  traced -o /dev/null -e trace=recvfrom -e inject=recvfrom:error=ETIMEDOUT
  complains "recv: Connection timed out" timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)" 127.0.0.1 "$port"
}
# complains WORDS COMMAND...: a client that has received nothing prints nothing, and says why.
complains() {
  run -1 --separate-stderr "${@:2}"
  assert_output ""
  assert_regex "${stderr%%$'\n'*}" "^hello_client: $1$"
}

# accepts_with LENGTH: compiles a program that gives accept this for the length of the address, and runs it.
accepts_with() {
  c++ -w -x c++ -o "$BATS_TEST_TMPDIR/accepts" - <<END && timeout 20 "$BATS_TEST_TMPDIR/accepts"
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
int main() {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  listen(listener, 1);
  getsockname(listener, (sockaddr*)&address, &length);
  connect(client, (sockaddr*)&address, length);
  if (accept(listener, (sockaddr*)&address, $1) == -1) { perror("accept"); return 1; }
}
END
}

# judges: ch01_basics/hello_server, ch01_basics/hello_server_raw
@test "accept gets the address of a variable that has the length, not a number and not a cast of it" {
  calls_of ch01_basics/hello_server_raw
  grep -qE '^accept4\(3, \{sa_family=AF_INET, .*\}, \[16\], SOCK_CLOEXEC\) += 4$' "$calls"
  run -0 accepts_with '&length'
  run -1 accepts_with '(socklen_t*)length'
  assert_output "accept: Bad address"
  local bad
  for bad in length '&20' 20; do
    run -1 accepts_with "$bad"
    assert_output --partial "error:"
  done
}

# unset_fields FILE: compiles this hello_server_raw.cpp so that a variable holds rubbish until it is set, with a
# program.hpp of our own, and prints what bind gets in the eight bytes that the program does not set.
unset_fields() {
  mkdir -p common
  cat >common/program.hpp <<'END'
#include <netinet/in.h>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>
namespace app {
using Args = std::span<const std::string>;
struct UsageError : std::runtime_error { using runtime_error::runtime_error; };
struct Usage { const char* text; int most; };
void say(const auto&...) {}
inline long number(Args, int, const char*, long, long, long usual) { return usual; }
int run(int, char**, Usage, auto body) { body(Args{}); return 0; }
}
extern "C" int bind(int, const sockaddr* address, socklen_t) noexcept {
  for (auto byte : reinterpret_cast<const sockaddr_in*>(address)->sin_zero) std::printf("%d ", byte != 0);
  std::exit(0);
}
END
  c++ -std=c++20 -w -ftrivial-auto-var-init=pattern -I . -o unset "$1" && timeout 20 ./unset
}

@test "the raw server sets its address to zero first, without that the fields that it does not set hold rubbish" {
  cd "$BATS_TEST_TMPDIR"
  local source=$BATS_TEST_DIRNAME/../../ch01_basics/hello_server_raw.cpp
  run -0 unset_fields "$source"
  assert_output "0 0 0 0 0 0 0 0 "
  sed 's/sockaddr_in local{};.*/sockaddr_in local;/' "$source" >rubbish.cpp
  run -0 unset_fields rubbish.cpp
  assert_output "1 1 1 1 1 1 1 1 "
  sed 's/sockaddr_in local{};.*/sockaddr_in local; __builtin_memset(\&local, 0, sizeof local);/' "$source" >as_in_the_notes.cpp
  run -0 unset_fields as_in_the_notes.cpp
  assert_output "0 0 0 0 0 0 0 0 "
  local given=$((20000 + BASHPID % 10000)) # then it is filled
  calls_of ch01_basics/hello_server_raw "$given" 127.0.0.1
  grep -qF "bind(3, {sa_family=AF_INET, sin_port=htons($given), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0" "$calls"
}

# judges: ch01_basics/hello_client
@test "the calls and names of our client compile, and in C only with the word struct" {
  start_server ch01_basics/hello_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,connect
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)" 127.0.0.1 "$port"
  eventually grep -q '^connect(' "$BATS_TEST_TMPDIR/calls"
  grep -q '^socket(AF_INET, SOCK_STREAM|' "$BATS_TEST_TMPDIR/calls"
  local language word
  for word in 'sizeof(struct sockaddr_in)' '(long)(struct sockaddr*)0' SOCK_STREAM '(long)&connect'; do
    for language in c c++; do
      run -0 in_language "$language" "$word"
    done
  done
  for word in 'sizeof(sockaddr_in)' '(long)(sockaddr*)0'; do
    run -0 in_language c++ "$word"
    run -1 in_language c "$word"
  done
  for word in SOCKEt_STREAM '(long)&connet'; do
    for language in c c++; do
      run -1 in_language "$language" "$word"
    done
  done
}
# in_language LANGUAGE VALUE: does a function that returns this value compile?
in_language() { c++ -fsyntax-only -include netinet/in.h -x "$1" - <<<"long value(void) { return $2; }"; }

# judges: ch01_basics/hello_server, ch01_basics/hello_server_raw
@test "a server that gets no port ends with status 1" {
  start_server ch01_basics/hello_server
  local server
  for server in hello_server hello_server_raw; do
    run -1 client "ch01_basics/$server" "$port"
    assert_line --index 0 --regexp "^$server: bind.*: Address already in use$"
    assert_line --index 1 --partial "see who holds it: ss -tuanp"
  done
}

# judges: ch01_basics/hello_client
@test "a client without a server says which address it tried" {
  run -1 client ch01_basics/hello_client 127.0.0.1 1
  assert_line --index 0 "hello_client: connect 127.0.0.1:1: Connection refused"
  assert_line --index 1 --partial "is the server running"
}

# hint: connect returns -1 when nobody listens. Then there is nothing to receive: say why, and end with a status that is not 0.
# page: ch01_basics/README.md#without-a-server
# judges: ch01_basics/hello_client
@test "without a server the client ends with an error" {
  run --separate-stderr client ch01_basics/hello_client 127.0.0.1 1
  echo "the client ended with status $status"
  ((status && status != 124))
  is_no_crash "$status"
  assert_output ""
}

# judges: ch01_basics/hello_client
@test "a name that does not resolve is in the error message" {
  run -1 client ch01_basics/hello_client no.such.host.invalid
  assert_line --index 0 --partial "hello_client: no.such.host.invalid: "
}

# judges: ch01_basics/hello_client
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

# judges: ch01_basics/hello_client
@test "the client calls socket, connect, recv and close, all on one descriptor" {
  start_server ch01_basics/hello_server
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=network,close
  run -0 --separate-stderr timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/hello_client)" 127.0.0.1 "$port"
  assert_output "Hello!"
  eventually grep -q '^recvfrom.* = 0$' "$BATS_TEST_TMPDIR/calls"
  local fd
  fd=$(sed -n 's/^socket(AF_INET, SOCK_STREAM.* = //p' "$BATS_TEST_TMPDIR/calls")
  eventually grep -q "^close($fd) .*= 0$" "$BATS_TEST_TMPDIR/calls"
  run -0 bash -c "sed '1,/^socket(AF_INET, SOCK_STREAM/d' '$BATS_TEST_TMPDIR/calls' | grep -o '^[a-z]*([0-9]*' | uniq | paste -sd ' '"
  assert_output "connect($fd recvfrom($fd close($fd"
  is_stranger ch01_basics/hello_client || grep -q '^recvfrom(.*"Hello!\\n", 30, 0, ' "$BATS_TEST_TMPDIR/calls"
  complains "connect 127.0.0.1:1: Connection refused" client ch01_basics/hello_client 127.0.0.1 1
}

# judges: ch01_basics/hello_server_raw
@test "the sockets of the raw server are close-on-exec, and its send raises no signal" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=network
  start_server ch01_basics/hello_server_raw
  client ch01_basics/hello_client 127.0.0.1 "$port"
  server_ends_with 0
  eventually grep -q '^sendto(4, .*MSG_NOSIGNAL' "$BATS_TEST_TMPDIR/calls"
  grep -q '^socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC' "$BATS_TEST_TMPDIR/calls"
  grep -q '^accept4(3, .*SOCK_CLOEXEC' "$BATS_TEST_TMPDIR/calls"
}

# hint: The last send must find the connection reset, and raise SIGPIPE: without the flag, and with the signal's default action.
# page: ch01_basics/README.md#a-vanished-peer
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

# judges: ch01_basics/hello_server_raw
@test "with MSG-NOSIGNAL a vanished client is an error that the server reports" {
  traced -o /dev/null -e trace=sendto -e inject=sendto:error=EPIPE
  start_server ch01_basics/hello_server_raw
  client ch01_basics/hello_client 127.0.0.1 "$port"
  server_ends_with 1
  grep -q '^hello_server_raw: send: Broken pipe' "$server_log"
}
