#!/usr/bin/env bats
# nagle: segments and bytes held back, as the kernel counts them. The tests do not compare
# times: on a busy machine another process may take longer than any of them.
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() {
  load ../harness.bash
  load ../calls.bash
  load ../recording.bash
}

# number PATTERN: what the parentheses match, in the line that PATTERN matches.
number() { sed -nE "s/^$1\$/\\1/p" <<<"$output"; }

# Usually two. On a busy machine an ACK may come between two writes; then up to nine.
# hint: The option belongs to the socket that sends. Count the segments in TCP_INFO, before and after.
# page: ch09_options/README.md#nagle-and-tcp_nodelay
@test "with Nagle small writes are joined, without it each is a segment" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=getsockopt,setsockopt
  run -0 timeout "$client_limit" "${server_wrapper[@]}" "$(program ch09_options/nagle)"
  only_nagle_holds_small_writes_back
  assert_line --index 0 "TCP_NODELAY is 0 at first, then 1"
  assert_line --regexp '^Nagle: +ten writes of a byte, [2-9] segments, one recv got 10 bytes$'
  assert_line --regexp '^TCP_NODELAY: +ten writes of a byte, 10 segments, one recv got 10 bytes$'
  run -0 sed -nE 's/^([gs]etsockopt)\([0-9]+, SOL_TCP, (TCP_NODELAY, \[.\]).*/\1 \2/p' "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 "getsockopt TCP_NODELAY, [0]"
  assert_line --index 1 "setsockopt TCP_NODELAY, [1]"
  assert_line --index 2 "getsockopt TCP_NODELAY, [1]"
}

@test "without Nagle messages still arrive joined" {
  run -0 client ch09_options/nagle
  assert_equal "$(number 'TCP_NODELAY: +ten writes of a byte, 10 segments, one recv got ([0-9]+) bytes')" 10
}

# nagle_is_timed: the times it tells of are together no longer than its run.
nagle_is_timed() {
  local begin=${EPOCHREALTIME/[.,]/} how rounds=0 file sum=0
  run -0 client ch09_options/nagle
  local took=$((${EPOCHREALTIME/[.,]/} - begin))
  for how in Nagle TCP_NODELAY; do
    rounds=$(number "$how: +write, write, read: .*, ([0-9]+) us a round")
    file=$(number "$how: +200 MB: ([0-9]+) ms, .*")
    ((rounds > 0 && file > 0))
    sum=$((sum + 20 * rounds + 1000 * file))
  done
  ((sum <= took))
}

# A round that is held back takes 40 ms, or more on a busy machine.
only_nagle_holds_small_writes_back() {
  local held
  held=$(number 'Nagle: +write, write, read: held back in ([0-9]+) of 20 rounds, [0-9]+ us a round')
  ((held >= 10 && held <= 20))
  (($(number 'Nagle: +write, write, read: held back in [0-9]+ of 20 rounds, ([0-9]+) us a round') > 10000))
  held=$(number 'TCP_NODELAY: +write, write, read: held back in ([0-9]+) of 20 rounds, [0-9]+ us a round')
  assert_equal "$held" 0
}

# hint: With Nagle the second small write waits for the ACK of the first. Set TCP_NODELAY on the end that writes, not on the listener.
# page: ch09_options/README.md#nagle-and-tcp_nodelay
@test "with Nagle write, write, read is held back, without it not" {
  nagle_is_timed
  only_nagle_holds_small_writes_back
  ! is_stranger ch09_options/nagle || return 0
  assert_line "TCP_NODELAY is 0 at first, then 1"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=setsockopt
  timeout "$client_limit" "${server_wrapper[@]}" "$(program ch09_options/nagle)" >"$BATS_TEST_TMPDIR/said"
  run -0 grep -cE '^setsockopt\([0-9]+, SOL_TCP, TCP_NODELAY, \[1\], 4\) = 0$' "$BATS_TEST_TMPDIR/calls"
  assert_output 5 # one for each experiment, and the one that is only asked for
  run -0 c++ -fsyntax-only -include netinet/tcp.h -x c++ - <<<'int number = TCP_NODELAY;' # the header of the notes
}

# The kernel counts the delayed ACKs: with Nagle one in each round.
@test "the held back data waits for a delayed ACK" {
  private_networks_or_skip
  delayed_acks_of() {
    local before
    before=$(delayed_acks)
    "$1" >/dev/null
    echo "$(($(delayed_acks) - before))"
  }
  delayed_acks() {
    awk '$1 == "TcpExt:" && !n { n = split($0, names); next }
         $1 == "TcpExt:" { for (i = 1; i <= n; i++) if (names[i] == "DelayedACKs") print $i }' /proc/net/netstat
  }
  run -0 in_private_network timeout 60 bash -c \
    "$(declare -f delayed_acks_of delayed_acks); delayed_acks_of '$(program ch09_options/nagle)'"
  ((output >= 20))
}

