#!/usr/bin/env bats
# Arithmetic with addresses and sizes, beside tools that do the same.

setup() {
  load ../harness.bash
  load lab.bash
  cd "$BATS_TEST_TMPDIR" || return
}

class_of() {
  run -0 client ch01_basics/address_class "$1"
  assert_line --index 1 "  class $2"
}

@test "the first bits are the class, from its first address to its last" {
  class_of 0.0.0.0 "A, network 1 byte; used for: this network"
  class_of 126.255.255.255 "A, network 1 byte; used for: public"
  class_of 128.0.0.0 "B, network 2 bytes; used for: public"
  class_of 191.255.255.255 "B, network 2 bytes; used for: public"
  class_of 192.0.0.1 "C, network 3 bytes; used for: public"
  class_of 223.255.255.255 "C, network 3 bytes; used for: public"
  class_of 224.0.0.0 "D, multicast; used for: multicast"
  class_of 239.255.255.255 "D, multicast; used for: multicast"
  class_of 240.0.0.0 "E, reserved; used for: reserved"
  class_of 255.255.255.255 "E, reserved; used for: broadcast"
}

@test "loopback lies in class A" {
  class_of 127.0.0.1 "A, network 1 byte; used for: loopback"
  class_of 127.255.255.255 "A, network 1 byte; used for: loopback"
}

@test "private ranges end where they end" {
  class_of 10.255.255.255 "A, network 1 byte; used for: private"
  class_of 172.15.255.255 "B, network 2 bytes; used for: public"
  class_of 172.16.0.0 "B, network 2 bytes; used for: private"
  class_of 172.31.255.255 "B, network 2 bytes; used for: private"
  class_of 172.32.0.0 "B, network 2 bytes; used for: public"
  class_of 192.168.255.255 "C, network 3 bytes; used for: private"
  class_of 169.254.1.1 "B, network 2 bytes; used for: link-local"
}

@test "an address is shown bit by bit" {
  run -0 client ch01_basics/address_class 10.1.1.2
  assert_line --index 0 "10.1.1.2 = 00001010 00000001 00000001 00000010"
}

@test "what is no address is refused" {
  local bad
  for bad in 300.1.1.1 1.2.3 1.2.3.4.5 "" a.b.c.d 010.1.1.1 "1.2.3.4 " ::1; do
    run -2 client ch01_basics/address_class "$bad"
    assert_line --index 0 "address_class: '$bad' is not an IPv4 address"
  done
  run -2 client ch01_basics/address_class
  assert_line "address_class: which address?"
}

@test "a mask cuts an address into network and host" {
  run -0 client ch01_basics/subnet 10.1.1.2 255.255.255.0
  assert_output "address   10.1.1.2  00001010 00000001 00000001 00000010
mask      255.255.255.0  11111111 11111111 11111111 00000000
network   10.1.1.0  00001010 00000001 00000001 00000000
broadcast 10.1.1.255  00001010 00000001 00000001 11111111
host      2 in network 10.1.1.0/24
for hosts 10.1.1.1 to 10.1.1.254, 254 of 256"
}

@test "the notes' example is host 23 of its network" {
  run -0 client ch01_basics/subnet 192.168.1.23/24
  assert_line --partial "mask      255.255.255.0 "
  assert_line "host      23 in network 192.168.1.0/24"
}

@test "the mask decides, not the first byte" {
  run -0 client ch01_basics/subnet 10.1.1.2/8
  assert_line --partial "network   10.0.0.0 "
  run -0 client ch01_basics/subnet 10.1.1.2/24
  assert_line --partial "network   10.1.1.0 "
}

@test "the smallest and the largest networks" {
  run -0 client ch01_basics/subnet 10.1.1.2/31
  assert_line "for hosts 10.1.1.2 to 10.1.1.3, 2 of 2"
  run -0 client ch01_basics/subnet 10.1.1.2/32
  assert_line "for hosts 10.1.1.2 to 10.1.1.2, 1 of 1"
  run -0 client ch01_basics/subnet 10.1.1.2/0
  assert_line "for hosts 0.0.0.1 to 255.255.255.254, 4294967294 of 4294967296"
}

