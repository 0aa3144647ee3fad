#!/usr/bin/env bats
# socket_buffers: where sent bytes are, and what close does with them. Between
# two looks the kernel may move bytes from A to B; it never loses one.

setup() {
  load ../harness.bash
  run -0 client ch04_tcp/socket_buffers
}

# numbers LINE: the numbers in that line.
numbers() { grep -oE '[0-9]+' <<<"${lines[$1]}" | paste -sd ' '; }

# bytes_in LINE: the number before the word.
bytes_in() { sed -nE 's/^.* ([0-9]+) bytes.*$/\1/p' <<<"${lines[$1]}"; }

# is_full LINE TOTAL: in that line and the next, A's send buffer and B's receive buffer
# together hold what A has sent.
is_full() {
  local sender receiver
  read -r _ sender <<<"$(numbers "$1")"
  read -r receiver _ <<<"$(numbers $(($1 + 1)))"
  ((sender > 0 && receiver > 0 && sender < $2 && receiver < $2 && sender + receiver >= $2))
}

# as_many_came: in another run, what B says that it got is what its calls of recv returned. Before that A was full, and
# was closed; nothing else ended the stream.
as_many_came() {
  ! is_stranger ch04_tcp/socket_buffers || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto,recvfrom,close,shutdown
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/socket_buffers)"
  assert_equal "$(printf '%s\n' "${lines[@]}" | sed -nE 's/^  B recv: ([0-9]+) bytes, then (the end|Conn).*/\1 \2/p')" \
    "$(awk '/^recvfrom.* = [1-9][0-9]*$/ { sum += $NF } /^recvfrom.* = 0$/ { print sum " the end"; sum = 0 } /ECONNRESET/ { print sum " Conn"; sum = 0 }' \
      "$BATS_TEST_TMPDIR/calls")"
  run -0 awk -F '[(,)]' '/^sendto.*EAGAIN/ { a = $2; print "full" } /^close/ && $2 == a { print "close" }
    /^recvfrom.*(= 0$|ECONNRESET)/ { print "end" } /^recvfrom.* = [1-9]/ && last !~ /^recvfrom/ { print "recv" }
    /^shutdown/ { print "shutdown" } { last = $0 }' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${lines[*]}" "full close full close recv end full close recv end full close recv end"
  # The words are those of the error that recv returned, whichever it is.
  traced -o /dev/null -e trace=recvfrom -e inject=recvfrom:error=EHOSTUNREACH:when=1
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/socket_buffers)"
  assert_line --index 15 "  B recv: 0 bytes, then No route to host"
}

# hint: SIOCOUTQ counts what the peer's kernel has not acknowledged, SIOCINQ what its program has not read. Look when the bytes have arrived.
# page: ch04_tcp/README.md#the-two-buffers
# bats test_tags=first
@test "send returns although the peer has read nothing" {
  assert_line --index 0 --regexp '^A send: 20000 bytes, [0-9]+ us$'
  assert_line --index 1 "  A: 0 in the receive buffer, 0 in the send buffer"
  assert_line --index 2 "  B: 20000 in the receive buffer, 0 in the send buffer"
}

# hint: Send without waiting until there is no room; then add up both buffers.
# page: ch04_tcp/README.md#the-two-buffers
@test "send returns although the bytes have not left the send buffer" {
  # The peer's program has read nothing.
  assert_line --index 0 --regexp '^A send: 20000 bytes, [0-9]+ us$'
  assert_line --index 2 "  B: 20000 in the receive buffer, 0 in the send buffer"
  assert_line --index 3 --regexp '^A sends until there is no room: [0-9]+ bytes more$'
  is_full 4 $((20000 + $(bytes_in 3)))
  # The time is that of the send, and of no wait after it: a send that takes a tenth of a second is seen to do so, each look
  # at the buffers, which takes two, is not. And the count is what send has returned.
  ! is_stranger ch04_tcp/socket_buffers || return 0
  local begin=${EPOCHREALTIME/[.,]/}
  traced -o /dev/null -e trace=sendto,getsockopt,ioctl -e inject=sendto:retval=12345:delay_exit=100000:when=1 \
    -e inject=getsockopt,ioctl:delay_enter=200000:when=1
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/socket_buffers)"
  [[ ${lines[0]} =~ ^'A send: 12345 of 20000 bytes: no room for more, '([0-9]+)' us'$ ]]
  ((BASH_REMATCH[1] >= 100000 && BASH_REMATCH[1] <= ${EPOCHREALTIME/[.,]/} - begin - 400000))
}

