#!/usr/bin/env bats
# socket_type, option_table, buffer_sizes, time_wait, nagle: what the kernel says of options.

setup() { load ../harness.bash; }

# row OPTION TCP|UDP: at first, set, then.
row() { client ch09_options/option_table | awk -v option="$1" -v of="$2" '$2 == option && $3 == of { print $4, $5, $6 }'; }
# rows OPTION TCP-VALUES UDP-VALUES
rows() {
  assert_equal "$(row "$1" TCP)" "$2"
  assert_equal "$(row "$1" UDP)" "$3"
}
setting() { cat "/proc/sys/net/$1"; }

@test "a socket knows its type and does not change it" {
  run -0 client ch09_options/socket_type
  assert_line "SOCK_STREAM is 1, SOCK_DGRAM is 2"
  assert_line "type of the TCP socket: 1"
  assert_line "type of the UDP socket: 2"
  assert_line "changing it: setsockopt: Protocol not available"
}

@test "an option belongs to a level and to a socket" {
  run -0 client ch09_options/socket_type
  assert_line "SO_TYPE is 3, TCP_CORK is 3"
  assert_line "that number, level IPPROTO_TCP: 0"
  assert_line "level IPPROTO_TCP of the UDP socket: getsockopt: Operation not supported"
  assert_line "an option that is none: getsockopt: Protocol not available"
  assert_line "a file: getsockopt: Socket operation on non-socket"
}

@test "the length says how much room there is and how much was written" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=getsockopt
  run -0 "${server_wrapper[@]}" "$(program ch09_options/socket_type)"
  assert_line "the same into one byte: 2"
  eventually 5 grep -q 'SO_TYPE, \[1\], \[4\]) = 0' "$BATS_TEST_TMPDIR/calls"
  grep -qE 'SO_TYPE, ("\\2"|\[2\]|"\\x02"), \[1\]\) = 0' "$BATS_TEST_TMPDIR/calls"
}

@test "options of all sockets are set and read back" {
  local option
  for option in SO_REUSEADDR SO_KEEPALIVE SO_BROADCAST SO_DONTROUTE SO_OOBINLINE; do
    rows "$option" "0 1 1" "0 1 1"
  done
}

@test "the buffers have their defaults and are doubled" {
  rows SO_SNDBUF "$(setting ipv4/tcp_wmem | awk '{ print $2 }') 3072 6144" "$(setting core/wmem_default) 3072 6144"
  rows SO_RCVBUF "$(setting ipv4/tcp_rmem | awk '{ print $2 }') 3072 6144" "$(setting core/rmem_default) 3072 6144"
}

@test "the type and the pending error can only be read" {
  rows SO_TYPE "1 ENOPROTOOPT 1" "2 ENOPROTOOPT 2"
  rows SO_ERROR "0 ENOPROTOOPT 0" "0 ENOPROTOOPT 0"
}

@test "options of IP are masked by TCP or refused to it" {
  rows IP_TOS "0 1 0" "0 1 1"
  rows IP_TTL "$(setting ipv4/ip_default_ttl) 1 1" "$(setting ipv4/ip_default_ttl) 1 1"
  rows IP_MULTICAST_TTL "1 EINVAL 1" "1 2 2"
  rows IP_MULTICAST_LOOP "1 0 0" "1 0 0"
  rows IP_MULTICAST_IF "0 EINVAL 0" "0 0 0"
}

@test "options of TCP are refused to UDP" {
  rows TCP_NODELAY "0 1 1" "EOPNOTSUPP ENOPROTOOPT EOPNOTSUPP"
  rows TCP_MAXSEG "536 1000 1000" "EOPNOTSUPP ENOPROTOOPT EOPNOTSUPP"
}

@test "keepalive has three options, and the one of the notes is none" {
  rows TCP_KEEPIDLE "$(setting ipv4/tcp_keepalive_time) 60 60" "EOPNOTSUPP ENOPROTOOPT EOPNOTSUPP"
  rows TCP_KEEPINTVL "$(setting ipv4/tcp_keepalive_intvl) 10 10" "EOPNOTSUPP ENOPROTOOPT EOPNOTSUPP"
  rows TCP_KEEPCNT "$(setting ipv4/tcp_keepalive_probes) 3 3" "EOPNOTSUPP ENOPROTOOPT EOPNOTSUPP"
  run -0 c++ -E -P -x c++ - <<<$'#include <netinet/tcp.h>\nTCP_KEEPIDLE TCP_KEEPALIVE'
  assert_equal "${lines[-1]}" "4 TCP_KEEPALIVE"
}

