#!/usr/bin/env bats
# browser_server, looked at with curl and byte by byte.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server; }

# says TEXT: what comes back for a request written by hand; ends when the server closes.
says() { printf '%b' "$1" | timeout 20 socat -t 8 - "TCP:127.0.0.1:$port"; }
fetch() { timeout 20 curl -sS --noproxy '*' "${@:2}" "http://127.0.0.1:$port$1"; }

@test "a browser gets a page that says where it came from" {
  start_server ch01_basics/browser_server
  run -0 fetch / -i
  assert_line --index 0 $'HTTP/1.1 200 OK\r'
  assert_line $'Content-Type: text/html\r'
  assert_output --regexp '<h1>Hello, browser!</h1><p>You came from 127\.0\.0\.1:[0-9]+\.'
  wait_for_log ": 200 /"
}

@test "the length that is said is the length that comes" {
  start_server ch01_basics/browser_server
  says 'GET / HTTP/1.1\r\nHost: here\r\n\r\n' >answer
  sed '1,/^\r$/d' answer >page
  assert_equal "$(sed -nE 's/^Content-Length: ([0-9]+)\r$/\1/p' answer)" "$(wc -c <page)"
  grep -q "Hello, browser" page
}

@test "HEAD gets the fields of GET without the page" {
  start_server ch01_basics/browser_server
  says 'HEAD / HTTP/1.1\r\nHost: here\r\n\r\n' >answer
  grep -q "^Content-Length: [1-9]" answer
  assert_equal "$(tail -c 4 answer | od -An -c | tr -d ' ')" '\r\n\r\n'
}

@test "what is not there is 404, what may not be is 405" {
  start_server ch01_basics/browser_server
  run -0 fetch /favicon.ico -o /dev/null -w '%{http_code}'
  assert_output 404
  run -0 fetch / -o /dev/null -w '%{http_code}' -d some=data
  assert_output 405
  run -0 fetch / -i -X DELETE
  assert_line $'Allow: GET, HEAD\r'
}

@test "what is no request is 400, and another version 505" {
  start_server ch01_basics/browser_server
  run -0 says 'hello\r\n\r\n'
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
  run -0 says 'GET / HTTP/1.1\r\n\r\n' # without Host
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
  run -0 says 'GET / HTTP/1.1\r\nHost: he' # cut short
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
  run -0 says 'GET / HTTP/2.0\r\nHost: here\r\n\r\n'
  assert_line --index 0 $'HTTP/1.1 505 HTTP Version Not Supported\r'
}

@test "HTTP of 1996 is served, and lines that end without CR" {
  start_server ch01_basics/browser_server
  run -0 fetch / -0 -o /dev/null -w '%{http_code}'
  assert_output 200
  run -0 says 'GET / HTTP/1.1\nhost: here\n\n'
  assert_line --index 0 $'HTTP/1.1 200 OK\r'
}

server_waits_for_the_end() { [[ -n $(ss -Htn state fin-wait-2 "sport = :$port") ]]; }

# A close with the body unread would be a reset, and take the answer with it.
@test "an answer is not lost behind a body that nobody wants" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  { printf 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n' && head -c 100000 /dev/zero; } >&9
  eventually server_waits_for_the_end
  read -rt 20 -u 9
  assert_equal "$REPLY" $'HTTP/1.1 405 Method Not Allowed\r'
  exec 9>&-
}

@test "a line without an end and fields without an end are not read for ever" {
  start_server ch01_basics/browser_server
  head -c 100000 /dev/zero | tr '\0' x | timeout 20 socat -u - "TCP:127.0.0.1:$port" || true
  wait_for_log "dropped"
  { printf 'GET / HTTP/1.1\r\nHost: here\r\n'; yes $'x: y\r' | head -n 200 && printf '\r\n'; } >many
  run -0 says "$(<many)\n"
  assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
}

@test "who connects and says nothing holds up nobody, and is closed in time" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  run -0 fetch / -o /dev/null -w '%{http_code}' --max-time 3
  assert_output 200
  eventually log_holds "Resource temporarily unavailable"
  exec 9>&-
}

@test "a path that a terminal would obey is not printed" {
  start_server ch01_basics/browser_server
  says 'GET /\x1b[2J HTTP/1.1\r\nHost: here\r\n\r\n' >answer
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
