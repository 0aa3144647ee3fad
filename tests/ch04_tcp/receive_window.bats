#!/usr/bin/env bats
# receive_window: what holds a fast sender back. The kernel chooses the sizes,
# so they are not compared.

setup() {
  load ../harness.bash
  load ../recording.bash
  run -0 client ch04_tcp/receive_window
}

# number LINE PATTERN: the number in the pattern's parentheses.
number() { sed -nE "s/^$2\$/\\1/p" <<<"${lines[$1]}"; }

# window LINE, unread LINE: the bytes in that line.
window() { number "$1" '  [0-9]+ bytes unread, the window is ([0-9]+)'; }
unread() { number "$1" '  ([0-9]+) bytes unread, the window is [0-9]+'; }

# reads LINE, came LINE, went_out LINE: the counts in that line.
reads() { number "$1" '([0-9]+) reads of 64 bytes: [0-9]+ segments came, [0-9]+ went out'; }
came() { number "$1" '[0-9]+ reads of 64 bytes: ([0-9]+) segments came, [0-9]+ went out'; }
went_out() { number "$1" '[0-9]+ reads of 64 bytes: [0-9]+ segments came, ([0-9]+) went out'; }

# hint: Nobody reads, and the sender sends all that the window allows. Ask TCP_INFO when nothing moves any more.
# page: ch04_tcp/README.md#the-receive-window
# bats test_tags=first
@test "the window falls to 0 when the receiver does not read" {
  (($(unread 0) == 0 && $(window 0) > 0))
  (($(unread 2) > 0 && $(window 2) == 0))
}

