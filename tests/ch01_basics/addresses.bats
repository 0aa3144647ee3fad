#!/usr/bin/env bats
# Arithmetic with addresses and routes, compared with ipcalc and with the kernel.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}

# class_of ADDRESS BITS TEXT: its first bits and its class.
class_of() {
  run -0 client ch01_basics/address_class "$1"
  assert_line --index 0 "$1 = $(bits_of "$1")"
  assert_line --index 0 --partial " = $2"
  assert_line --index 1 "  class $3"
}
# bits_of ADDRESS: 10.1.1.2 is 00001010 00000001 00000001 00000010.
bits_of() {
  local bit byte bytes bits=
  IFS=. read -ra bytes <<<"$1"
  for byte in "${bytes[@]}"; do
    for bit in {7..0}; do bits+=$((byte >> bit & 1)); done
    bits+=' '
  done
  echo "${bits% }"
}

# hint: Look at the first bits of the first byte, in the host's order. Check the first and the last address of each class.
# page: ch01_basics/README.md#addresses
@test "the first bits are the class, from its first address to its last" {
  class_of 0.0.0.0 0 "A, network 1 byte; used for: this network"
  class_of 126.255.255.255 0 "A, network 1 byte; used for: public"
  class_of 127.255.255.255 0 "A, network 1 byte; used for: loopback"
  class_of 128.0.0.0 10 "B, network 2 bytes; used for: public"
  class_of 191.255.255.255 10 "B, network 2 bytes; used for: public"
  class_of 192.0.1.0 110 "C, network 3 bytes; used for: public"
  class_of 223.255.255.255 110 "C, network 3 bytes; used for: public"
  class_of 224.0.0.0 1110 "D, multicast; used for: multicast"
  class_of 239.255.255.255 1110 "D, multicast; used for: multicast"
  class_of 240.0.0.0 1111 "E, reserved; used for: reserved"
  class_of 255.255.255.255 1111 "E, reserved; used for: broadcast"
}

@test "loopback is in class A" {
  class_of 127.0.0.1 0 "A, network 1 byte; used for: loopback"
  class_of 127.255.255.255 0 "A, network 1 byte; used for: loopback"
}

# hint: 172.16.0.0/12 ends with 172.31.255.255. Compare with the mask, not by bytes.
# page: ch01_basics/README.md#addresses
@test "private ranges have their first and last addresses where RFC 6890 says" {
  class_of 10.255.255.255 0 "A, network 1 byte; used for: private"
  class_of 172.15.255.255 10 "B, network 2 bytes; used for: public"
  class_of 172.16.0.0 10 "B, network 2 bytes; used for: private"
  class_of 172.31.255.255 10 "B, network 2 bytes; used for: private"
  class_of 172.32.0.0 10 "B, network 2 bytes; used for: public"
  class_of 192.168.255.255 110 "C, network 3 bytes; used for: private"
  class_of 169.254.1.1 10 "B, network 2 bytes; used for: link-local"
}

@test "other ranges of RFC 6890 are not public either" {
  is_stranger ch01_basics/address_class && return
  class_of 100.63.255.255 0 "A, network 1 byte; used for: public"
  class_of 100.64.0.0 0 "A, network 1 byte; used for: shared, between a provider and its customers"
  class_of 100.127.255.255 0 "A, network 1 byte; used for: shared, between a provider and its customers"
  class_of 100.128.0.0 0 "A, network 1 byte; used for: public"
  class_of 192.0.0.255 110 "C, network 3 bytes; used for: protocols of the IETF"
  class_of 192.0.2.1 110 "C, network 3 bytes; used for: documentation"
  class_of 198.51.100.1 110 "C, network 3 bytes; used for: documentation"
  class_of 203.0.113.1 110 "C, network 3 bytes; used for: documentation"
  class_of 198.17.255.255 110 "C, network 3 bytes; used for: public"
  class_of 198.18.0.0 110 "C, network 3 bytes; used for: benchmarks"
  class_of 198.19.255.255 110 "C, network 3 bytes; used for: benchmarks"
  class_of 198.20.0.0 110 "C, network 3 bytes; used for: public"
}

