#!/usr/bin/env bats
# option_table: gets, sets and gets again each option of the notes' table.

setup() {
  load ../harness.bash
  run -0 client ch09_options/option_table
  [[ -n ${JUDGED:-} ]] || ! strace -o /dev/null true 2>/dev/null || each_row_sets_what_it_names
}

# A row's names are texts; strace tells which option of which socket the kernel was asked to set, and that each is got before
# and after.
each_row_sets_what_it_names() {
  ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-} strace -o "$BATS_TEST_TMPDIR/calls" -e trace=socket,getsockopt,setsockopt \
    "$(program ch09_options/option_table)" >/dev/null
  assert_equal "$(sed -nE 's/^socket\(AF_INET, SOCK_(STREAM|DGRAM).*/\1/p; s/^([gs]et)sockopt\([0-9]+, SOL_([A-Z]+), (\w+), .*, \[?4\]?\) .*/\1 \2 \3/p' "$BATS_TEST_TMPDIR/calls" |
    head -n $((4 * $(grep -cE ' (TCP|UDP) ' <<<"$output"))))" \
    "$(awk '$3 ~ /^(TCP|UDP)$/ { sub(/.*_/, "", $1); print ($3 == "TCP" ? "STREAM" : "DGRAM") "\nget", $1, $2 "\nset", $1, $2 "\nget", $1, $2 }' <<<"$output")"
}

# row OPTION TCP|UDP: its last three columns, at first, set, then.
row() { awk -v option="$1" -v of="$2" '$2 == option && $3 == of { print $4, $5, $6 }' <<<"$output"; }
# rows OPTION TCP-VALUES UDP-VALUES
rows() {
  assert_equal "$(row "$1" TCP)" "$2"
  assert_equal "$(row "$1" UDP)" "$3"
}
refused="EOPNOTSUPP ENOPROTOOPT EOPNOTSUPP"

# hint: An option is a level and a number: SOL_SOCKET for all sockets, IPPROTO_IP, IPPROTO_TCP.
# page: ch09_options/README.md#the-table-of-the-notes
@test "each option has its level" {
  assert_equal "$(row SO_KEEPALIVE TCP), $(row TCP_NODELAY TCP)" "0 1 1, 0 1 1" # defaults can be changed
  assert_equal "$(row IP_TTL TCP)" "$(</proc/sys/net/ipv4/ip_default_ttl) 1 1"
  run -0 awk '$3 == "TCP" { print $1, $2 }' <<<"$output"
  assert_output "SOL_SOCKET SO_SNDBUF
SOL_SOCKET SO_RCVBUF
SOL_SOCKET SO_REUSEADDR
SOL_SOCKET SO_KEEPALIVE
SOL_SOCKET SO_BROADCAST
SOL_SOCKET SO_DONTROUTE
SOL_SOCKET SO_OOBINLINE
SOL_SOCKET SO_ERROR
SOL_SOCKET SO_TYPE
IPPROTO_IP IP_TOS
IPPROTO_IP IP_TTL
IPPROTO_IP IP_MULTICAST_TTL
IPPROTO_IP IP_MULTICAST_LOOP
IPPROTO_IP IP_MULTICAST_IF
IPPROTO_TCP TCP_KEEPIDLE
IPPROTO_TCP TCP_KEEPINTVL
IPPROTO_TCP TCP_KEEPCNT
IPPROTO_TCP TCP_NODELAY
IPPROTO_TCP TCP_MAXSEG"
}

# hint: Set, then get again: both on the same socket, and a new socket for each option.
# page: ch09_options/README.md#the-table-of-the-notes
@test "options of all sockets are set and read back" {
  local option
  for option in SO_REUSEADDR SO_KEEPALIVE SO_BROADCAST SO_DONTROUTE SO_OOBINLINE; do
    rows "$option" "0 1 1" "0 1 1"
  done
}

