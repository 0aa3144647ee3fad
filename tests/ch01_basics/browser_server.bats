#!/usr/bin/env bats
# browser_server, tested with curl and with requests written by hand.
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server; }

# answer_to TEXT: prints the answer to a request written by hand, as printf '%b' writes it; ends when
# the server closes. A reset is status 1.
answer_to() {
  did "sent: ${1:0:150}"
  printf '%b' "$1" | timeout "$patience" socat -t 8 - "TCP:127.0.0.1:$port"
}
fetch() {
  did "curl $*"
  timeout "$patience" curl -sS --noproxy '*' "${@:2}" "http://127.0.0.1:$port$1"
}

# hint: Compare your answer with the one on the page, line by line: the status, the fields, an empty line, the page.
# page: ch01_basics/README.md#a-browser-for-a-client
# bats test_tags=first
@test "a browser gets a page" {
  start_server ch01_basics/browser_server
  run -0 fetch / -i
  assert_line --index 0 --regexp '^HTTP/1\.[01] 200 '
  assert_line --regexp '^[Cc]ontent-[Tt]ype: text/html'
  run -0 fetch /
  assert_output --partial "<"
}

@test "a browser gets a page that says where it came from" {
  start_server ch01_basics/browser_server
  run -0 fetch / -i
  assert_line --index 0 $'HTTP/1.1 200 OK\r'
  assert_line $'Content-Type: text/html\r'
  assert_output --regexp '<h1>Hello, browser!</h1><p>You came from 127\.0\.0\.1:[0-9]+\.'
  wait_for_log ": 200 /"
}

@test "the name of an interface cannot become a part of the page" {
  odd_interface() {
    ip link add name '<b>&x' index 77 type veth peer name other
    ip link set other up
    ip link set '<b>&x' up
    ip address add fe80::7/64 dev '<b>&x' nodad
    start_server ch01_basics/browser_server 0 ::
    timeout "$patience" curl -sS --noproxy '*' "http://[fe80::7%2577]:$port/"
  }
  ipv6_or_skip
  privately odd_interface
  assert_output --regexp 'You came from \[fe80::7%&lt;b>&amp;x\]:[0-9]+\.$'
}

# hint: Content-Length counts the bytes of the page only: not the fields, no zero byte, and not what you had in mind.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "the page is as long as Content-Length says" {
  start_server ch01_basics/browser_server
  answer_to 'GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n' >answer
  sed '1,/^\r$/d' answer >page
  assert_equal "Content-Length $(sed -nE 's/^Content-Length: ([0-9]+)\r$/\1/Ip' answer)" "Content-Length $(wc -c <page)"
  [[ -s page ]]
}

# hint: HEAD wants everything but the page: the same fields, with the length that the page would have.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "HEAD gets the same fields as GET, but no page" {
  start_server ch01_basics/browser_server
  answer_to 'HEAD / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n' >answer
  run -0 cat answer
  assert_line --regexp '^[Cc]ontent-[Ll]ength: [1-9]'
  assert_equal "the answer ends with $(tail -c 4 answer | od -An -c | tr -d ' ')" 'the answer ends with \r\n\r\n'
}

# answers_are: a line of its input is a status, the section of RFC 9112 (or 9110) with the rule, and a
# request. Each answer is read to its end, and says that the connection ends with it.
answers_are() {
  local right section request count=0
  start_server ch01_basics/browser_server
  while read -r right section request; do
    run -0 answer_to "$request"
    # shellcheck disable=SC2053  # a pattern, such as 4??
    [[ ${output%%$'\r\n'*} == HTTP/1.[01]\ $right\ * ]] ||
      fail "RFC 9112 or 9110, section $section, ${request:0:200}: not $right but ${output:-nothing}"
    is_stranger ch01_basics/browser_server || [[ $output == HTTP/1.1*$'\r\nConnection: close\r\n'* ]]
    count=$((count + 1))
  done
  ((count > 2))
}

# hint: Look at the method and at the target before you answer. 405 must list the methods that are good.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "an unknown page is 404, another method is 405" {
  start_server ch01_basics/browser_server
  run -0 fetch /favicon.ico -o /dev/null -w '%{http_code}'
  assert_output 404
  run -0 fetch / -o /dev/null -w '%{http_code}' -d some=data
  assert_output 405
  run -0 fetch / -i -X DELETE
  assert_line --regexp '^[Aa]llow: .*GET'
  is_stranger ch01_basics/browser_server || assert_line $'Allow: GET, HEAD\r'
}