# hint: The highest bit comes first, and each byte has eight, with its zeros.
# page: ch01_basics/README.md#addresses
@test "an address is shown bit by bit" {
  run -0 client ch01_basics/address_class 10.1.1.2
  assert_line --index 0 "10.1.1.2 = 00001010 00000001 00000001 00000010"
}

@test "what is not an address is refused" {
  local bad
  for bad in 300.1.1.1 1.2.3 1.2.3.4.5 "" a.b.c.d 010.1.1.1 "1.2.3.4 " ::1; do
    run -2 client ch01_basics/address_class "$bad"
    assert_line --index 0 "address_class: '$bad' is not an IPv4 address"
  done
  run -2 client ch01_basics/address_class
  assert_line "address_class: which address?"
}

# hint: Network: address AND mask. Host: address AND NOT mask. Broadcast: network OR NOT mask. All of them in the host's order.
# page: ch01_basics/README.md#addresses
@test "a mask cuts an address into network and host" {
  run -0 client ch01_basics/subnet 10.1.1.2 255.255.255.0
  assert_output "address   10.1.1.2  00001010 00000001 00000001 00000010
mask      255.255.255.0  11111111 11111111 11111111 00000000
network   10.1.1.0  00001010 00000001 00000001 00000000
broadcast 10.1.1.255  00001010 00000001 00000001 11111111
host      2 in network 10.1.1.0/24
for hosts 10.1.1.1 to 10.1.1.254, $((2 ** 8 - 2)) of 256"
  run -0 client ch01_basics/subnet 10.1.1.2 255.255.0.0
  assert_line "host      $((1 * 256 + 2)) in network 10.1.0.0/16"
  # The mask may end within a byte.
  run -0 client ch01_basics/subnet 10.1.1.130 255.255.255.192
  assert_line "network   10.1.1.128  00001010 00000001 00000001 10000000"
  assert_line "broadcast 10.1.1.191  00001010 00000001 00000001 10111111"
  assert_line "host      2 in network 10.1.1.128/26"
  assert_line "for hosts 10.1.1.129 to 10.1.1.190, $((2 ** 6 - 2)) of 64"
  run -2 client ch01_basics/subnet 10.1.1.2 # without a mask nobody can tell
  is_stranger ch01_basics/subnet || assert_line --partial "'' is not a mask"
}

@test "the notes' example is host 23 of its network" {
  run -0 client ch01_basics/subnet 192.168.1.23/24
  local byte=$((2 ** 8 - 1)) # eight ones
  assert_line "address   192.168.1.23  11000000 10101000 00000001 00010111"
  assert_line "mask      $byte.$byte.$byte.0  11111111 11111111 11111111 00000000"
  assert_line "network   192.168.1.0  11000000 10101000 00000001 00000000"
  assert_line "host      23 in network 192.168.1.0/24"
  run -0 client ch01_basics/subnet 192.168.1.23/28 # 23 is the host of that mask only
  assert_line "host      7 in network 192.168.1.16/28"
}

# hint: The length of the network is in the mask. The class of the address does not matter.
# page: ch01_basics/README.md#addresses
@test "the mask decides, not the first byte" {
  run -0 client ch01_basics/subnet 10.1.1.2/8
  assert_line --partial "network   10.0.0.0 "
  assert_line "host      $(((1 * 256 + 1) * 256 + 2)) in network 10.0.0.0/8"
  run -0 client ch01_basics/subnet 10.1.1.2/24
  assert_line --partial "network   10.1.1.0 "
  assert_line "host      2 in network 10.1.1.0/24"
  run -0 client ch01_basics/subnet 192.168.1.23/16 # the first byte is that of a network of three bytes
  assert_line "host      $((1 * 256 + 23)) in network 192.168.0.0/16"
}

