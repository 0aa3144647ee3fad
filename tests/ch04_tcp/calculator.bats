#!/usr/bin/env bats
# calculator_server and calculator_client: the protocol of the chapter's README.

setup() {
  load ../harness.bash
  load ../echo.bash
  load messages.bash
}
teardown() { stop_server; }

# asks BYTES: the server's answer to these bytes (as printf %b), as numbers.
asks() { answer_to "$1" | od -An -tu1 | tr -s ' '; }

# hint: Apply the operator from left to right, to all operands. The server knows from the count how many there are.
# page: ch04_tcp/README.md#a-calculator
# bats test_tags=first
@test "three operands and three operators" {
  start_server ch04_tcp/calculator_server
  client_prints ch04_tcp/calculator_client '12 24 36 +\n12 24 36 -\n12 24 36 *\n-5 -\n' $'72\n-48\n10368\n-5'
  ! is_ours ch04_tcp/calculator_server || a_request_in_parts
}
# a_request_in_parts: the first one ends inside an operand, the second one before the operator.
a_request_in_parts() {
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  printf '\02\0\0\0\014\0\0' >&9
  nothing_comes 9
  printf '\0\030' >&9
  nothing_comes 9
  printf + >&9
  run -0 od -An -tu1 -N 5 <&9
  assert_output '   0   0   0   0  36'
  exec 9>&-
}

# The notes: gcc op_serv.c -o opserv, and then a makefile.
@test "one command of the compiler makes the server, and make does it when the source has changed" {
  command -v make >/dev/null || skip "there is no make"
  export CXX FLAGS ROOT=$BATS_TEST_DIRNAME/../.. BUILD_DIR
  CXX=$(of_the_build CMAKE_CXX_COMPILER)
  FLAGS=$(of_the_build COURSE_SANITIZE)
  FLAGS="-std=c++20 -pthread ${FLAGS:+-fsanitize=$FLAGS}"
  cd "$BATS_TEST_TMPDIR"
  cp "$ROOT/ch04_tcp/calculator_server.cpp" op_serv.cpp
  # shellcheck disable=SC2086  # two flags or three
  "$CXX" $FLAGS "-I$ROOT" op_serv.cpp "$BUILD_DIR/common/libcommon.a" -o opserv
  op_serv_calculates 72
  # shellcheck disable=SC2016  # for make and its shell
  printf '%s\n\t%s\n' 'opserv: op_serv.cpp' '"$$CXX" $$FLAGS "-I$$ROOT" op_serv.cpp "$$BUILD_DIR/common/libcommon.a" -o opserv' >makefile
  run -0 make -q
  sed -i 's/return left + right;/return left + right + 1;/' op_serv.cpp
  touch -d '+1 minute' op_serv.cpp
  run -1 make -q
  make
  op_serv_calculates 74
}
of_the_build() { sed -nE "s/^$1:[A-Z]+=//p" "$BUILD_DIR/CMakeCache.txt"; }
op_serv_calculates() {
  COURSE_PROGRAM=ch04_tcp/calculator_server=$BATS_TEST_TMPDIR/opserv start_server ch04_tcp/calculator_server
  client_prints ch04_tcp/calculator_client '12 24 36 +\n' "$1"
  stop_server
}

# hint: Operands and result travel with their highest byte first, and have a sign. The count says where a request ends.
# page: ch04_tcp/README.md#a-calculator
# judges: ch04_tcp/calculator_server
@test "the request is count, operands in network order, operator" {
  start_server ch04_tcp/calculator_server
  run -0 asks '\03\0\0\0\014\0\0\0\030\0\0\0\044+'
  assert_output ' 0 0 0 0 72'
  run -0 asks '\02\0377\0377\0377\0377\0\0\0\02*'
  assert_output ' 0 255 255 255 254'
  run -0 asks '\02\0\0\0\01\0\0\0\02+\01\0\0\0\07-' # the count says where the first one ends
  assert_output ' 0 0 0 0 3 0 0 0 0 7'
  ! is_ours ch04_tcp/calculator_server || a_request_in_parts
}

# judges: ch04_tcp/calculator_client
@test "the client sends just these bytes" {
  start_server ch04_tcp/calculator_server
  traced -o "$BATS_TEST_TMPDIR/calls" -xx -e trace=network
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/calculator_client)" 127.0.0.1 "$port" <<<"258 -1 +"
  assert_output 257
  eventually grep -qF '"\x02\x00\x00\x01\x02\xff\xff\xff\xff\x2b", 10, ' "$BATS_TEST_TMPDIR/calls"
  # The way to the server, and whether the bytes arrive, are no business of the client's.
  eventually calls_are "socket connect sendto recvfrom"
  # The answer has a status: another part of the rules that the two have agreed on.
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"1 2 /"
  assert_output "calculator_client: unknown operator"
}
calls_are() { [[ $(sed -n '/^socket(AF_INET, SOCK_STREAM/,$s/(.*//p' "$BATS_TEST_TMPDIR/calls" | paste -sd ' ') == "$1" ]]; }

