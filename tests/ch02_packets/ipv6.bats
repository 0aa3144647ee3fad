#!/usr/bin/env bats
# frame_build and frame_parse: IPv6, its extension headers and ICMPv6, as tshark reads them.

setup() {
  load ../harness.bash
  load lab.bash
  load ../recording.bash
  load fields.bash
  fields+=" $fields6"
  cd "$BATS_TEST_TMPDIR" || exit
}

# six PROTOCOL FIELD...: a frame of IPv6, in hex.
six() { frame_build "$1" source_ip=2001:db8::2 destination_ip=2001:db8::3 "${@:2}"; }

# extended HEX NUMBER REST: the frame with one more extension header in front, which has these bytes after its first.
extended() {
  printf '%s%04x%s%s%s%s\n' "${1:0:36}" $((16#${1:36:4} + ${#3} / 2 + 1)) "$2" "${1:42:66}" "${1:40:2}$3" "${1:108}"
}

# judged: what frame_parse says about the checksums, as tshark's numbers: 0 wrong, 1 right, 2 not checked, 4 illegal (a
# UDP checksum of 0; a tunnel may have it, RFC 6935).
judged() {
  frame_parse file all.pcap | grep -E '^  (transport|network icmpv6)' |
    grep -oE 'checksum (right|wrong|not checked)|no checksum, which IPv6 allows to tunnels only' |
    sed 's/.*wrong/0/; s/.*right/1/; s/.*not checked/2/; s/.*tunnels only/4/' | paste -sd ' '
}
judged_by_tshark() {
  recorded frame udp.checksum.status -e tcp.checksum.status -e icmpv6.checksum.status -o udp.check_checksum:TRUE \
    -o tcp.check_checksum:TRUE -o ipv6.defragment:FALSE | tr -d '\t' | paste -sd ' '
}

@test "tshark agrees about UDP, TCP and ICMPv6 over IPv6, with a tag, raw, and cut anywhere" {
  local udp tcp size cut=()
  udp=$(six udp traffic_class=18 flow_label=703710 hop_limit=3 source_port=40000 destination_port=9190 data=hello)
  tcp=$(six tcp flags=SYN tcp_options=020405b4 source_port=40000 destination_port=9190)
  pcap 1 "$udp" "$tcp" "$(tagged "$udp" 8100b005)" "${udp}00000000" \
    "$(six icmpv6 identifier=7 sequence=8 data=hello)" "$(six icmpv6 type=129 identifier=7 sequence=8 data=hello)"
  agrees 100
  run -0 judged
  assert_output '1 1 1 1 1 1'
  assert_equal "$(judged_by_tshark)" "$output"
  run -0 frame_parse file all.pcap
  assert_line "  link padding 4 bytes"
  pcap 101 "${udp:28}" "${tcp:28}"
  agrees 30
  for ((size = 14; size < ${#tcp} / 2; size++)); do cut+=("${tcp:0:2 * size}+$((${#tcp} / 2 - size))"); done
  pcap 1 "${cut[@]}"
  run -0 frame_parse file all.pcap
  refute_line --partial "its length"
  refute_line --partial "its header"
  assert_equal "$(grep -c '^  broken ipv6: only' <<<"$output")" 40
  assert_equal "$(grep -c '^  broken tcp: only' <<<"$output")" 24
}

@test "tshark agrees about extension headers, and a cut in any of them is named" {
  local udp all size name cut=()
  udp=$(six udp source_port=40000 destination_port=9190 data=hello)
  # Innermost first: padding for the destination, a fragment that is the whole, a route that is used up, padding and
  # a router alert for every host.
  all=$(extended "$udp" 3c 01010c000000000000000000000000)
  all=$(extended "$all" 2c 07000000bc614e)
  all=$(extended "$all" 2b 0200000000000020010db8000000000000000000000009)
  all=$(extended "$all" 00 00050200000100)
  for size in 54 62 86 94 110 118; do cut+=("${all:0:2 * size}+$((${#all} / 2 - size))"); done
  pcap 1 "$all" "$(tagged "$all" 81000005)" "$(extended "$udp" 3c 00010400000000)" "${cut[@]}"
  agrees 180
  run -0 frame_parse file all.pcap
  assert_line --index 3 "  network hop_by_hop extension_next_header=43 extension_length=0 extension_options=050200000100"
  assert_line --index 4 --regexp '^  network routing extension_next_header=44 extension_length=2 extension_options=0{12}20010db8'
  assert_line --index 5 "  network fragment fragment_next_header=60 fragment_reserved=7 fragment_offset=0 \
fragment_flags=none identification=12345678"
  assert_line --index 6 --partial "  network destination extension_next_header=17 extension_length=1 extension_options=010c0000"
  assert_line --index 7 --regexp "^  transport udp .*\(checksum right\)$"
  cut=()
  for ((size = 54; size < 126; size++)); do cut+=("${all:0:2 * size}+$((${#all} / 2 - size))"); done
  pcap 1 "${cut[@]}"
  for name in hop_by_hop:8 routing:24 fragment:8 destination:16 udp:8; do
    run -0 grep -c "^  broken ${name%:*}: only [0-9]* of [0-9]* bytes are there$" < <(frame_parse file all.pcap)
    assert_output "${name#*:}"
  done
}

@test "a checksum covers the final address of a route, and tshark judges each checksum alike" {
  local udp tcp icmp sum
  udp=$(six udp source_port=40000 destination_port=9190 data=hello)
  sum=$(six udp source_port=40000 destination_port=9190 data=hello destination_ip=2001:db8::9 | frame_parse | values checksum)
  local routed far
  far=$(six udp source_port=40000 destination_port=9190 data=hello "checksum=$sum")
  routed=20010db8000000000000000000000009
  tcp=$(six tcp data=hello)
  icmp=$(six icmpv6 data=hello)
  pcap 1 "$udp" "$tcp" "$icmp" "${udp:0:132}00" "${tcp:0:156}00" "${icmp:0:132}00" \
    "$(extended "$far" 2b "020001$(printf %08d 0)$routed")" "$(extended "$far" 2b "020201$(printf %08d 0)$routed")" \
    "$(extended "$far" 2b "020401$(printf %08d 0)$routed")" "$(extended "$far" 2b "020000$(printf %08d 0)$routed")" \
    "$(six udp data=hello checksum=0)" "$(six udp source_port=0x7fa8 checksum=0)"
  run -0 judged
  assert_output "1 1 1 0 0 0 1 1 1 0 4 4"
  assert_equal "$(judged_by_tshark)" "$output"
}

# RFC 6554: of each address, the bytes that it shares with the destination are left out; two numbers say how many
# of the last one and of those before it. What routes of another type mean is not known: no address is taken.
@test "the last address of a compressed route is put together, and none is taken from an unknown route" {
  local near far sum
  near=$(six udp source_port=40000 destination_port=9190 data=hello)
  sum=$(six udp source_port=40000 destination_port=9190 data=hello destination_ip=2001:db8::9 | frame_parse | values checksum)
  far=$(six udp source_port=40000 destination_port=9190 data=hello "checksum=$sum")
  pcap 1 "$(extended "$far" 2b 010301ff7000000900000000000000)" "$(extended "$far" 2b 010303ff5000000506090000000000)" \
    "$(extended "$far" 2b 0203028800000000000000000000050000000000000009)" \
    "$(extended "$far" 2b 0203028e60000000000000000000050009000000000000)" \
    "$(extended "$far" 2b 0203010000000020010db8000000000000000000000009)" \
    "$(extended "$near" 2b 010300ff7000000500000000000000)" \
    "$(extended "$near" 2b 02fd010000000020010db8000000000000000000000009)" "$(extended "$near" 2b 010301fff000000900000000000000)"
  run -0 judged
  assert_output "1 1 1 1 1 1 1 1"
  run -0 judged_by_tshark
  assert_output --regexp '^1 1 1 1 1 1 1 .$' # the last one states more padding than it has bytes
}

# Words for frame_build, and what frame_parse makes of them.
messages='type=1 code=0:destination unreachable: no route to destination
type=1 code=1:destination unreachable: administratively prohibited
type=1 code=2:destination unreachable: beyond scope of source address
type=1 code=3:destination unreachable: address unreachable
type=1 code=4:destination unreachable: port unreachable
type=1 code=5:destination unreachable: source address failed policy
type=1 code=6:destination unreachable: reject route to destination
type=1 code=9:destination unreachable, code 9
type=2 mtu=1280:packet too big
type=3 code=0:time exceeded: hop limit exceeded
type=3 code=1:time exceeded: fragment reassembly time exceeded
type=4 code=0 pointer=6:parameter problem: erroneous header field
type=4 code=1 pointer=40:parameter problem: unrecognized next header
type=4 code=2 pointer=4294967295:parameter problem: unrecognized option
type=128 identifier=5 sequence=6 data=hello:echo request
type=129 identifier=5 sequence=6 data=hello:echo reply
type=130 data=0000000000000000000000:multicast listener query
type=131 data=00000000000000000000:multicast listener report
type=132 data=00000000000000000000:multicast listener done
type=133:router solicitation
type=133 link_address=02~00~00~00~01~02:router solicitation
type=134 router_hop_limit=64 flags=managed,other preference=1 router_lifetime=1800 reachable_time=30000 retransmit_time=9:router advertisement
type=134 flags=home_agent preference=3 link_address=02~00~00~00~01~02:router advertisement
type=135 target_ip=fe80~~3:neighbour solicitation
type=135 target_ip=fe80~~3 link_address=02~00~00~00~01~02:neighbour solicitation
type=136 target_ip=fe80~~3 flags=router,solicited,override option_type=2 link_address=02~00~00~00~01~03:neighbour advertisement
type=136 target_ip=fe80~~3 flags=solicited:neighbour advertisement
type=137 target_ip=fe80~~3 redirected_ip=2001~db8~~9 option_type=2 link_address=02~00~00~00~01~09:redirect
type=143 data=0000:multicast listener report, version 2
type=200:type 200'

@test "tshark agrees about each ICMPv6 message, and its name says what it is" {
  local frames=() words names=() name line
  while IFS=: read -r line name; do
    read -ra words <<<"${line//\~/:}"
    frames+=("$(six icmpv6 hop_limit=255 "${words[@]}")")
    names+=("$name, checksum right")
  done <<<"$messages"
  pcap 1 "${frames[@]}"
  agrees 450
  run -0 frame_parse file all.pcap
  refute_line --partial broken
  run -0 sed -nE 's/^  network icmpv6 .* \((.*)\)$/\1/p' <<<"$output"
  assert_output "$(printf '%s\n' "${names[@]}")"
  # And each field came at least once.
  for name in $(tr ' ' '\n' <<<"$fields6" | grep -F icmpv6.); do
    grep -q " $name " ours || { echo "$name never came"; return 1; }
  done
}

@test "neighbour discovery has its target, its flags, and a MAC as an option" {
  run -0 frame_parse < <(six icmpv6 type=136 target_ip=fe80::3 flags=router,override option_type=2 \
    link_address=02:00:00:00:01:03)
  assert_line --index 3 --regexp ' flags=router,override reserved=0 target_ip=fe80::3 \(neighbour advertisement, checksum right\)$'
  assert_line --index 4 "  network option option_type=2 option_length=1 link_address=02:00:00:00:01:03"
  assert_equal "${#lines[@]}" 5
  # Options of other kinds and lengths; one that is longer than the packet, and one that has no length at all.
  local advertisement option
  advertisement=$(six icmpv6 type=134)
  option() { echo "${advertisement:0:36}$(printf %04x $((16 + ${#1} / 2)))${advertisement:40}$1" | frame_parse; }
  run -0 option 05010000000005dc
  assert_line --index 4 "  network option option_type=5 option_length=1 option_data=0000000005dc"
  run -0 option "0102020000000102$(printf %016d 0)"
  assert_line --index 4 "  network option option_type=1 option_length=2 option_data=0200000001020000000000000000"
  run -0 option 05020000000005dc
  assert_line "  broken option: its header cannot have 16 bytes"
  run -0 option 05000000000005dc
  assert_line "  broken option: its header cannot have 0 bytes"
  run -0 option 01010200
  assert_line "  broken option: only 4 of 8 bytes are there"
  run -0 option 05
  assert_line "  broken option: only 1 of 2 bytes are there"
}

@test "only the first fragment has the header of the next layer" {
  local udp first
  udp=$(six udp source_port=40000 destination_port=9190 data=0123456789abcdef)
  first=$(extended "$udp" 2c 00000100000007)
  pcap 1 "$first" "$(extended "$udp" 2c 00000900000007)" "$(extended "$udp" 2c 00000800000007)" "$(extended "$udp" 2c 00000000000007)"
  agrees 70
  assert_equal "$(judged)" "2 1"
  run -0 frame_parse file all.pcap
  assert_line --index 3 --partial " fragment_offset=0 fragment_flags=MF identification=7"
  assert_line --index 4 --regexp '^  transport udp .*\(checksum not checked: a part is missing or damaged\)$'
  assert_equal "$(grep -c '^  rest 24 bytes data=' <<<"$output")" 2
  assert_equal "$(grep -c '^  application 16 bytes data=0123456789abcdef' <<<"$output")" 2
}

@test "lying lengths of IPv6 are named, and what follows the payload is padding" {
  local udp size
  udp=$(six udp data=hello) # 13 bytes of payload
  while read -r size message; do
    run -0 frame_parse < <(six udp data=hello payload_length="$size")
    assert_line "  broken $message"
  done <<'END'
14 ipv6: its length is 14, but only 13 bytes are there
65535 ipv6: its length is 65535, but only 13 bytes are there
12 udp: its length is 13, but only 12 bytes are there
7 udp: only 7 of 8 bytes are there
0 udp: only 0 of 8 bytes are there
END
  assert_line "  link padding 13 bytes"
  run -0 frame_parse < <(extended "$udp" 00 02050200000100)
  assert_line "  broken hop_by_hop: its header cannot have 24 bytes"
  run -0 frame_parse < <(extended "$udp" 3c ff010400000000)
  assert_line "  broken destination: its header cannot have 2048 bytes"
  run -0 frame_parse < <(six udp version=4)
  assert_line "  broken ipv6: its version is 4"
  # tshark finds the same up to there.
  pcap 1 "$(six udp data=hello payload_length=14)" "$(six udp data=hello payload_length=9)" "$udp$udp"
  agrees 40
}

@test "what IPv6 carries and is not decoded has its name" {
  local number name
  while read -r number name; do
    run -0 frame_parse < <(six udp next_header="$number")
    assert_line --index 3 --partial "  rest 8 bytes ($name) data="
    run -0 frame_parse < <(extended "$(six udp next_header="$number")" 3c 00010400000000)
    assert_line --index 4 --partial "  rest 8 bytes ($name) data="
    refute_line --partial broken
  done <<'END'
4 IPv4, not decoded here
41 IPv6, not decoded here
50 ESP, not decoded here
51 AH, not decoded here
59 no next header
1 protocol 1, not decoded here
132 protocol 132, not decoded here
END
}

@test "addresses are written as RFC 5952 and tshark write them" {
  local frames=() ip
  local addresses=(:: ::1 fe80:: 2001:db8::1 2001:db8:0:1:1:1:1:1 2001:0:0:1::1 2001:db8::1:0:0:1 ::ffff:192.0.2.1 ff02::1:ff00:a)
  for ip in "${addresses[@]}"; do frames+=("$(six udp source_ip="$ip")"); done
  pcap 1 "${frames[@]}"
  run -0 recorded frame ipv6.src
  assert_output "$(printf '%s\n' "${addresses[@]}")"
  assert_equal "$(frame_parse file all.pcap | values source_ip)" "$output"
  assert_equal "$(frame_build udp source_ip=2001:0DB8:0:0::000A)" "$(frame_build udp source_ip=2001:db8::a)"
  for ip in ::1::2 1.2.3.4 fe80 fe80::12345; do
    run -2 six udp source_ip="$ip"
    assert_line --index 0 "frame_build: '$ip' is not an IPv6 address"
  done
  run -2 frame_build icmp source_ip=fe80::1
  assert_line --index 0 "frame_build: 'fe80::1' is not an IP address"
}

# Addresses for here, mate, the router and there, while all that passes here is recorded. The packets of the kernels: a
# host says which groups it joins, asks for MACs, and gets errors from the router and from mate.
record_ipv6() {
  local host interface
  begin_recording eth0
  for host in here mate router there; do on "$host" sysctl -qw net.ipv6.conf.{default,all}.disable_ipv6=0; done
  on router sysctl -qw net.ipv6.conf.all.forwarding=1
  while read -r host interface ip; do ip -n "$host" address add "$ip/64" dev "$interface" nodad; done <<'END'
here eth0 2001:db8:1::2
mate eth0 2001:db8:1::3
router lan 2001:db8:1::1
router far 2001:db8:2::1
there eth0 2001:db8:2::2
END
  for host in here mate; do ip -n "$host" route add default via 2001:db8:1::1; done
  ip -n router link set far mtu 1280
  in_background mate echo.log socat TCP6-LISTEN:9190 EXEC:cat
  in_background mate sink.log socat -u UDP6-RECV:9190 -
  until on mate ss -Hlnt | grep -q 9190 && on mate ss -Hlnu | grep -q 9190; do pause 0.05; done
  socat -t 1 - 'TCP6:[2001:db8:1::3]:9190' < <(head -c 5000 /dev/zero | tr '\0' x) >echoed
  socat -b 4000 -u - 'UDP6:[2001:db8:1::3]:9190,shut-none' < <(head -c 4000 /dev/zero | tr '\0' y) # in fragments
  socat -u - 'UDP6:[2001:db8:1::3]:9191,shut-none' <<<hello
  socat -u - 'UDP6:[2001:db8:2::2]:9191,shut-none,ipv6-unicast-hops=1' <<<hello
  socat -b 1400 -u - 'UDP6:[2001:db8:2::2]:9191,shut-none' < <(head -c 1400 /dev/zero)
  socat -u - 'UDP6:[2001:db8:9::9]:9191,shut-none' <<<hello
  local echo=(source_mac=02:00:00:00:01:02 destination_mac=02:00:00:00:01:03 source_ip=2001:db8:1::2
    destination_ip=2001:db8:1::3 identifier=7 data=hello)
  frame_build icmpv6 "${echo[@]}" sequence=8 checksum=0x1234 --send=eth0
  frame_build icmpv6 "${echo[@]}" sequence=9 --send=eth0
  frame_build icmpv6 "${echo[@]}" sequence=10 vlan_id=5 --send=eth0
  # From a neighbour that does not exist: the answer is sent to the MAC in the option.
  frame_build icmpv6 type=135 hop_limit=255 source_mac=02:00:00:00:01:02 source_ip=2001:db8:1::7 \
    destination_mac=33:33:ff:00:00:03 destination_ip=ff02::1:ff00:3 target_ip=2001:db8:1::3 \
    link_address=02:00:00:00:01:02 --send=eth0
  local filter
  for filter in 'icmpv6.type == 1 && icmpv6.code == 0' 'icmpv6.type == 1 && icmpv6.code == 4' icmpv6.type==2 icmpv6.type==3 \
    icmpv6.type==129 'icmpv6.type == 136 && ipv6.dst == 2001:db8:1::7'; do
    eventually has_recorded "$filter" || { echo "never came: $filter"; return 1; }
  done
  end_recording
}

@test "tshark agrees about every field of IPv6 that kernels send to each other" {
  private_networks_or_skip
  recorder_or_skip
  perform record_ipv6
  agrees 500
  local name
  for name in $(tr ' ' '\n' <<<"$fields6" | grep -E '^ipv6\.(hopopts|fraghdr|[a-z]*$)|^icmpv6\.(nd\.n|opt)'); do
    grep -q " $name " ours || { echo "$name never came"; return 1; }
  done
  assert_equal "$(wc -c <echoed)" 5000
  run -0 frame_parse file all.pcap
  refute_line --partial broken
  while read -r name; do
    assert_line --regexp "^  $name"
  done <<'END'
network hop_by_hop extension_next_header=58
network icmpv6 type=143 .*\(multicast listener report, version 2, checksum right\)
network icmpv6 type=135 .* target_ip=2001:db8:1::3 \(neighbour solicitation, checksum right\)
network option option_type=1 option_length=1 link_address=02:00:00:00:01:02
network icmpv6 type=136 .* flags=solicited,override reserved=0 target_ip=2001:db8:1::3 \(neighbour advertisement, checksum right\)
network option option_type=2 option_length=1 link_address=02:00:00:00:01:03
network icmpv6 type=1 .*\(destination unreachable: no route to destination, checksum right\)
network icmpv6 type=1 .*\(destination unreachable: port unreachable, checksum right\)
network icmpv6 type=2 .* mtu=1280 \(packet too big, checksum right\)
network icmpv6 type=3 .*\(time exceeded: hop limit exceeded, checksum right\)
network icmpv6 type=128 .* sequence=8 \(echo request, checksum wrong\)
network icmpv6 type=129 .* identifier=7 sequence=9 \(echo reply, checksum right\)
network fragment fragment_next_header=17 .* fragment_offset=0 fragment_flags=MF
network fragment fragment_next_header=17 .* fragment_offset=181 fragment_flags=MF
network fragment fragment_next_header=17 .* fragment_offset=362 fragment_flags=none
transport tcp .* flags=SYN .*\(checksum left to the card\)
END
  refute_line --regexp 'type=129 .* sequence=8 '
}