@test "a mask with holes is refused" {
  local bad
  for bad in 255.255.0.255 255.0.255.0 0.0.0.255 33 -1 24x "" 255.255.255; do
    run -2 client ch01_basics/subnet 10.1.1.2 "$bad"
    assert_line --index 0 "subnet: '$bad' is not a mask: ones, then zeros, or their number from 0 to 32"
  done
  run -2 client ch01_basics/subnet 300.1.1.1/24
  assert_line --index 0 "subnet: '300.1.1.1/24' is not an IPv4 address"
  run -2 client ch01_basics/subnet 10.1.1.2/24 255.255.255.0
  run -2 client ch01_basics/subnet
}

# Each mask with an address of its own: mask, network, broadcast address, first and last host, as
# ipcalc and as our program says them. (It names no network for a host route, and no broadcast
# address for two hosts.)
@test "ipcalc calculates the same for every mask" {
  local ones address
  for ones in {0..32}; do
    address=$((RANDOM % 224)).$((RANDOM % 256)).$((RANDOM % 256)).$((RANDOM % 256))
    ipcalc -n "$address/$ones" >&8
    "$(program ch01_basics/subnet)" "$address/$ones" >&9
  done 8>theirs 9>ours
  awk '/^(Netmask|Network|HostMin|HostMax|Broadcast):/ { say[$1] = $2 }
    /^Hosts\/Net:/ { print say["Netmask:"], say["Network:"], say["Broadcast:"], say["HostMin:"], say["HostMax:"]; split("", say) }' \
    theirs >expected
  awk '$1 == "mask" { mask = $2 } $1 == "broadcast" { broadcast = $2 } $1 == "host" { network = $5; split($5, part, "/") }
    $1 == "for" { sub(/,$/, "", $5)
      if (part[2] == 32) print mask, "", "", "", ""
      else print mask, network, part[2] == 31 ? "" : broadcast, $3, $5 }' ours >said
  assert_equal "$(wc -l <expected)" 33
  diff expected said
}

# The kernel takes a mask with holes from nobody, and a network's own address from everybody.
own_addresses() {
  ip link add near type veth peer name far
  ip address add 10.5.1.0/24 dev near
  ip address add 10.5.1.255/24 dev near
  ip address add 10.6.1.0/31 dev near
  ip link set near up
  ip link set far up
  local address
  for address in 10.5.1.0 10.5.1.255 10.6.1.0; do
    start_server ch04_tcp/echo_server 0 "$address"
    stop_server
  done
  run ! ip address add 10.7.1.1/255.255.0.255 dev near
}

@test "the kernel takes a network address and a broadcast address for a host" {
  privately own_addresses
}

table_of_three_kinds() {
  printf '%s\n' "default via 10.0.0.1 dev eth0" "10.0.0.0/24 dev eth0" "10.1.0.0/16 via 10.0.0.2 dev eth0" \
    "10.1.2.0/24 via 10.0.0.3 dev eth0" "10.1.2.3 via 10.0.0.4 dev eth0"
}

@test "a host's route goes before a network's, and that before the default" {
  table_of_three_kinds >table
  run -0 client ch01_basics/route_lookup table 10.1.2.3 10.1.2.4 10.1.3.4 10.0.0.9 8.8.8.8
  assert_output "10.1.2.3: 10.1.2.3 via 10.0.0.4 dev eth0
10.1.2.4: 10.1.2.0/24 via 10.0.0.3 dev eth0
10.1.3.4: 10.1.0.0/16 via 10.0.0.2 dev eth0
10.0.0.9: 10.0.0.0/24 dev eth0
8.8.8.8: default via 10.0.0.1 dev eth0"
}