@test "the length of a set option is read, not written" {
  run -0 client ch09_options/option_table
  assert_line "SO_REUSEADDR set with one byte: EINVAL"
}

@test "a pending error is handed out once" {
  run -0 client ch09_options/option_table
  assert_line "SO_ERROR after a refusal: ECONNREFUSED"
  assert_line "SO_ERROR asked again: 0"
}

# bounded BUFFER LEAST MOST: asked for 1, 3072, 100000 and a gibibyte. The kernel doubles
# what it allows.
bounded() {
  local wanted got
  for wanted in 1 3072 100000 1073741824; do
    got=$((2 * (wanted < $3 ? wanted : $3)))
    ((got >= $2)) || got=$2
    client ch09_options/buffer_sizes | sed -n "/^$1, at first/,/^[^ ]*, at first/p" | grep -m 1 "asked for $wanted, got $got\$"
  done
}

@test "a buffer is doubled, with a least and a largest size" {
  bounded "TCP send buffer" 4608 "$(setting core/wmem_max)"
  bounded "UDP send buffer" 4608 "$(setting core/wmem_max)"
  bounded "TCP receive buffer" 2304 "$(setting core/rmem_max)"
  bounded "UDP receive buffer" 2304 "$(setting core/rmem_max)"
}

@test "a socket has its buffers from its birth on" {
  run -0 client ch09_options/buffer_sizes
  assert_line "TCP send buffer, at first: $(setting ipv4/tcp_wmem | awk '{ print $2 }')"
  assert_line "TCP receive buffer, at first: $(setting ipv4/tcp_rmem | awk '{ print $2 }')"
}

@test "only who closes first is in TIME-WAIT" {
  run -0 client ch09_options/time_wait
  assert_output "the server closed first
  at the server's port: TIME-WAIT
  at the client's port: nothing
  the server's port again: Address already in use
the client closed first
  at the server's port: nothing
  at the client's port: TIME-WAIT
  the server's port again: to be had"
}

@test "without Nagle every small write is a segment, with it they wait and are joined" {
  run -0 client ch09_options/nagle
  assert_line "TCP_NODELAY is 0 at first"
  assert_line --regexp '^Nagle: +ten writes of a byte, [2-9] segments, one recv got 10 bytes$'
  assert_line --regexp '^TCP_NODELAY: +ten writes of a byte, 10 segments, one recv got 10 bytes$'
}

# The kernel counts the ACKs that it delayed: one a round with Nagle.
delayed_acks_of_nagle() {
  local before after
  before=$(delayed_acks)
  "$(program ch09_options/nagle)"
  after=$(delayed_acks)
  echo "delayed $((after - before))"
}
delayed_acks() {
  awk '$1 == "TcpExt:" { if (!n) n = split($0, names); else { split($0, values); for (i = 1; i <= n; i++) if (names[i] == "DelayedACKs") print values[i] } }' /proc/net/netstat
}

@test "write, write, read waits for a delayed ACK with Nagle, and not without" {
  export -f delayed_acks delayed_acks_of_nagle program is_stranger
  run -0 in_private_network bash -c delayed_acks_of_nagle
  local nagle no_delay delayed
  nagle=$(sed -nE 's/^Nagle: +write, write, read: ([0-9]+) us.*/\1/p' <<<"$output")
  no_delay=$(sed -nE 's/^TCP_NODELAY: +write, write, read: ([0-9]+) us.*/\1/p' <<<"$output")
  delayed=$(sed -n 's/^delayed //p' <<<"$output")
  ((nagle > no_delay))
  ((delayed >= 20))
}

@test "a big file takes as many segments with Nagle as without" {
  run -0 client ch09_options/nagle
  local with without
  with=$(sed -nE 's/^Nagle: +200 MB: .* ([0-9]+) segments$/\1/p' <<<"$output")
  without=$(sed -nE 's/^TCP_NODELAY: +200 MB: .* ([0-9]+) segments$/\1/p' <<<"$output")
  ((with > 1000 && without > 1000))
  ((with < 2 * without && without < 2 * with))
}

@test "wrong arguments are wrong usage" {
  local name
  for name in socket_type option_table buffer_sizes time_wait nagle; do
    run -2 client "ch09_options/$name" more
    assert_output --partial "usage: $name"
  done
}
