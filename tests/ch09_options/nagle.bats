#!/usr/bin/env bats
# nagle: segments and bytes held back, as the kernel counts them. The tests do not compare
# times: on a busy machine another process may take longer than any of them.

setup() { load ../harness.bash; }

# number PATTERN: what the parentheses match, in the line that PATTERN matches.
number() { sed -nE "s/^$1\$/\\1/p" <<<"$output"; }

# Usually two. On a busy machine an ACK may come between two writes; then up to nine.
@test "with Nagle small writes are joined, without it each is a segment" {
  run -0 client ch09_options/nagle
  assert_line --index 0 "TCP_NODELAY is 0 at first, then 1"
  assert_line --regexp '^Nagle: +ten writes of a byte, [2-9] segments, one recv got 10 bytes$'
  assert_line --regexp '^TCP_NODELAY: +ten writes of a byte, 10 segments, one recv got 10 bytes$'
}

@test "without Nagle messages still arrive joined" {
  run -0 client ch09_options/nagle
  assert_equal "$(number 'TCP_NODELAY: +ten writes of a byte, 10 segments, one recv got ([0-9]+) bytes')" 10
}

only_nagle_holds_small_writes_back() {
  local held
  held=$(number 'Nagle: +write, write, read: held back in ([0-9]+) of 20 rounds, [0-9]+ us a round')
  ((held >= 10 && held <= 20))
  held=$(number 'TCP_NODELAY: +write, write, read: held back in ([0-9]+) of 20 rounds, [0-9]+ us a round')
  assert_equal "$held" 0
}

@test "with Nagle write, write, read is held back, without it not" {
  run -0 client ch09_options/nagle
  only_nagle_holds_small_writes_back
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

@test "Nagle holds small writes back, but no full segment" {
  run -0 client ch09_options/nagle
  only_nagle_holds_small_writes_back
  assert_line "Nagle:       a full segment after a byte: 2 segments at once, 0 bytes wait"
  assert_line "TCP_NODELAY: a full segment after a byte: 2 segments at once, 0 bytes wait"
}

@test "a big file takes as many segments with Nagle as without" {
  run -0 client ch09_options/nagle
  local with without
  with=$(number 'Nagle: +200 MB: [0-9]+ ms, ([0-9]+) segments')
  without=$(number 'TCP_NODELAY: +200 MB: [0-9]+ ms, ([0-9]+) segments')
  ((with > 1000 && without > 1000))
  ((with < 2 * without && without < 2 * with))
}

# On Ethernet each packet has 14 bytes more.
@test "a byte of data travels after 52 bytes of headers, and so does an empty ACK" {
  one_byte() {
    start_server ch04_tcp/stream_receiver
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    wait_for_log connected
    before=$(traffic)
    printf x >&9
    eventually acknowledged || true
    echo "$(traffic), $before before"
    end_server
  }
  # traffic: bytes and packets of the loopback so far.
  traffic() { awk '$1 == "lo:" { print $2, $3 }' /proc/net/dev; }
  acknowledged() { [[ $(traffic) == "$((${before% *} + 53 + 52)) $((${before#* } + 2))" ]]; }
  privately one_byte
  [[ $output =~ ^([0-9]+)\ ([0-9]+),\ ([0-9]+)\ ([0-9]+)\ before$ ]]
  assert_equal "$((BASH_REMATCH[1] - BASH_REMATCH[3])) bytes in $((BASH_REMATCH[2] - BASH_REMATCH[4]))" "105 bytes in 2"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/nagle more
  assert_line --index 0 "nagle: too many arguments: 'more'"
}