# hint: send without waiting takes what the send buffer has room for. Offer it the rest later.
# page: ch04_tcp/README.md#the-receive-window
@test "a long message does not fit into the send buffer, and goes out in pieces" {
  local taken
  taken=$(number 1 'send would wait after ([0-9]+) bytes')
  ((taken > $(unread 2) && taken < 4 * 65536)) # the kernel doubles SO_SNDBUF and uses a part of it itself
  assert_line --index 7 "1000000 bytes received, as they were sent"
  is_stranger ch04_tcp/receive_window && return
  # One send was offered all of it and took a part; what all took until one had to wait is the number that is printed.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  taken=$(number 1 'send would wait after ([0-9]+) bytes')
  run -0 sed -nE 's/^sendto\(.*, ([0-9]+), MSG_.* = ([0-9]+)$/\1 \2/p; /EAGAIN/q' "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 --regexp '^1000000 [0-9]+$'
  ((${lines[0]#* } < 1000000))
  assert_equal "$(awk '{ sum += $2 } END { print sum }' <<<"$output")" "$taken"
}

# hint: The send buffer takes more than the window: what has no room there waits at the sender.
# page: ch04_tcp/README.md#the-receive-window
@test "a sender may have more under way than the receiver has room for" {
  (($(number 1 'send would wait after ([0-9]+) bytes') > $(unread 2)))
  (($(number 1 'send would wait after ([0-9]+) bytes') < 1000000))
}

# out_is_out: which count is which. The first 140 bytes of a tcp_info hold what went out, and not what came: with zeros there,
# nothing went out. The next 4 hold all the segments that came, with data or without. And reads are counted by what was read.
out_is_out() {
  ! is_stranger ch04_tcp/receive_window || return 0
  traced -o "$BATS_TEST_TMPDIR/reads" -e trace=recvfrom
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  assert_equal "$(grep -c ', 64, 0, NULL, NULL) = 64$' "$BATS_TEST_TMPDIR/reads")" $((40 + $(reads 5)))
  traced -o /dev/null -e trace=getsockopt -e inject=getsockopt:poke_exit=@arg4="$(printf %0288d 0)"
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  assert_line --index 5 "1000 reads of 64 bytes: 0 segments came, 0 went out"
  traced -o /dev/null -e trace=getsockopt -e inject=getsockopt:poke_exit=@arg4="$(printf %0280d 0)"
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  assert_line --index 5 --regexp '^1000 reads of 64 bytes: [1-9][0-9]* segments came, 0 went out$'
}

# hint: A small read makes a little room, and the kernel does not tell the sender of it. Read 64 bytes at a time.
# page: ch04_tcp/README.md#the-receive-window
@test "a read is not answered with an ACK" {
  assert_equal "$(reads 3)" 40
  (($(unread 4) == $(unread 2) - 40 * 64 && $(window 4) == 0))
  (($(went_out 3) <= $(came 3))) # only a segment that came is answered
  # And when some came and went, it was counted.
  (($(came 5) > 0 && $(went_out 5) > 0 && $(went_out 5) < $(reads 5)))
  out_is_out
}

# hint: When there is much room the kernel sends a window update. Read on until a segment goes out.
# page: ch04_tcp/README.md#the-receive-window
@test "enough reads open the window and the sender goes on" {
  (($(unread 4) == $(unread 2) - 40 * 64)) # each read makes room for what it takes
  (($(window 0) > 0 && $(window 2) == 0 && $(window 4) == 0)) # until then it was closed
  (($(reads 5) > 1 && $(went_out 5) > 0 && $(went_out 5) < $(reads 5)))
  (($(unread 6) > $(unread 4) - 64 * $(reads 5)))
  out_is_out
}

@test "a million bytes arrive in order through a buffer of a few thousand" {
  (($(unread 0) == 0 && $(window 0) > 0))
  (($(unread 2) > 0 && $(unread 2) < 50000 && $(window 2) == 0))
  assert_line --index 7 "1000000 bytes received, as they were sent"
  # No two neighbours are the same byte, and each piece is another one; a byte that changes on the way is noticed.
  traced -o "$BATS_TEST_TMPDIR/calls" -xx -s 252 -e trace=sendto,recvfrom -e inject=recvfrom:poke_exit=@arg2=ff:when=3
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  assert_line --index 7 "1000000 bytes received, not as they were sent"
  run -0 head -n 1 "$BATS_TEST_TMPDIR/calls"
  assert_output --regexp '"\\x00\\x01\\x02\\x03.*\\xf9\\xfa\\x00"\.\.\., 1000000,'
  is_stranger ch04_tcp/receive_window && return
  # What is counted is what came: here 1000 bytes, or so recv says, in each of 1040 reads. The window is what TCP_INFO says.
  traced -o /dev/null -e trace=recvfrom -e inject=recvfrom:retval=1000
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  assert_line --index 7 "1040000 bytes received, not as they were sent"
  traced -o /dev/null -e inject=getsockopt:poke_exit=@arg4="$(printf %0464d 0)"
  run -0 timeout 50 "${server_wrapper[@]}" "$(program ch04_tcp/receive_window)"
  assert_line --index 0 "  0 bytes unread, the window is 0"
}

# A second opinion: the frames that tshark calls a zero window and a window update.
watched() {
  begin_recording lo
  trap end_recording EXIT
  timeout 20 "$1"
  eventually has_recorded 'tcp.flags.fin == 1'
}

@test "on the wire the window falls to 0 and is opened again" {
  recorder_or_skip
  # The program sees the same window.
  (($(unread 0) == 0 && $(window 0) > 0))
  (($(unread 2) > 0 && $(window 2) == 0))
  cd "$BATS_TEST_TMPDIR"
  privately watched "$(program ch04_tcp/receive_window)"
  # The first window that it says is the field of 16 bits in the SYN ACK.
  assert_equal "$(window 0)" "$(recorded 'tcp.flags.syn == 1 && tcp.flags.ack == 1' tcp.window_size_value)"
  run -0 recorded tcp.analysis.zero_window frame.number
  local zero=${lines[0]}
  run -0 recorded tcp.analysis.window_update frame.number
  local update=${lines[0]}
  ((update > zero))
  # Between the two the receiver has answered segments, and no reads.
  run -0 recorded "frame.number > $zero && frame.number < $update" tcp.srcport
  run -0 bash -c 'sort <<<"$1" | uniq -c | awk -v receiver="$2" "{ count[\$2 == receiver] += \$1 } END { print (count[1] <= count[0]) }"' - \
    "$output" "$(recorded 'tcp.flags.syn == 1 && tcp.flags.ack == 1' tcp.srcport)"
  assert_output 1
  # What the receiver allows ends at its ACK and its window; no segment of the sender goes further.
  run -0 recorded tcp tcp.flags -e tcp.srcport -e tcp.seq -e tcp.len -e tcp.ack -e tcp.window_size
  run -0 awk '$1 == "0x0012" { receiver = $2 }
    $2 == receiver && $5 + $6 > allowed { allowed = $5 + $6 }
    receiver && $2 != receiver && $4 { segments++; if ($3 + $4 > allowed) over++ }
    END { print (segments > 100), over + 0 }' <<<"$output"
  assert_output "1 0"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch04_tcp/receive_window more
  assert_line --index 0 "receive_window: too many arguments: 'more'"
}