@test "a method that no server here knows is 501" {
  answers_are <<'END'
    200 9110/9.3.1 GET / HTTP/1.1\r\nHost: here\r\n\r\n
    200 9110/9.3.2 HEAD / HTTP/1.1\r\nHost: here\r\n\r\n
    405 9110/15.5.6 OPTIONS / HTTP/1.1\r\nHost: here\r\n\r\n
    405 9110/15.5.6 TRACE / HTTP/1.1\r\nHost: here\r\n\r\n
    501 9110/9.1 BREW / HTTP/1.1\r\nHost: here\r\n\r\n
    501 9110/9.1 get / HTTP/1.1\r\nHost: here\r\n\r\n
END
}

@test "empty lines before a request are skipped" {
  answers_are <<'END'
    200 2.2 \r\nGET / HTTP/1.1\r\nHost: here\r\n\r\n
    200 2.2 \n\r\n\nGET / HTTP/1.1\r\nHost: here\r\n\r\n
    400 2.2 \rGET / HTTP/1.1\r\nHost: here\r\n\r\n
END
}

@test "a request line is three words with one blank between them" {
  answers_are <<'END'
    400 3 hello\r\n\r\n
    400 3 GET /\r\n\r\n
    400 3 GET  HTTP/1.1\r\nHost: here\r\n\r\n
    400 3 \x20GET / HTTP/1.1\r\nHost: here\r\n\r\n
    400 3 GET  / HTTP/1.1\r\nHost: here\r\n\r\n
    400 3 GET /  HTTP/1.1\r\nHost: here\r\n\r\n
    400 3 GET\t/\tHTTP/1.1\r\nHost: here\r\n\r\n
    400 3 GET / HTTP/1.1 \r\nHost: here\r\n\r\n
    400 3 GET / HTTP/1.1 more\r\nHost: here\r\n\r\n
    400 3 GET /a b HTTP/1.1\r\nHost: here\r\n\r\n
    400 3 POST  / HTTP/1.1\r\nHost: here\r\n\r\n
    400 3 FOO /a b HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.1 G(T / HTTP/1.1\r\nHost: here\r\n\r\n
END
}

@test "a version that is not one is 400, another is 505" {
  answers_are <<'END'
    400 2.3 GET / http/1.1\r\nHost: here\r\n\r\n
    400 2.3 GET / HTTP/1\r\nHost: here\r\n\r\n
    400 2.3 GET / HTTP/1.10\r\nHost: here\r\n\r\n
    400 2.3 GET / HTTP/x.1\r\nHost: here\r\n\r\n
    200 2.3 GET / HTTP/1.2\r\nHost: here\r\n\r\n
    200 2.3 GET / HTTP/1.0\r\n\r\n
    505 9110/15.6.6 GET / HTTP/2.0\r\nHost: here\r\n\r\n
    505 9110/15.6.6 GET / HTTP/0.9\r\n\r\n
    505 9110/15.6.6 PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
END
}

@test "a target may be a path or a whole address" {
  answers_are <<'END'
    200 3.2.1 GET /?one=1&two=/2 HTTP/1.1\r\nHost: here\r\n\r\n
    404 3.2.1 GET /other?/ HTTP/1.1\r\nHost: here\r\n\r\n
    404 3.2.1 GET // HTTP/1.1\r\nHost: here\r\n\r\n
    200 3.2.2 GET http://here/ HTTP/1.1\r\nHost: here\r\n\r\n
    200 3.2.2 GET http://here:9190/ HTTP/1.1\r\nHost: somebody.else\r\n\r\n
    200 3.2.2 GET HTTP://[::1]:9190 HTTP/1.1\r\nHost: here\r\n\r\n
    200 3.2.2 GET http://here?one=1 HTTP/1.1\r\nHost: here\r\n\r\n
    404 3.2.2 GET http://here/other HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2.2 GET http://here/ HTTP/1.1\r\n\r\n
    400 9110/4.2.1 GET http:/// HTTP/1.1\r\nHost: here\r\n\r\n
    400 9110/4.2.1 GET http://:9190/ HTTP/1.1\r\nHost: here\r\n\r\n
    400 9110/4.2.4 GET http://me@here/ HTTP/1.1\r\nHost: here\r\n\r\n
    421 9110/15.5.20 GET https://here/ HTTP/1.1\r\nHost: here\r\n\r\n
    421 3986/3.1 GET a1+-.://here/ HTTP/1.1\r\nHost: here\r\n\r\n
    421 3986/4.3 GET urn:isbn:0451450523 HTTP/1.1\r\nHost: here\r\n\r\n
    421 3986/4.3 GET ftp:/here HTTP/1.1\r\nHost: here\r\n\r\n
    400 9110/4.2.1 GET http:here HTTP/1.1\r\nHost: here\r\n\r\n
    400 9110/4.2.1 GET http:/ HTTP/1.1\r\nHost: here\r\n\r\n
    400 3986/3.1 GET ://here/ HTTP/1.1\r\nHost: here\r\n\r\n
    400 3986/3.1 GET 1a://here/ HTTP/1.1\r\nHost: here\r\n\r\n
    400 3986/3.1 GET a^://here/ HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET here HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2.3 GET here:80 HTTP/1.1\r\nHost: here\r\n\r\n
    405 3.2.3 CONNECT here:80 HTTP/1.1\r\nHost: here:80\r\n\r\n
    405 3.2.4 OPTIONS * HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2.4 GET * HTTP/1.1\r\nHost: here\r\n\r\n
END
}

@test "curl is served as a proxy's client too, and a body that it sends in chunks does not hurt" {
  start_server ch01_basics/browser_server
  run -0 timeout 20 curl -sS --noproxy '' -x "http://127.0.0.1:$port" http://here.test/?x -o /dev/null -w '%{http_code}'
  assert_output 200
  run -0 fetch / -T - -o /dev/null -w '%{http_code}' < <(head -c 300000 /dev/zero)
  assert_output 405
}

@test "a target has codes for control characters, letters beyond ASCII and the number sign" {
  answers_are <<'END'
    200 3.2 GET /?one={1}|<2> HTTP/1.1\r\nHost: here\r\n\r\n
    404 3.2.1 GET /%7e%7E HTTP/1.1\r\nHost: here\r\n\r\n
    404 3.2.1 GET /%2F HTTP/1.1\r\nHost: here\r\n\r\n
    200 3.2.1 GET /?%00 HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /% HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /%7 HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /?%zz HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /#part HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /\xc3\xa9 HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /\x00 HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 GET /\x7f HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 POST /%zz HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 DELETE here HTTP/1.1\r\nHost: here\r\n\r\n
    400 3.2 PUT * HTTP/1.1\r\nHost: here\r\n\r\n
END
}

@test "a request names its host once" {
  answers_are <<'END'
    400 3.2 GET / HTTP/1.1\r\n\r\n
    400 3.2 GET / HTTP/1.2\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: here\r\nHost: here\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost:\r\nhost:\r\n\r\n
    400 3.2 GET / HTTP/1.0\r\nHost: one\r\nHost: two\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: one two\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: http://here/\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: me@here\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: here:http\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: ::1\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: []\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: [::1::2]\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: [:]\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: a%4\r\n\r\n
    200 3.2 GET / HTTP/1.1\r\nHost: %41b\r\n\r\n
    200 3.2 GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:80\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: [here]\r\n\r\n
    200 3986/3.2.2 GET / HTTP/1.1\r\nHost: [v1.a]\r\n\r\n
    200 3986/3.2.2 GET / HTTP/1.1\r\nHost: [Vf0.a:~b]:80\r\n\r\n
    400 3986/3.2.2 GET / HTTP/1.1\r\nHost: [v.a]\r\n\r\n
    400 3986/3.2.2 GET / HTTP/1.1\r\nHost: [v1.]\r\n\r\n
    400 3986/3.2.2 GET / HTTP/1.1\r\nHost: [v1a]\r\n\r\n
    400 3986/3.2.2 GET / HTTP/1.1\r\nHost: [v1.a%41]\r\n\r\n
    400 3986/3.2.2 GET / HTTP/1.1\r\nHost: [1.a]\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHostname: here\r\n\r\n
    200 3.2 GET / HTTP/1.1\r\nHost:\r\n\r\n
    200 3.2 GET / HTTP/1.1\r\nhOST:\t[::1]:9190 \t\r\n\r\n
    200 3.2 GET / HTTP/1.1\r\nHost: 127.0.0.1:\r\n\r\n
END
}

@test "a field is a name, a colon and a value on one line" {
  answers_are <<'END'
    400 5.1 GET / HTTP/1.1\r\nHost : here\r\n\r\n
    400 5.1 GET / HTTP/1.1\r\nHost: here\r\nx\t: y\r\n\r\n
    400 5 GET / HTTP/1.1\r\nHost: here\r\nno colon\r\n\r\n
    400 5 GET / HTTP/1.1\r\nHost: here\r\n: no name\r\n\r\n
    400 9110/5.1 GET / HTTP/1.1\r\nHost: here\r\nx(y: z\r\n\r\n
    400 5.2 GET / HTTP/1.1\r\nHost: here\r\nx: y\r\n z\r\n\r\n
    400 2.2 GET / HTTP/1.1\r\n Host: here\r\n\r\n
    400 2.2 GET / HTTP/1.1\r\nHost: here\r\nx: y\rz: w\r\n\r\n
    400 2.2 GET / HTTP/1.1\r\r\nHost: here\r\n\r\n
    400 9110/5.5 GET / HTTP/1.1\r\nHost: here\r\nx: \x00\r\n\r\n
    400 8 GET / HTTP/1.1\r\nHost: he
    400 8 GET / HTTP/1.1\r\nHost: here\r\n
    400 8 GET / HT
    200 9110/5.5 GET / HTTP/1.1\r\nHost: here\r\nx:\r\nX: \xff: y\r\n\r\n
    200 2.2 GET / HTTP/1.1\nhost: here\n\n
END
}

# What the RFCs say that a server must answer with 400, and a path that is not that of the page.
# hint: Check the request before you answer it. Compare the whole target, all its bytes, and each field's name as it came.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "a request that HTTP forbids is not served" {
  answers_are <<'END'
    400 3.2 GET / HTTP/1.1\r\n\r\n
    400 3.2 GET / HTTP/1.1\r\nHost: here\r\nHost: there\r\n\r\n
    400 5.1 GET / HTTP/1.1\r\nHost: here\r\nHost : there\r\n\r\n
    400 6.3 GET / HTTP/1.1\r\nHost: here\r\nContent-Length: five\r\n\r\nhello
    400 6.3 GET / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello
    4?? 3.2 GET /\x00.txt HTTP/1.1\r\nHost: here\r\n\r\n
    4?? 3.2 GET /../../../etc/passwd HTTP/1.1\r\nHost: here\r\n\r\n
END
}

# hint: Your buffer has an end, and a request need not have one. Check the room that is left before each recv.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "a very long request does not end the server" {
  start_server ch01_basics/browser_server
  did "sent a request line of 100,000 bytes"
  { printf 'GET /' && head -c 100000 /dev/zero | tr '\0' x && printf ' HTTP/1.1\r\nHost: here\r\n\r\n'; } |
    timeout "$patience" socat -t 1 - "TCP:127.0.0.1:$port" >/dev/null 2>&1 || true
  run -0 fetch / -o /dev/null -w '%{http_code}'
  assert_output 200
}

