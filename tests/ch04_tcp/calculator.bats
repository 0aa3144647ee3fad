#!/usr/bin/env bats
# calculator_server and calculator_client: the protocol of the chapter's README.

setup() { load ../harness.bash; }
teardown() { stop_server; }

# asks BYTES: the server's answer to these bytes (as printf %b), as numbers.
asks() { printf '%b' "$1" | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" | od -An -tu1 | tr -s ' '; }

@test "three operands and three operators" {
  start_server ch04_tcp/calculator_server
  run -0 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<$'12 24 36 +\n12 24 36 -\n12 24 36 *\n-5 -'
  assert_output $'72\n-48\n10368\n-5'
}

@test "the request is count, operands in network order, operator" {
  start_server ch04_tcp/calculator_server
  run -0 asks '\03\0\0\0\014\0\0\0\030\0\0\0\044+'
  assert_output ' 0 0 0 0 72'
  run -0 asks '\02\0377\0377\0377\0377\0\0\0\02*'
  assert_output ' 0 255 255 255 254'
  run -0 asks '\02\0\0\0\01\0\0\0\02+\01\0\0\0\07-' # the count says where the first one ends
  assert_output ' 0 0 0 0 3 0 0 0 0 7'
}

@test "the client sends just these bytes" {
  start_server ch04_tcp/calculator_server
  traced -o "$BATS_TEST_TMPDIR/calls" -xx -e trace=network
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/calculator_client)" 127.0.0.1 "$port" <<<"258 -1 +"
  assert_output 257
  eventually grep -qF '"\x02\x00\x00\x01\x02\xff\xff\xff\xff\x2b", 10, ' "$BATS_TEST_TMPDIR/calls"
  # The way to the server, and whether the bytes arrive, are no business of the client's.
  eventually calls_are "socket connect sendto recvfrom"
}
calls_are() { [[ $(sed -n '/^socket(AF_INET, SOCK_STREAM/,$s/(.*//p' "$BATS_TEST_TMPDIR/calls" | paste -sd ' ') == "$1" ]]; }

@test "a request byte by byte and two at once are answered" {
  start_server ch04_tcp/calculator_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local byte
  for byte in '\1' '\0' '\0' '\0' '\7'; do
    printf '%b' "$byte" >&9
    run -142 read -rt 0.05 -N 1 -u 9
  done
  printf '+\1\0\0\0\2+\1\0\0\0\3+' >&9
  timeout 20 head -c 15 <&9 >"$BATS_TEST_TMPDIR/out"
  run -0 od -An -tu1 "$BATS_TEST_TMPDIR/out"
  assert_output '   0   0   0   0   7   0   0   0   0   2   0   0   0   0   3'
  exec 9>&-
}

@test "a request without a result gets a status, and the connection stays open" {
  start_server ch04_tcp/calculator_server
  run -0 asks '\0+\01\0\0\0\02/\02\0177\0377\0377\0377\0\0\0\01+\01\0\0\0\07+'
  assert_output --partial ' 1 0 0 0 0 2 0 0 0 0 3 0 0 0 0 0'
  wait_for_log "request of 1 operands: status 0"
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"+"
  assert_output "calculator_client: no operands"
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"1 2 /"
  assert_output "calculator_client: unknown operator"
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"65536 65536 *"
  assert_output "calculator_client: the result does not fit into 32 bits"
}

@test "a stream that ends inside a request drops the client" {
  start_server ch04_tcp/calculator_server
  run -0 asks '\03\0\0\0'
  assert_output ''
  wait_for_log "the stream ended inside a request"
}

@test "255 operands are the most" {
  start_server ch04_tcp/calculator_server
  run -0 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"$(printf '1 %.0s' {1..255})+"
  assert_output 255
  run -2 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"$(printf '1 %.0s' {1..256})+"
}

@test "the client refuses a line that is not a calculation" {
  start_server ch04_tcp/calculator_server
  local bad
  for bad in "" "1 23" "1 x +" "2147483648 +" "1 +2"; do
    run -2 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"$bad"
    assert_line --index 0 "calculator_client: not a calculation: '$bad'; 12 24 36 + is one"
  done
}
