#!/usr/bin/env bats
# buffer_sizes: the size that is asked for, and the size that results.

setup() {
  load ../harness.bash
  run -0 client ch09_options/buffer_sizes
}

# got BUFFER SIZE: the size that resulted.
got() {
  awk -v buffer="$1" -v size="$2," '/^[^ ]/ { in_it = index($0, buffer ", at first") == 1 }
    in_it && $3 == size { print $5 }' <<<"$output"
}

# largest BUFFER wmem|rmem: the largest size that may be asked for; twice that must fit into an
# int. Older kernels show it only in the machine's own network: then use what a gibibyte gave.
largest() {
  local most
  most=$(cat "/proc/sys/net/core/$2_max" 2>/dev/null) || most=$(($(got "$1" 1073741824) / 2))
  echo $((most < 1073741823 ? most : 1073741823))
}

# bounded BUFFER SMALLEST LARGEST: smallest after doubling, largest before.
bounded() {
  local wanted expected
  for wanted in 1 3072 100000 1073741824; do
    expected=$((2 * (wanted < $3 ? wanted : $3)))
    assert_equal "$1 $wanted: $(got "$1" "$wanted")" "$1 $wanted: $((expected > $2 ? expected : $2))"
  done
}

# hint: Set the size and get it again on a new socket for each size. The kernel doubles it, and has a smallest and a largest.
# page: ch09_options/README.md#buffers
@test "a size is doubled, between a smallest and a largest" {
  bounded "TCP send buffer" 4608 "$(largest "TCP send buffer" wmem)"
  bounded "UDP send buffer" 4608 "$(largest "UDP send buffer" wmem)"
  bounded "TCP receive buffer" 2304 "$(largest "TCP receive buffer" rmem)"
  bounded "UDP receive buffer" 2304 "$(largest "UDP receive buffer" rmem)"
  ! is_stranger ch09_options/buffer_sizes || return 0
  # Each size is asked of a new socket of that type, and each limit has its file.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,setsockopt,openat
  timeout 20 "${server_wrapper[@]}" "$(program ch09_options/buffer_sizes)" >"$BATS_TEST_TMPDIR/said"
  run -0 awk -F '[(, |]+' '/^setsockopt/ && last ~ /^socket/ { print type, $4 } /^socket/ { type = $3 } { last = $0 }
    match($0, /[rw]mem_max/) { print substr($0, RSTART, RLENGTH) }' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(uniq -c <<<"$output" | sed 's/^ *//')" "4 SOCK_STREAM SO_SNDBUF
4 SOCK_STREAM SO_RCVBUF
4 SOCK_DGRAM SO_SNDBUF
4 SOCK_DGRAM SO_RCVBUF
1 wmem_max
1 rmem_max"
  run -0 client ch09_options/buffer_sizes
  local limit
  for limit in wmem_max rmem_max; do # half of the largest
    assert_line "net.core.$limit: $(cat "/proc/sys/net/core/$limit" 2>/dev/null || echo "No such file or directory")"
  done
}

# default_of_udp wmem|rmem: a regular expression, because older kernels show it only in the machine's own network.
default_of_udp() { cat "/proc/sys/net/core/$1_default" 2>/dev/null || echo '[1-9][0-9]*'; }

# hint: Get the size before anything has been set.
# page: ch09_options/README.md#buffers
@test "a new socket already has its buffers" {
  assert_line "TCP send buffer, at first: $(cut -f 2 /proc/sys/net/ipv4/tcp_wmem)"
  assert_line "TCP receive buffer, at first: $(cut -f 2 /proc/sys/net/ipv4/tcp_rmem)"
  assert_line --regexp "^UDP send buffer, at first: $(default_of_udp wmem)\$"
  assert_line --regexp "^UDP receive buffer, at first: $(default_of_udp rmem)\$"
  # Each is asked for directly after socket, before anything is set.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,getsockopt,setsockopt
  timeout 20 "${server_wrapper[@]}" "$(program ch09_options/buffer_sizes)"
  run -0 awk '/^getsockopt/ && last ~ /^socket/ { print last, $0 } { last = $0 }' "$BATS_TEST_TMPDIR/calls"
  run -0 sed -E 's/^socket\(AF_INET, (SOCK_[A-Z]+).*SOL_SOCKET, (SO_[A-Z]+), .* = 0$/\1 \2/' <<<"$output"
  assert_output "SOCK_STREAM SO_SNDBUF
SOCK_STREAM SO_RCVBUF
SOCK_DGRAM SO_SNDBUF
SOCK_DGRAM SO_RCVBUF"
}

@test "a limit that cannot be read is not a failure" {
  private_networks_or_skip
  run -0 unshare -rnm bash -ec "
    mount -t tmpfs none /proc/sys/net/core
    '$(program ch09_options/buffer_sizes)'"
  assert_line "net.core.wmem_max: No such file or directory"
  assert_line "  asked for 3072, got 6144"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/buffer_sizes more
  assert_line --index 0 "buffer_sizes: too many arguments: 'more'"
}