@test "where the body ends must be beyond doubt" {
  answers_are <<'END'
    405 6.2 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello
    405 7.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n
    200 6.2 GET / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello
    200 6.2 GET / HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999999999999999\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: five\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: +5\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: -5\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nContent-Length:\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5, 6\r\n\r\nhello
    400 6.1 POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
    400 6.1 POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\nhello
    501 6.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n
    501 6.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n
    501 7.2 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n
    400 6.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n
    400 6.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
    400 6.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked, gzip, chunked\r\n\r\n0\r\n\r\n
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked, gzip\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: identity\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: gzip, ,\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding:\r\n\r\nhello
    400 6.3 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: ,\r\n\r\nhello
    400 7.1 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked;x=1\r\n\r\n0\r\n\r\n
    405 9110/5.6.1.2 POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: , chunked\t,,\r\n\r\n0\r\n\r\n
    400 6.1 POST / HTTP/1.0\r\nHost: here\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n
    400 6.1 POST / HTTP/1.0\r\nHost: here\r\nContent-Length: 5\r\nTransfer-Encoding:\r\n\r\nhello
    405 9110/10.1.1 POST / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n
END
}

# hint: One recv is not one request. Receive until the empty line that ends the head has come.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "a request may arrive in pieces of one byte" {
  start_server ch01_basics/browser_server
  local piece
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  for piece in 'GET / HT' 'TP/1.1\r\n' 'Host: here\r\nConnection: close\r\n' '\r' '\n'; do
    did "sent: $piece"
    printf '%b' "$piece" >&9
    eventually every_byte_is_read || break
  done
  REPLY=
  read -rt "$patience" -u 9 || echo "no answer came"
  exec 9>&-
  assert_regex "$REPLY" '^HTTP/1\.[01] 200 '
  did "sent a request, byte by byte"
  local before= # an empty line should be skipped; ours does it
  is_stranger ch01_basics/browser_server || before=$'\r\n'
  run -0 timeout "$patience" socat -b 1 - "TCP:127.0.0.1:$port,nodelay" <<<"$before"$'GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r'
  assert_line --index 0 --regexp '^HTTP/1\.[01] 200 '
}