# hint: A shift by 32 bits is undefined, and 2 to the power of 32 does not fit into 32 bits. A /31 and a /32 have no address to spare.
# page: ch01_basics/README.md#addresses
@test "the smallest and the largest networks" {
  run -0 client ch01_basics/subnet 10.1.1.2/31
  assert_line "for hosts 10.1.1.2 to 10.1.1.3, 2 of 2"
  run -0 client ch01_basics/subnet 10.1.1.2/32
  assert_line "for hosts 10.1.1.2 to 10.1.1.2, 1 of 1"
  run -0 client ch01_basics/subnet 10.1.1.2/0
  assert_line "for hosts 0.0.0.1 to 255.255.255.254, 4294967294 of 4294967296"
}

@test "a mask with holes is refused" {
  local pair mask ones good bad
  for pair in 0.0.0.0/0 128.0.0.0/1 255.255.0.0/16 255.255.255.0/24 255.255.255.192/26 255.255.255.255/32; do
    mask=${pair%/*} ones=${pair#*/}
    for good in "$mask" "$ones"; do
      run -0 client ch01_basics/subnet 10.1.1.2 "$good"
      assert_line --index 1 "mask      $mask  $(bits_of "$mask")"
      assert_line --partial "/$ones"
    done
  done
  for bad in 255.255.0.255 255.0.255.0 255.253.0.0 255.255.255.5 255.255.255.1 0.0.0.255 33 -1 24x "" 255.255.255; do
    run -2 client ch01_basics/subnet 10.1.1.2 "$bad"
    assert_line --index 0 "subnet: '$bad' is not a mask, such as 255.255.255.0 or 24: ones, then zeros"
  done
  run -2 client ch01_basics/subnet 300.1.1.1/24
  assert_line --index 0 "subnet: '300.1.1.1' is not an IPv4 address"
  run -2 client ch01_basics/subnet 10.1.1.2/24 255.255.255.0
  assert_line --index 0 "subnet: '24/255.255.255.0' is not a mask, such as 255.255.255.0 or 24: ones, then zeros"
  run -2 client ch01_basics/subnet 10.1.1.2
  assert_line --index 0 --partial "'' is not a mask"
  run -2 client ch01_basics/subnet
}