a_big_file_takes_as_many_segments() {
  local with without
  with=$(number 'Nagle: +200 MB: [0-9]+ ms, ([0-9]+) segments')
  without=$(number 'TCP_NODELAY: +200 MB: [0-9]+ ms, ([0-9]+) segments')
  ((with > 3050 && without > 3050)) # a packet has less than 65536 bytes
  ((with < 2 * without && without < 2 * with))
}

# the_kernel_is_asked: each experiment sets its option once, and what waits is what the kernel says of the near end. (Here
# it says how many segments with data that end has sent: 50, and those two.)
the_kernel_is_asked() {
  ! is_stranger ch09_options/nagle || return 0
  run -0 with_calls 'int getsockopt(int fd, int level, int name, void *value, socklen_t *length) noexcept {
      int result = reinterpret_cast<decltype(&getsockopt)>(dlsym(RTLD_NEXT, "getsockopt"))(fd, level, name, value, length);
      if (level == IPPROTO_TCP && *length > 156) static_cast<unsigned *>(value)[144 / 4] = static_cast<unsigned *>(value)[156 / 4];
      return result;
    }
    int setsockopt(int fd, int level, int name, const void *value, socklen_t length) noexcept {
      if (level == IPPROTO_TCP) dprintf(1, "set %d\n", *static_cast<const int *>(value));
      return reinterpret_cast<decltype(&setsockopt)>(dlsym(RTLD_NEXT, "setsockopt"))(fd, level, name, value, length);
    }' ch09_options/nagle
  assert_line --regexp '^Nagle: +a full segment after a byte: 2 segments at once, 5[2-9] bytes wait$'
  assert_line --regexp '^TCP_NODELAY: +a full segment after a byte: 2 segments at once, 5[2-9] bytes wait$'
  assert_equal "$(sed -n 's/^set //p; s/^\(.\).* 200 MB: .*/\1/p' <<<"$output" | paste -sd ' ')" "1 0 1 0 1 0 1 0 N 1 T"
}

# hint: Nagle waits only with less than a full segment.
# page: ch09_options/README.md#nagle-and-tcp_nodelay
@test "Nagle holds small writes back, but no full segment" {
  nagle_is_timed
  only_nagle_holds_small_writes_back
  a_big_file_takes_as_many_segments
  assert_line "Nagle:       a full segment after a byte: 2 segments at once, 0 bytes wait"
  assert_line "TCP_NODELAY: a full segment after a byte: 2 segments at once, 0 bytes wait"
  the_kernel_is_asked
}

# hint: A big file is sent in full segments, which wait for nothing.
# page: ch09_options/README.md#nagle-and-tcp_nodelay
@test "a big file takes as many segments with Nagle as without" {
  nagle_is_timed
  only_nagle_holds_small_writes_back # the two do differ
  a_big_file_takes_as_many_segments
  assert_line "Nagle:       a full segment after a byte: 2 segments at once, 0 bytes wait" # nothing to speed up
  assert_line "TCP_NODELAY: a full segment after a byte: 2 segments at once, 0 bytes wait"
  the_kernel_is_asked
}

# Its small frames. The second connection is the one that writes ten times without Nagle; before that each end
# of it has sent 50 bytes, one by one.
small_frames() {
  cd "$BATS_TEST_TMPDIR" || return
  begin_recording lo -f 'less 100'
  "$(program ch09_options/nagle)" >/dev/null
  eventually has_recorded 'tcp.stream == 1 && tcp.flags.fin == 1'
  end_recording
}

# On Ethernet each packet has 14 bytes more.
@test "without Nagle each byte travels after 52 bytes of headers, and an empty ACK has as many" {
  recorder_or_skip
  privately small_frames
  cd "$BATS_TEST_TMPDIR"
  run -0 recorded 'tcp.stream == 1 && tcp.len == 1' ip.len
  ((${#lines[@]} >= 50 + 50 + 10))
  assert_equal "$(sort -u <<<"$output")" 53
  run -0 recorded 'tcp.stream == 1 && tcp.len > 1' ip.len
  assert_output "" # no two travel together
  run -0 recorded 'tcp.stream == 1 && tcp.len == 0' ip.len
  assert_line 52
  has_recorded 'tcp.stream == 0 && tcp.len > 1' # with Nagle some travel together
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/nagle more
  assert_line --index 0 "nagle: too many arguments: 'more'"
}

room_for_one_segment() {
  echo 4096 4096 4096 >/proc/sys/net/ipv4/tcp_wmem
  ! client ch09_options/nagle 2>&1
}

@test "where a big file takes hours the wait for it has an end" {
  privately room_for_one_segment
  assert_line --regexp '^nagle: only [0-9]+ of 200 MB in ten seconds$'
}