# No byte waits at either side, or the last piece has been answered.
every_byte_is_read() {
  [[ $piece == '\n' ]] || ! ss -Htn state established "( sport = :$port or dport = :$port )" | grep -qvE '^0 +0 '
}

@test "a request that follows the first is not answered" {
  start_server ch01_basics/browser_server
  run -0 answer_to 'GET / HTTP/1.1\r\nHost: here\r\n\r\nGET /2 HTTP/1.1\r\nHost: here\r\n\r\n'
  assert_equal "$(grep -c '^HTTP/' <<<"$output")" 1
  assert_line $'Connection: close\r'
}

@test "an answer has the date, as HTTP writes it" {
  start_server ch01_basics/browser_server
  local target date seconds
  for target in / /other; do
    date=$(answer_to "GET $target HTTP/1.1\r\nHost: here\r\n\r\n" | sed -nE 's/^Date: (.*)\r$/\1/p')
    seconds=$(date -d "$date" +%s)
    ((seconds > EPOCHSECONDS - 60 && seconds <= EPOCHSECONDS))
    assert_equal "$date" "$(LC_ALL=C date -u -d "@$seconds" '+%a, %d %b %Y %H:%M:%S GMT')"
  done
}

@test "a client of the old version of HTTP is served" {
  start_server ch01_basics/browser_server
  run -0 fetch / -0 -o /dev/null -w '%{http_code}'
  assert_output 200
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

# times COUNT TEXT: the text so often.
times() { yes "$2" | head -n "$1" | tr -d '\n'; }

@test "what is too long is refused with an answer that can be read" {
  local most fields
  most=$(times 8000 x)
  fields=$(times 8000 'a:b\r\n')
  answers_are <<END
    404 3 GET /$most HTTP/1.1\r\nHost: here\r\n\r\n
    200 3 GET / HTTP/1.1\r\nHost: here\r\nX: $most\r\n\r\n
    200 3 GET / HTTP/1.1\r\nHost: here\r\n$(times 1000 'a:b\r\n')\r\n
    200 3 GET / HTTP/1.1\r\nHost: here\r\nContent-Length: 16000\r\n\r\n$most$most
    404 3 GET /$(times 8178 y) HTTP/1.1\r\nHost: here\r\n\r\n
    404 3 GET /$(times 8178 y) HTTP/1.1\nHost: here\n\n
    414 9110/15.5.15 GET /$(times 8179 y) HTTP/1.1\r\nHost: here\r\n\r\n
    414 9110/15.5.15 GET /${most}01234567890123456789$most HTTP/1.1\r\nHost: here\r\n\r\n
    414 9110/15.5.15 GET /$(times 8300 y)
    414 9110/15.5.15 GET /$(times 100000 y) HTTP/1.1\r\nHost: here\r\n\r\n
    431 9110/5.4 GET / HTTP/1.1\r\nHost: here\r\nX: $(times 9000 y)\r\n\r\n
    431 9110/5.4 GET / HTTP/1.1\r\nHost: here\r\n$(times 100 'x: 0123456789\r\n')X: $most\r\n\r\n
    431 9110/5.4 GET / HTTP/1.1\r\nHost: here\r\n$fields\r\n
    431 9110/5.4 GET / HTTP/1.1\r\nHost: here\r\nX: $(times 100000 y)\r\n\r\n
    501 3 $(times 100000 G) / HTTP/1.1\r\nHost: here\r\n\r\n
END
  run -0 fetch "/$(times 9000 y)" -o /dev/null -w '%{http_code}'
  assert_output 414
  run -0 fetch / -H "X: $(times 9000 y)" -o /dev/null -w '%{http_code}'
  assert_output 431
}

@test "an answer to HEAD has no page, even if the request is refused" {
  start_server ch01_basics/browser_server
  local request
  for request in "/$(times 9000 x) HTTP/1.1\r\nHost: here\r\n\r\n" '/other HTTP/1.1\r\nHost: here\r\n\r\n' '/ HTTP/1.1\r\n\r\n'; do
    answer_to "HEAD $request" >answer
    grep -q '^HTTP/1.1 4' answer
    assert_equal "$(tail -c 4 answer | od -An -c | tr -d ' ')" '\r\n\r\n'
  done
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
# hint: To close while bytes of the client are unread sends a reset. End your own direction, and read until the client has ended its own.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "a large body is sent to its end before the answer is read" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "sent a POST with a body of 30,000,000 bytes, and then read"
  { printf 'POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 30000000\r\n\r\n' && head -c 30000000 /dev/zero; } >&9 ||
    fail "the connection was reset, and the body was not sent"
  eventually server_waits_for_the_end || echo "the connection was not closed after the answer"
  REPLY=
  read -rt "$patience" -u 9 || echo "no answer came"
  assert_regex "$REPLY" '^HTTP/1\.[01] 405 '
  exec 9>&-
}

# sends_until TEXT: one more byte; true when the log has TEXT.
sends_until() { printf x >&9 && log_holds "$1"; }

@test "a client that sends a byte at a time is told 408" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET / HTTP/1.1\r\nX: ' >&9
  eventually sends_until ": 408"
  read -rt 20 -u 9
  assert_equal "$REPLY" $'HTTP/1.1 408 Request Timeout\r'
  exec 9>&-
}