# For each mask, with a random address: do ipcalc and our program print the same mask, network,
# broadcast address, first and last host? (ipcalc prints no network for a /32, and no broadcast
# address for a /31.)
@test "ipcalc agrees about every mask" {
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

# Both ends of a network, by our program; the kernel takes 10.5.1.255 for a broadcast address already.
own_addresses() {
  ip link add near type veth peer name far
  ip address add 10.5.1.7/24 dev near
  ip link set near up
  ip link set far up
  ip route show table local type broadcast dev near
  client ch01_basics/subnet 10.5.1.7/24
  client ch01_basics/subnet 10.6.1.0/31
  client ch01_basics/subnet 10.7.1.1/32
  client ch01_basics/subnet 10.8.1.1/30
  local address ends
  ends=$(client ch01_basics/subnet 10.5.1.7/24 | awk '/^(network|broadcast)/ { print $2 "/24" }')
  ends+=" $(client ch01_basics/subnet 10.6.1.0/31 | awk '/^for hosts/ { sub(/,$/, "", $5); print $3 "/31", $5 "/31" }')"
  for address in $ends 10.7.1.1/32; do
    ip address add "$address" dev near
    start_server ch04_tcp/echo_server 0 "${address%/*}"
    echo "/${address#*/} $(<"$server_log")"
    stop_server
  done
}

@test "the kernel lets a host have a network address or a broadcast address" {
  privately own_addresses
  assert_line --regexp '^broadcast 10\.5\.1\.255 (dev near )?(proto|scope)'
  assert_line "for hosts 10.5.1.1 to 10.5.1.254, 254 of 256" # the convention
  assert_line "for hosts 10.6.1.0 to 10.6.1.1, 2 of 2"
  assert_line "for hosts 10.8.1.1 to 10.8.1.2, 2 of 4" # a /30 keeps it
  assert_line --regexp '^/24 listening on 10\.5\.1\.0:[0-9]+$'
  assert_line --regexp '^/24 listening on 10\.5\.1\.255:[0-9]+$'
  assert_line --regexp '^/31 listening on 10\.6\.1\.0:[0-9]+$'
  assert_line --regexp '^/31 listening on 10\.6\.1\.1:[0-9]+$'
  assert_line "for hosts 10.7.1.1 to 10.7.1.1, 1 of 1"
  assert_line --regexp '^/32 listening on 10\.7\.1\.1:[0-9]+$'
}

mask_with_holes() { ip address add 10.7.1.1/255.255.0.255 dev lo 2>&1 || echo "status $?"; }

@test "ip too refuses a mask with holes" {
  run -2 client ch01_basics/subnet 10.7.1.1 255.255.0.255
  privately mask_with_holes
  assert_line --regexp '^status [12]$'
}

table_of_three_kinds() {
  printf '%s\n' "default via 10.0.0.1 dev eth0" "10.0.0.0/24 dev eth0" "10.1.0.0/16 via 10.0.0.2 dev eth0" \
    "10.1.2.0/24 via 10.0.0.3 dev eth0" "10.1.2.3 via 10.0.0.4 dev eth0"
}

# hint: Of all routes that match, the one with the longest mask is used.
# page: ch01_basics/README.md#interfaces-and-routes
@test "a host's route wins over a network's, and that over the default" {
  table_of_three_kinds >table
  run -0 client ch01_basics/route_lookup table 10.1.2.3 10.1.2.4 10.1.3.4 10.0.0.9 8.8.8.8
  assert_output "10.1.2.3: 10.1.2.3 via 10.0.0.4 dev eth0
10.1.2.4: 10.1.2.0/24 via 10.0.0.3 dev eth0
10.1.3.4: 10.1.0.0/16 via 10.0.0.2 dev eth0
10.0.0.9: 10.0.0.0/24 dev eth0
8.8.8.8: default via 10.0.0.1 dev eth0"
}

# hint: Do not stop at the first route that matches: look at all of them.
# page: ch01_basics/README.md#interfaces-and-routes
@test "the order of the table does not matter" {
  table_of_three_kinds | tac >table
  run -0 client ch01_basics/route_lookup table 10.1.2.3 8.8.8.8
  assert_output "10.1.2.3: 10.1.2.3 via 10.0.0.4 dev eth0
8.8.8.8: default via 10.0.0.1 dev eth0"
}

# hint: If no route matches, the packet cannot be sent. Say so.
# page: ch01_basics/README.md#interfaces-and-routes
@test "without a default route other networks are unreachable" {
  table_of_three_kinds | grep -v default >table
  run -0 client ch01_basics/route_lookup table 8.8.8.8
  assert_output "8.8.8.8: Network is unreachable"
}

@test "a routing table cannot command the terminal" {
  printf '10.1.2.3 dev \e[31m\n' >table
  run -0 client ch01_basics/route_lookup table 10.1.2.3
  assert_output "10.1.2.3: 10.1.2.3 dev ?[31m"
}

# As `ip route` prints it, with a blank at the end of a line.
# hint: The lines that begin with nexthop belong to the route before them.
# page: ch01_basics/README.md#interfaces-and-routes
@test "with several gateways each of them is named" {
  printf '%s\n' "default proto static " $'\tnexthop via 10.0.0.1 dev eth0 weight 1 ' \
    $'\tnexthop via 10.0.1.1 dev eth1 weight 1 ' "10.0.0.0/24 dev eth0 scope link " >table
  run -0 client ch01_basics/route_lookup table 8.8.8.8 10.0.0.9
  assert_output "8.8.8.8: default proto static nexthop via 10.0.0.1 dev eth0 weight 1 nexthop via 10.0.1.1 dev eth1 weight 1
10.0.0.9: 10.0.0.0/24 dev eth0 scope link"
}

# hint: The first word of a route may be its kind. It takes part in the choice like any other route.
# page: ch01_basics/README.md#interfaces-and-routes
@test "a route may refuse packets, and the longest mask wins with it too" {
  printf '%s\n' "default via 10.0.0.1" "unreachable 10.1.0.0/16" "10.1.2.0/24 via 10.0.0.2" "blackhole 10.1.2.3" \
    "prohibit 10.3.0.0/16 metric 5" "throw 10.4.0.0/16" >table
  run -0 client ch01_basics/route_lookup table 10.1.1.1 10.1.2.2 10.1.2.3 10.3.0.1 10.4.0.1 10.5.0.1
  assert_output "10.1.1.1: unreachable 10.1.0.0/16: the destination is unreachable (No route to host)
10.1.2.2: 10.1.2.0/24 via 10.0.0.2
10.1.2.3: blackhole 10.1.2.3: dropped silently (Invalid argument)
10.3.0.1: prohibit 10.3.0.0/16 metric 5: prohibited (Permission denied)
10.4.0.1: Network is unreachable
10.5.0.1: default via 10.0.0.1"
}

# As `ip route` prints them: the one with a tos comes first.
@test "a route with a tos is not for every packet, and an interface may be called tos" {
  printf '%s\n' "default via 10.0.0.1" "10.9.0.0/16 tos 0x10 via 10.0.0.2 dev d0" "10.9.0.0/16 via 10.0.0.3 dev d0" \
    "10.9.1.0/24 tos 0x10 " "nexthop via 10.0.0.2 dev d0" "10.8.0.0/16 dev tos scope link" >table
  run -0 client ch01_basics/route_lookup table 10.9.1.1 10.8.0.1
  assert_output "10.9.1.1: 10.9.0.0/16 via 10.0.0.3 dev d0
10.8.0.1: 10.8.0.0/16 dev tos scope link"
}

# /dev/stdin would be a new open of the file, from its beginning, and a socket cannot be opened at all.
@test "a dash is standard input as it is" {
  printf 'default via 10.0.0.1\n10.1.0.0/16 dev eth0\n' >table
  { read -r && run -0 client ch01_basics/route_lookup - 10.1.2.3 8.8.8.8; } <table
  assert_output "10.1.2.3: 10.1.0.0/16 dev eth0
8.8.8.8: Network is unreachable"
}

@test "what is not a routing table or not an address is refused" {
  echo "10.1.2.3/24 dev eth0" >table # host bits under the mask
  run -1 client ch01_basics/route_lookup table 10.1.2.3
  assert_output "route_lookup: not a route: '10.1.2.3/24 dev eth0'"
  local line
  for line in "nexthop via 10.0.0.1 dev eth0" "unreachable" "unreachable default/0" "nowhere 10.1.0.0/16" \
    "10.1.0.0 0.0.0.0 255.255.0.0 U 0 0 0 eth0"; do  # the last one is from route -n
    echo "$line" >table
    run -1 client ch01_basics/route_lookup table 10.1.2.3
    assert_output "route_lookup: not a route: '$line'"
  done
  run -1 client ch01_basics/route_lookup nowhere 10.1.2.3
  assert_output "route_lookup: open nowhere: No such file or directory"
  run -1 client ch01_basics/route_lookup / 10.1.2.3
  assert_output "route_lookup: read /: Is a directory"
  run -2 client ch01_basics/route_lookup /dev/null 300.1.1.1
  run -2 client ch01_basics/route_lookup /dev/null
}

# The kernel gets the same routes, and is asked about the same addresses.
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
  tac table >upside_down
  local address ours kernels table
  for address in 10.1.2.3 10.1.2.4 10.1.2.127 10.1.2.128 10.1.2.255 10.1.3.0 10.2.0.1 10.0.0.7 9.255.255.255; do
    kernels=$(ip route get "$address" | way)
    for table in table upside_down; do
      ours=$(client ch01_basics/route_lookup "$table" "$address" | way)
      [[ $ours == "$kernels" ]] || { echo "$address: '$ours', the kernel says '$kernels'"; return 1; }
    done
  done
}