# hint: One byte for the count, four for each operand with the highest byte first, one for the operator: ten here.
# page: ch04_tcp/README.md#a-calculator
# judges: ch04_tcp/calculator_client
@test "a server gets count, operands in network order and operator" {
  a_stand_in_for ch04_tcp/calculator_server 'head -c 10 >sent; printf "\0\0\0\1\1"; cat >>sent'
  client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"258 -1 +" >"$BATS_TEST_TMPDIR/printed" || true
  has_sent '002\0\0001002377377377377+'
  assert_equal "$(<"$BATS_TEST_TMPDIR/printed")" 257
}

# hint: One recv may return a part of a reply. It has five bytes: ask for those that are missing.
# page: ch04_tcp/README.md#one-message-is-not-one-read
# judges: ch04_tcp/calculator_client
@test "a reply in three parts is one result" {
  a_stand_in_for ch04_tcp/calculator_server 'head -c 10 >/dev/null' \
    'printf "\0"; soon; printf "\0\0"; soon; printf "\1\1"; cat >/dev/null'
  did "the server sent its reply in three parts"
  client_prints ch04_tcp/calculator_client '258 -1 +\n' 257
}

# hint: This client left with answers on the way. Sending to it fails; end this conversation, not the server.
# page: ch01_basics/README.md
@test "a client that leaves before its answers does not end the server" {
  start_server ch04_tcp/calculator_server
  leaves_early '\01\0\0\0\07+'
  run -0 asks '\01\0\0\0\07+'
  assert_output ' 0 0 0 0 7'
}

# hint: One recv may return a part of a request, or two. The count tells how many bytes belong to it.
# page: ch04_tcp/README.md#a-calculator
# judges: ch04_tcp/calculator_server
@test "a request byte by byte and two at once are answered" {
  start_server ch04_tcp/calculator_server
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local byte
  for byte in '\1' '\0' '\0' '\0' '\7'; do
    did "sent one byte: $byte"
    printf '%b' "$byte" >&9
    nothing_comes 9
  done
  did 'sent its operator, and two more requests'
  printf '+\1\0\0\0\2+\1\0\0\0\3+' >&9
  timeout "$patience" head -c 15 <&9 >"$BATS_TEST_TMPDIR/out" || true
  run -0 od -An -tu1 "$BATS_TEST_TMPDIR/out"
  assert_output '   0   0   0   0   7   0   0   0   0   2   0   0   0   0   3'
  exec 9>&-
}

# hint: A request without a result gets its status and five bytes, and the next request is served. Look for a result that does not fit.
# page: ch04_tcp/README.md#a-calculator
# judges: ch04_tcp/calculator_server
@test "a request without a result gets a status, and the connection stays open" {
  start_server ch04_tcp/calculator_server
  run -0 asks '\0+\01\0\0\0\02/\02\0177\0377\0377\0377\0\0\0\01+\01\0\0\0\07+'
  assert_line --index 0 ' 1 0 0 0 0 2 0 0 0 0 3 0 0 0 0 0'
  is_ours ch04_tcp/calculator_server || return 0
  wait_for_log "request of 1 operands: status 0"
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"+"
  assert_output "calculator_client: no operands"
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"1 2 /"
  assert_output "calculator_client: unknown operator"
  run -1 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"65536 65536 *"
  assert_output "calculator_client: the result does not fit into 32 bits"
}

# hint: The stream may end inside a request: then recv returns 0, and there is nothing to answer.
# page: ch04_tcp/README.md#a-calculator
# judges: ch04_tcp/calculator_server
@test "a stream that ends inside a request drops the client" {
  start_server ch04_tcp/calculator_server
  run -0 asks '\03\0\0\0'
  assert_output ''
  eventually no_connection_is_left
  is_ours ch04_tcp/calculator_server || return 0
  wait_for_log "the stream ended inside a request"
}

# hint: The count is a byte from 0 to 255. In a type with a sign, 255 is -1.
# page: ch04_tcp/README.md#a-calculator
@test "255 operands are the most" {
  start_server ch04_tcp/calculator_server
  client_prints ch04_tcp/calculator_client "$(printf '1 %.0s' {1..255})+\n" 255
  is_ours ch04_tcp/calculator_client || return 0
  run -2 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"$(printf '1 %.0s' {1..256})+"
}

# judges: ch04_tcp/calculator_client
@test "the client refuses a line that is not a calculation" {
  start_server ch04_tcp/calculator_server
  local bad
  for bad in "" "1 23" "1 x +" "2147483648 +" "1 +2"; do
    run -2 client ch04_tcp/calculator_client 127.0.0.1 "$port" <<<"$bad"
    assert_line --index 0 "calculator_client: not a calculation: '$bad'; 12 24 36 + is one (at most 255 numbers, of 32 bits)"
  done
}