@test "a client that sends for ever is dropped in time" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n' >&9
  eventually sends_until "dropped 127.0.0.1:"
  exec 9>&-
}

# hint: A browser opens connections that it may need later, and says nothing on them. Your server waits in one of them: what serves the others?
# page: ch01_basics/README.md#a-browser-for-a-client
@test "a silent client holds up nobody" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  did "connected, and sent nothing"
  run -0 fetch / -o /dev/null -w '%{http_code}' --max-time 3
  assert_output 200
  exec 9>&-
}

@test "a silent client holds up nobody, and is dropped in time without an answer" {
  start_server ch01_basics/browser_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  run -0 fetch / -o /dev/null -w '%{http_code}' --max-time 3
  assert_output 200
  wait_for_log ": no request in time"
  run -0 timeout 20 cat <&9
  assert_output ""
  exec 9>&-
}

# Two clones fail, because a sanitizer may make the first thread.
@test "if no thread can be made the browser is dropped and the server goes on" {
  traced -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN:when=1..2
  start_server ch01_basics/browser_server
  run ! fetch /
  wait_for_log "dropped 127.0.0.1:"
  wait_for_log ": Resource temporarily unavailable"
  eventually fetch / -o page
  grep -q "Hello, browser" page
}

@test "control characters in a path are not printed" {
  start_server ch01_basics/browser_server
  answer_to 'GET /\x1b[2J HTTP/1.1\r\nHost: here\r\n\r\n' >answer
  wait_for_log "400 /?[2J"
}

# hint: A reset is that client's affair. End this connection, not the server.
# page: ch01_basics/README.md#a-browser-for-a-client
@test "a reset does not end the server" {
  start_server ch01_basics/browser_server
  did "a client connected, and reset the connection"
  timeout "$patience" socat -u /dev/null "TCP:127.0.0.1:$port,linger=0"
  run -0 fetch / -o /dev/null -w '%{http_code}'
  assert_output 200
}

@test "wrong arguments are wrong usage" {
  run -2 client ch01_basics/browser_server 70000
  run -2 client ch01_basics/browser_server 0 127.0.0.1 more
}
