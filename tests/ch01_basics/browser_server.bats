#!/usr/bin/env bats
# browser_server, tested with curl and with requests written by hand.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server; }

# answer_to TEXT: prints the answer to a request written by hand; ends when the server closes.
answer_to() { printf '%b' "$1" | timeout 20 socat -t 8 - "TCP:127.0.0.1:$port"; }
fetch() { timeout 20 curl -sS --noproxy '*' "${@:2}" "http://127.0.0.1:$port$1"; }

@test "a browser gets a page that says where it came from" {
  start_server ch01_basics/browser_server
  run -0 fetch / -i
  assert_line --index 0 $'HTTP/1.1 200 OK\r'
  assert_line $'Content-Type: text/html\r'
  assert_output --regexp '<h1>Hello, browser!</h1><p>You came from 127\.0\.0\.1:[0-9]+\.'
  wait_for_log ": 200 /"
}

@test "the page is as long as Content-Length says" {
  start_server ch01_basics/browser_server
  answer_to 'GET / HTTP/1.1\r\nHost: here\r\n\r\n' >answer
  sed '1,/^\r$/d' answer >page
  assert_equal "$(sed -nE 's/^Content-Length: ([0-9]+)\r$/\1/p' answer)" "$(wc -c <page)"
  grep -q "Hello, browser" page
}

@test "HEAD gets the same fields as GET, but no page" {
  start_server ch01_basics/browser_server
  answer_to 'HEAD / HTTP/1.1\r\nHost: here\r\n\r\n' >answer
  grep -q "^Content-Length: [1-9]" answer
  assert_equal "$(tail -c 4 answer | od -An -c | tr -d ' ')" '\r\n\r\n'
}

@test "an unknown page is 404, another method is 405" {
  start_server ch01_basics/browser_server
  run -0 fetch /favicon.ico -o /dev/null -w '%{http_code}'
  assert_output 404
  run -0 fetch / -o /dev/null -w '%{http_code}' -d some=data
  assert_output 405
  run -0 fetch / -i -X DELETE
  assert_line $'Allow: GET, HEAD\r'
}

@test "what is not a request is 400, another version is 505" {
  start_server ch01_basics/browser_server
  run -0 answer_to 'hello\r\n\r\n'
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
  run -0 answer_to 'GET / HTTP/1.1\r\n\r\n' # without Host
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
  run -0 answer_to 'GET / HTTP/1.1\r\nHost: he' # cut short
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
  run -0 answer_to 'GET / HTTP/2.0\r\nHost: here\r\n\r\n'
  assert_line --index 0 $'HTTP/1.1 505 HTTP Version Not Supported\r'
}

@test "old HTTP is served, and so are lines that end without CR" {
  start_server ch01_basics/browser_server
  run -0 fetch / -0 -o /dev/null -w '%{http_code}'
  assert_output 200
  run -0 answer_to 'GET / HTTP/1.1\nhost: here\n\n'
  assert_line --index 0 $'HTTP/1.1 200 OK\r'
}

server_waits_for_the_end() { [[ -n $(ss -Htn state fin-wait-2 "sport = :$port") ]]; }

# To close with the body unread would reset the connection, and the answer would be lost.
@test "an answer is not lost when nobody reads the body of the request" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  { printf 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n' && head -c 100000 /dev/zero; } >&9
  eventually server_waits_for_the_end
  read -rt 20 -u 9
  assert_equal "$REPLY" $'HTTP/1.1 405 Method Not Allowed\r'
  exec 9>&-
}

@test "an endless line and endless fields are not read for ever" {
  start_server ch01_basics/browser_server
  head -c 100000 /dev/zero | tr '\0' x | timeout 20 socat -u - "TCP:127.0.0.1:$port" || true
  wait_for_log "dropped"
  { printf 'GET / HTTP/1.1\r\nHost: here\r\n'; yes $'x: y\r' | head -n 200 && printf '\r\n'; } >many
  run -0 answer_to "$(<many)\n"
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
}

@test "a silent client holds up nobody, and is dropped in time" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  run -0 fetch / -o /dev/null -w '%{http_code}' --max-time 3
  assert_output 200
  eventually log_holds "Resource temporarily unavailable"
  exec 9>&-
}

@test "control characters in a path are not printed" {
  start_server ch01_basics/browser_server
  answer_to 'GET /\x1b[2J HTTP/1.1\r\nHost: here\r\n\r\n' >answer
  wait_for_log "404 /?[2J"
}

@test "a reset does not end the server" {
  start_server ch01_basics/browser_server
  timeout 20 socat -u /dev/null "TCP:127.0.0.1:$port,linger=0"
  run -0 fetch / -o /dev/null -w '%{http_code}'
  assert_output 200
}

@test "wrong arguments are wrong usage" {
  run -2 client ch01_basics/browser_server 70000
  run -2 client ch01_basics/browser_server 0 127.0.0.1 more
}