# hint: What B sends goes through two other buffers, and another connection has four of its own.
# page: ch04_tcp/README.md#the-two-buffers
@test "each socket has its own two buffers" {
  assert_line --index 6 "B send: 5 bytes"
  assert_line --index 7 --regexp '^  A: 5 in the receive buffer, [1-9][0-9]* in the send buffer$'
  assert_line --index 8 --regexp '^  B: [1-9][0-9]* in the receive buffer, 0 in the send buffer$'
  assert_line --index 9 "another connection"
  assert_line --index 10 "  A: 0 in the receive buffer, 0 in the send buffer"
  assert_line --index 11 "  B: 0 in the receive buffer, 0 in the send buffer"
  # The numbers are the kernel's: with other answers of ioctl they are others.
  is_stranger ch04_tcp/socket_buffers && return
  traced -o /dev/null -e inject=ioctl:poke_exit=@arg3=05000000
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/socket_buffers)"
  local line
  for line in 7 8 10 11; do assert_line --index "$line" --partial ": 5 in the receive buffer, 5 in the send buffer"; done
}

# hint: close only gives the descriptor back; the kernel goes on sending. B reads until recv returns 0.
# page: ch04_tcp/README.md#the-two-buffers
@test "close still delivers what the send buffer holds" {
  assert_line --index 12 --regexp '^A closes, having sent [0-9]+ bytes$'
  is_full 13 "$(bytes_in 12)"
  assert_line --index 15 "  B recv: $(bytes_in 12) bytes, then the end of the stream"
  as_many_came
}

# is_cut_off LINE: there and in the next three lines, B got only what had arrived, and the reset.
is_cut_off() {
  local sent arrived got
  sent=$(bytes_in "$1")
  got=$(bytes_in $(($1 + 3)))
  read -r arrived _ <<<"$(numbers $(($1 + 2)))"
  is_full $(($1 + 1)) "$sent"
  assert_line --index $(($1 + 3)) "  B recv: $got bytes, then Connection reset by peer"
  ((got >= arrived && got < sent))
}

# hint: With a byte unread, close is a reset: B gets what had arrived, then ECONNRESET.
# page: ch04_tcp/README.md#the-two-buffers
@test "close with input unread throws both buffers away and the peer gets a reset" {
  assert_line --index 16 --regexp '^A closes with input unread, having sent [0-9]+ bytes$'
  assert_line --index 17 --regexp '^  A: 1 in the receive buffer, '
  is_cut_off 16
  as_many_came
}

# hint: SO_LINGER with a time of 0 makes close a reset, even with no byte unread.
# page: ch04_tcp/README.md#the-two-buffers
@test "close with a linger time of 0 resets too" {
  assert_line --index 15 "  B recv: $(bytes_in 12) bytes, then the end of the stream"
  assert_line --index 16 --partial 'A closes with input unread'
  is_cut_off 16
  assert_line --index 20 --regexp '^A closes with SO_LINGER 0, having sent [0-9]+ bytes$'
  assert_line --index 21 --regexp '^  A: 0 in the receive buffer, '
  is_cut_off 20
  as_many_came
}

with_small_buffers() {
  local size
  for size in "4096 8192 16384" "4096 4096 4096"; do
    echo "$size" >/proc/sys/net/ipv4/tcp_rmem
    echo "$size" >/proc/sys/net/ipv4/tcp_wmem
    timeout 50 "$1"
  done
}

@test "with small buffers send takes a part, and nothing hangs" {
  privately with_small_buffers "$(program ch04_tcp/socket_buffers)"
  run -0 grep -cE '^A send: [0-9]+ of 20000 bytes: no room for more, [0-9]+ us$' <<<"$output"
  assert_output 2
}

@test "wrong arguments are wrong usage" {
  run -2 client ch04_tcp/socket_buffers more
  assert_line --index 0 "socket_buffers: too many arguments: 'more'"
}