@test "the order of the table does not matter" {
  table_of_three_kinds | tac >table
  run -0 client ch01_basics/route_lookup table 10.1.2.3 8.8.8.8
  assert_output "10.1.2.3: 10.1.2.3 via 10.0.0.4 dev eth0
8.8.8.8: default via 10.0.0.1 dev eth0"
}

@test "without a default there is no way to other networks" {
  table_of_three_kinds | grep -v default >table
  run -0 client ch01_basics/route_lookup table 8.8.8.8
  assert_output "8.8.8.8: Network is unreachable"
}

@test "a table that is none, and an address that is none, are refused" {
  echo "10.1.2.3/24 dev eth0" >table # host bits under the mask
  run -1 client ch01_basics/route_lookup table 10.1.2.3
  assert_output "route_lookup: not a route: '10.1.2.3/24 dev eth0'"
  run -1 client ch01_basics/route_lookup nowhere 10.1.2.3
  run -2 client ch01_basics/route_lookup /dev/null 300.1.1.1
  run -2 client ch01_basics/route_lookup /dev/null
}

# The kernel is given the same table, and asked for the same addresses.
kernel_chooses_alike() {
  ip link add eth0 type veth peer name other
  ip link set eth0 up
  ip link set other up
  ip address add 10.0.0.100/24 dev eth0
  ip route add default via 10.0.0.1
  ip route add 10.1.0.0/16 via 10.0.0.2
  ip route add 10.1.2.0/24 via 10.0.0.3
  ip route add 10.1.2.3 via 10.0.0.4
  ip route add 10.1.2.128/25 via 10.0.0.5
  ip route show >table
  local address ours kernels
  for address in 10.1.2.3 10.1.2.4 10.1.2.127 10.1.2.128 10.1.2.255 10.1.3.0 10.2.0.1 10.0.0.7 9.255.255.255; do
    ours=$(client ch01_basics/route_lookup table "$address" | sed -nE 's/.* via ([^ ]*).*/\1/p')
    kernels=$(ip route get "$address" | sed -nE 's/.* via ([^ ]*).*/\1/p')
    [[ $ours == "$kernels" ]] || { echo "$address: '$ours', the kernel says '$kernels'"; return 1; }
  done
}

@test "the kernel chooses the same routes" {
  privately kernel_chooses_alike
}

# Without a default: a neighbour is reached, others are not. With one: it is the gateway's
# MAC that is asked for, never the far host's.
only_the_gateway_is_asked_for() {
  LC_ALL=C # bash's own message is to be compared
  ip route del default
  echo x >/dev/udp/10.0.1.3/9
  echo x >/dev/udp/10.0.2.2/9 || true
  ip route add default via 10.0.1.1
  echo x >/dev/udp/10.0.2.2/9
  ip neighbour show dev eth0
}

@test "a far host is reached by its gateway, whose MAC is asked for" {
  private_networks_or_skip
  play only_the_gateway_is_asked_for
  assert_output --partial "Network is unreachable"
  assert_line --regexp '^10\.0\.1\.3 '
  assert_line --regexp '^10\.0\.1\.1 '
  refute_line --regexp '^10\.0\.2\.2 '
}

# start_on_mate FILE SERVER PORT
start_on_mate() {
  in_background mate "$1" "$(program "$2")" "$3" 10.0.1.3
  seen "$1" '^listening on '
}
through_the_switch() {
  start_on_mate tcp ch04_tcp/echo_server 9190
  client ch04_tcp/echo_client 10.0.1.3 9190 <<<"through the switch"
}

@test "computers at the ports of a switch reach each other" {
  private_networks_or_skip
  play through_the_switch
  assert_output "through the switch"
}