# way: the gateway, if there is one, and the interface.
way() { grep -oE '(via [^ ]+ )?dev [^ ]+'; }

@test "the kernel chooses the same routes" {
  privately kernel_chooses_alike
}

# The kernel names the gateway that it takes for this address, or the error that the sender gets.
kernel_refuses_alike() {
  local number
  for number in 0 1; do
    ip link add "eth$number" type veth peer name "other$number"
    ip link set "eth$number" up
    ip link set "other$number" up
    ip address add "10.0.$number.100/24" dev "eth$number"
  done
  ip route add default nexthop via 10.0.0.1 nexthop via 10.0.1.1
  ip route add unreachable 10.1.0.0/16
  ip route add 10.1.2.0/24 via 10.0.0.3
  ip route add blackhole 10.1.2.3
  ip route add prohibit 10.3.0.0/16 metric 5
  ip route add throw 10.4.0.0/16
  ip route show >table
  cat table
  local address ours kernels
  for address in 8.8.8.8 9.9.9.9 10.1.1.1 10.1.2.2 10.1.2.3 10.3.0.1 10.4.0.1; do
    kernels=$(LC_ALL=C ip route get "$address" 2>&1 | sed -nE 's/.* (via [^ ]*).*/\1/p; s/^.*answers: //p')
    ours=$(client ch01_basics/route_lookup table "$address")
    [[ -n $kernels && $ours == *"$kernels"* ]] || { echo "'$ours', the kernel says '$kernels'"; return 1; }
  done
  # Here the kernel looks for this machine's own addresses, before it looks into the table above.
  ip -d route show table local | sed '$amulticast 239.0.0.0/8 dev near' | client ch01_basics/route_lookup - 10.0.0.100 10.0.1.255
}