# hint: Print what the kernel returns, not what was asked for: it doubles the size.
# page: ch09_options/README.md#the-table-of-the-notes
@test "the sizes of the buffers are set and read back doubled" {
  local kind default
  for kind in w:SND r:RCV; do
    read -r _ default _ <"/proc/sys/net/ipv4/tcp_${kind%:*}mem"
    assert_equal "$(row "SO_${kind#*:}BUF" TCP)" "$default 3072 6144"
    assert_equal "$(row "SO_${kind#*:}BUF" UDP)" "$(<"/proc/sys/net/core/${kind%:*}mem_default") 3072 6144"
  done
}

# hint: Setting these fails with ENOPROTOOPT. A pending error is there once: to read it clears it.
# page: ch09_options/README.md#the-table-of-the-notes
@test "the type and the pending error can only be read" {
  rows SO_TYPE "1 ENOPROTOOPT 1" "2 ENOPROTOOPT 2"
  rows SO_ERROR "0 ENOPROTOOPT 0" "0 ENOPROTOOPT 0"
  assert_line "SO_ERROR after a refusal: ECONNREFUSED"
  assert_line "SO_ERROR asked again: 0"
  ! is_stranger ch09_options/option_table || return 0
  # The error is the one that the kernel gives: here 113 in the place of each value.
  traced -o /dev/null -e trace=getsockopt -e inject=getsockopt:poke_exit=@arg4=71000000
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch09_options/option_table)"
  assert_line "SO_ERROR after a refusal: EHOSTUNREACH"
}

# hint: TCP keeps the two lowest bits of IP_TOS for itself: read the value again.
# page: ch09_options/README.md#the-table-of-the-notes
@test "options of IP are for TCP and UDP, but TCP keeps two bits of one" {
  rows IP_TOS "0 1 0" "0 1 1"
  local ttl
  ttl=$(</proc/sys/net/ipv4/ip_default_ttl)
  rows IP_TTL "$ttl 1 1" "$ttl 1 1"
}

# hint: Multicast is for datagrams; only one of the three can be set on TCP. An interface is an address in network order.
# page: ch09_options/README.md#the-table-of-the-notes
@test "TCP refuses options of multicast" {
  rows IP_MULTICAST_TTL "1 EINVAL 1" "1 2 2"
  rows IP_MULTICAST_LOOP "1 0 0" "1 0 0"
  local loopback=$((0x$(printf '\x7f\0\0\1' | od -An -tx4 | tr -d ' ')))
  rows IP_MULTICAST_IF "0 EINVAL 0" "0 $loopback $loopback"
}

# hint: A UDP socket has no level IPPROTO_TCP; get and set fail with different errors.
# page: ch09_options/README.md#the-table-of-the-notes
@test "UDP refuses options of TCP" {
  rows TCP_NODELAY "0 1 1" "$refused"
  rows TCP_MAXSEG "536 1000 1000" "$refused"
}

@test "keepalive has three options, and the notes' name is not one of them" {
  rows TCP_KEEPIDLE "$(</proc/sys/net/ipv4/tcp_keepalive_time) 60 60" "$refused"
  rows TCP_KEEPINTVL "$(</proc/sys/net/ipv4/tcp_keepalive_intvl) 10 10" "$refused"
  rows TCP_KEEPCNT "$(</proc/sys/net/ipv4/tcp_keepalive_probes) 3 3" "$refused"
  run -0 c++ -E -P -x c++ - <<<$'#include <netinet/tcp.h>\nTCP_KEEPIDLE TCP_KEEPALIVE'
  assert_equal "${lines[-1]}" "4 TCP_KEEPALIVE"
}

@test "setsockopt reads the length and does not write it" {
  assert_line "SO_REUSEADDR set with one byte: EINVAL"
  [[ ! -e $BATS_TEST_TMPDIR/calls ]] ||
    grep -qE '^setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEADDR, .*, 1\) = -1 EINVAL ' "$BATS_TEST_TMPDIR/calls"
  rows SO_REUSEADDR "0 1 1" "0 1 1" # the value is read as well
  run -0 c++ -fsyntax-only -include sys/socket.h -x c++ - \
    <<<'int (*set)(int, int, int, const void *, socklen_t) = setsockopt, (*get)(int, int, int, void *, socklen_t *) = getsockopt;'
}

# hint: Connect a UDP socket to a port that nobody has, send, and wait for the refusal. To read SO_ERROR clears it.
# page: ch09_options/README.md#the-table-of-the-notes
@test "a pending error is returned once" {
  assert_line "SO_ERROR after a refusal: ECONNREFUSED"
  assert_line "SO_ERROR asked again: 0"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch09_options/option_table more
  assert_line --index 0 "option_table: too many arguments: 'more'"
}