# Frames to a MAC that nobody has are lost on the way, without a word to who sent them.
frames_get_lost() {
  start_on_mate tcp ch04_tcp/echo_server 9190
  start_on_mate udp ch06_udp/echo_server 9191
  exec 7<>/dev/tcp/10.0.1.3/9190 8<>/dev/udp/10.0.1.3/9191
  ip neighbour replace 10.0.1.3 lladdr 02:00:00:00:00:99 dev eth0
  echo "into nowhere" >&7
  echo "lost" >&8
  ! read -rt 0.5 -u 7
  ip neighbour replace 10.0.1.3 lladdr 02:00:00:00:01:03 dev eth0
  echo "again" >&8
  read -rt 20 -u 7
  echo "TCP: $REPLY"
  read -rt 20 -N 1 -u 8 # of a datagram bash reads one byte and loses the rest
  echo "UDP: $REPLY"
  ! read -rt 0.5 -N 1 -u 8
}

@test "what is lost on the way TCP sends again, and UDP does not" {
  private_networks_or_skip
  play frames_get_lost
  assert_output $'TCP: into nowhere\nUDP: a'
}

@test "two thousand bytes are two segments" {
  run -0 client ch01_basics/segment_sizes 2000
  assert_output "MTU 1500: frame at most 1518, MSS 1460
TCP without timestamps: 1460 + 540
TCP with timestamps: 1448 + 552
UDP, its header with the first: 1480 + 528"
}

@test "fragments are multiples of eight, the last one excepted" {
  run -0 client ch01_basics/segment_sizes 2000 1006
  assert_line "UDP, its header with the first: 984 (2 times) + 40"
  run -0 client ch01_basics/segment_sizes 65507
  assert_line "UDP, its header with the first: 1480 (44 times) + 395"
  run -0 client ch01_basics/segment_sizes 65508
  assert_line "UDP: more than a datagram takes (65507)"
}

@test "what fits exactly is one piece" {
  run -0 client ch01_basics/segment_sizes 1460
  assert_line "TCP without timestamps: 1460"
  run -0 client ch01_basics/segment_sizes 1
  assert_line "TCP without timestamps: 1"
}

@test "sizes that are none are refused" {
  run -2 client ch01_basics/segment_sizes
  run -2 client ch01_basics/segment_sizes 0
  run -2 client ch01_basics/segment_sizes 2000 67
  run -2 client ch01_basics/segment_sizes many
}

# A header with its checksum, the sixth word of ten.
header() { printf '4500 0073 0000 4000 4011 %s c0a8 0001 c0a8 00c7' "$1"; }

@test "the checksum of a header is the complement of its sum" {
  run -0 client ch01_basics/internet_checksum "$(header 0000)"
  assert_line "10 words, their sum 0x479e, its complement 0xb861"
}

@test "with its checksum a header sums up to ones, with one bit flipped it does not" {
  run -0 client ch01_basics/internet_checksum "$(header b861)"
  assert_output "10 words, their sum 0xffff, its complement 0x0000
received so, it is intact"
  run -0 client ch01_basics/internet_checksum "$(header b860)"
  assert_line "to be sent in the checksum's place; received so, it is damaged"
}

@test "the words of RFC 1071 sum up as it says" {
  run -0 client ch01_basics/internet_checksum 0001 f203 f4f5 f6f7
  assert_line --partial "their sum 0xddf2, its complement 0x220d"
}

@test "an odd byte stands high, with a zero that is not there" {
  run -0 client ch01_basics/internet_checksum 12 34 56
  assert_line "2 words, their sum 0x6834, its complement 0x97cb"
  run -0 client ch01_basics/internet_checksum 12345600
  assert_line "2 words, their sum 0x6834, its complement 0x97cb"
}

@test "thirty thousand ones do not overflow the sum" {
  local ones
  ones=$(printf 'ff%.0s' {1..60000})
  run -0 client ch01_basics/internet_checksum "$ones"
  assert_line "30000 words, their sum 0xffff, its complement 0x0000"
}

@test "what is no byte is refused" {
  local bad
  for bad in 4 123 xy 0x45 "" "12 3" -1; do
    run -2 client ch01_basics/internet_checksum "$bad"
  done
  run -2 client ch01_basics/internet_checksum
}