@test "the kernel has the same routes with several gateways, and those that refuse packets" {
  privately kernel_refuses_alike
  assert_line --regexp '^\s+nexthop via 10\.0\.1\.1 dev eth1 weight 1'
  assert_line --regexp '^10\.0\.0\.100: local 10\.0\.0\.100 dev eth0 '
  assert_line --regexp '^10\.0\.1\.255: broadcast 10\.0\.1\.255 dev eth1 '
}

# The notes: .1 or .255. The kernel takes any address of a neighbour, but not the broadcast address.
any_gateway() {
  ip link add near type veth peer name far
  ip address add 10.9.0.100/24 dev near
  ip link set near up
  ip link set far up
  local last
  for last in 1 77 254; do
    ip route replace default via "10.9.0.$last"
    ip route show | "$BUILD_DIR/ch01_basics/route_lookup" - 8.8.8.8 | grep -F "default via 10.9.0.$last dev near"
    ip route get 8.8.8.8 | grep -F "via 10.9.0.$last dev near"
    ip route show | "$BUILD_DIR/ch01_basics/route_lookup" - "10.9.0.$last" | grep -F "10.9.0.0/24 dev near" # a neighbour
  done
  run ! ip route replace default via 10.9.0.255
}

# The first and the last host of a network, and its broadcast address, which the notes take for a gateway's.
usual_gateway() {
  ip link add near type veth peer name far
  ip address add 10.1.1.2/24 dev near
  ip link set near up
  ip link set far up
  client ch01_basics/subnet 10.1.1.2/24 >parts
  local gateway gateways
  gateways=$(awk '/^for hosts/ { sub(/,$/, "", $5); print $3, $5 } /^broadcast/ { print $2 }' parts)
  for gateway in $gateways; do
    ip route replace default via "$gateway" 2>/dev/null && ip route get 8.8.8.8 | grep -o "via $gateway" || echo "$gateway: no"
  done
}

@test "the usual gateways, 1 and 254, are hosts of the network, and 255 is its broadcast address" {
  privately usual_gateway
  assert_output "10.1.1.255: no
via 10.1.1.1
via 10.1.1.254"
}

# judges: nobody
@test "a gateway may have any address of a host" {
  privately any_gateway
}
