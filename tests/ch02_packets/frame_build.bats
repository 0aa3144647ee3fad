#!/usr/bin/env bats
# frame_build: its bytes, checked by hand and by the kernel.

setup() {
  load ../harness.bash
  load lab.bash
}

# to_right PROTOCOL FIELD...: a frame for 10.0.3.1 at the right end of the lab's cable, from a host
# 10.0.3.2 that does not exist at the left end.
to_right() {
  frame_build "$1" source_mac=02:00:00:00:03:02 destination_mac=02:00:00:00:03:01 \
    source_ip=10.0.3.2 destination_ip=10.0.3.1 "${@:2}"
}

# hint: Each layer puts its header before all that it got from above, and counts both.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "four layers from the top down, each adds its header, and back from the bottom up" {
  run -0 frame_build udp data=hello --explain
  run -0 grep -v '^ ' <<<"$output"
  assert_output "application: data, 5 bytes
transport: udp, 13 bytes
network: ipv4, 33 bytes
link: ethernet, 47 bytes
link: padding, 13 zeros, 60 bytes"
  run -0 frame_parse < <(frame_build udp data=hello)
  run -0 awk '/^  (link|network|transport)/ { print $1, $2 } /^  application/' <<<"$output"
  assert_output "link ethernet
network ipv4
transport udp
  application 5 bytes data=hello
link padding"
}

# hint: A field that has only some bits of a byte says which ones. Walk along the fields of all headers, options too.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "every byte is explained once" {
  run -0 frame_build tcp flags=SYN tcp_options=020405b4 ip_options=94040000 data=hello --explain
  local bits=0 line
  while read -r line; do
    if [[ $line =~ ^([0-9]+)(-([0-9]+))?\ bits\ ([0-9]+)-([0-9]+)\  ]]; then
      ((bits += BASH_REMATCH[5] - BASH_REMATCH[4] + 1))
    elif [[ $line =~ ^([0-9]+)(-([0-9]+))?\  ]]; then
      ((bits += 8 * (${BASH_REMATCH[3]:-${BASH_REMATCH[1]}} - BASH_REMATCH[1] + 1)))
    fi
  done <<<"$output"
  assert_equal "$bits" $((8 * (14 + 24 + 24 + 5)))
  assert_line --regexp '^ +14 bits 0-3 +46 +version=4$'
  assert_line --regexp '^ +20-21 bits 3-15 +0000 +fragment_offset=0$'
  assert_line --regexp '^ +26-29 +00000000 +source_ip=0.0.0.0$'
}

# hint: The destination comes first, then the source, then the type, high byte first. The IP header follows at once.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
# bats test_tags=first
@test "the link header has fourteen bytes, destination, source and type" {
  run -0 frame_build udp destination_mac=02:00:00:00:00:0a source_mac=02:00:00:00:00:0b
  assert_output --regexp '^02000000000a02000000000b080045'
}

# hint: Ethernet carries 46 bytes at least. Zeros make up the rest.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "a frame shorter than 60 bytes is padded, a longer one is not" {
  local size
  for size in 1 10 18; do
    run -0 frame_build udp "data=$(head -c "$size" /dev/zero | tr '\0' x)"
    assert_equal "${#output}" 120
  done
  run -0 frame_build udp data=1234567890123456789
  assert_equal "${#output}" 122
  for protocol in arp rarp icmp udp tcp; do
    run -0 frame_build "$protocol"
    assert_equal "${#output}" 120
  done
}

# text SIZE: that many bytes.
text() { printf "%0$1d" 0; }
smallest_and_largest() {
  watch here right
  to_right udp source_port=1 data=x --send=left
  to_right udp source_port=1 "data=$(text 17)" --send=left
  to_right udp source_port=2 "data=$(text 1472)" --send=left
  ! to_right udp source_port=3 "data=$(text 1473)" --send=left
  seen here.frames ' source_port=2 '
  awk '/^frame / { size = $3 } / source_port=[123] / { print "frame of", size }' here.frames
}

# 14 bytes are before them. The 4 of the CRC after them are seen by the network card only.
@test "an Ethernet frame carries 46 to 1500 bytes" {
  play smallest_and_largest
  assert_output "frame_build: send: Message too long
frame of 60
frame of 60
frame of 1514"
  run -0 client ch02_packets/segment_sizes 1472
  assert_line --index 0 --partial "MTU 1500: frame at most 1518,"
}

# hint: ARP is 0x0806 with the operations 1 and 2, RARP 0x8035 with 3 and 4. Both messages have 28 bytes.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "ARP and RARP have their types and operations, and 18 bytes of padding" {
  local zeros=000000000000000000000000000000000000 all=destination_mac=ff:ff:ff:ff:ff:ff
  run -0 frame_build arp "$all" operation=1 sender_mac=02:00:00:00:00:0b sender_ip=10.0.0.1 target_ip=10.0.0.2
  assert_output "ffffffffffff00000000000008060001080006040001""02000000000b0a000001""0000000000000a000002$zeros"
  run -0 frame_build arp "$all" operation=2
  assert_output --regexp '^f{12}0{12}08060001080006040002'
  run -0 frame_build rarp "$all" operation=3
  assert_output --regexp "^f{12}0{12}803500010800060400030{40}$zeros\$"
  run -0 frame_build rarp "$all" operation=4
  assert_output --regexp "^f{12}0{12}803500010800060400040{40}$zeros\$"
  local protocol operation meaning
  while read -r protocol operation meaning; do
    run -0 frame_parse < <(frame_build "$protocol" operation="$operation")
    assert_line --index 2 --regexp " operation=$operation .* \($meaning\)\$"
    assert_line --index 3 "  link padding 18 bytes"
  done <<'END'
arp 1 ARP request
arp 2 ARP reply
rarp 3 RARP request
rarp 4 RARP reply
END
  # A question is what ours makes without more words.
  ! is_stranger ch02_packets/frame_build || return 0
  run -0 frame_build arp
  assert_equal "${output:24:20}" 08060001080006040001
  run -0 frame_build rarp
  assert_equal "${output:24:20}" 80350001080006040003
}

@test "without more words ARP and RARP ask everybody, and ICMP asks for an echo" {
  run -0 frame_build arp
  assert_output --regexp '^f{12}0{12}08060001080006040001'
  run -0 frame_build rarp
  assert_output --regexp '^f{12}0{12}80350001080006040003'
  run -0 frame_parse < <(frame_build icmp)
  assert_line --index 3 --partial " (echo request, "
}

@test "options make the header longer in steps of four bytes, up to sixty" {
  local all size options words
  all=$(printf '01020304%.0s' {1..11})
  for size in {0..40..4}; do
    options=${all:0:2 * size}
    words=$(printf %x $((5 + size / 4)))
    run -0 frame_build udp "ip_options=$options"
    assert_equal "${output:28:2} ${output:68:2 * size}" "4$words $options"
    run -0 frame_build tcp "tcp_options=$options"
    assert_equal "${output:92:1} ${output:108:2 * size}" "$words $options"
  done
  for size in 1 2 3 6 38 41 42 44; do
    for words in "udp ip" "tcp tcp"; do
      run -2 frame_build "${words% *}" "${words#* }_options=${all:0:2 * size}"
      assert_line --index 0 --partial "options are up to 40 bytes"
    done
  done
}

# The checksums differ as much as 10.0.1.3 and 10.0.1.9, the last address of the route. The destination
# of a route that is used up, or that is longer than the header, is the one in the header.
@test "a checksum covers the last destination of a source route" {
  local right options
  while read -r right options; do
    run -0 frame_build udp "ip_options=$options" destination_ip=10.0.1.3 source_port=1 destination_port=2 data=hi --explain
    assert_output --partial " $right         checksum="
  done <<'END'
8c65 8307040a00010900
8c65 8907040a00010900
8c65 018307040a000109
8c65 940400008307040a00010900
8c65 830b040a0001080a00010900
8c6b 8307080a00010900
8c6b 0007040a00010900
8c6b 8328040a00010900
8c6b 83030100
8c6b 83000000
8c6b 01010183
END
}

@test "a VLAN makes a tag of four bytes between the MAC addresses and the packet" {
  run -0 frame_build udp data=1234567890123456789
  local plain=$output
  run -0 frame_build udp data=1234567890123456789 vlan_id=200 priority=5 drop_eligible=1
  assert_output "${plain:0:24}8100b0c8${plain:24}"
  run -0 frame_build arp vlan_id=4095 --explain
  assert_line "  12-13           8100         ether_type=0x8100"
  assert_line "link: vlan, 32 bytes"
  assert_line --regexp '^  14-15 bits 4-15 0fff +vlan_id=4095$'
  assert_line --regexp '^  16-17 +0806 +inner_type=0x0806$'
  run -2 frame_build udp vlan_id=4096
  run -2 frame_build udp priority=5
}

# Three datagrams: a good one, one whose data differs in a bit from what its checksum says, a good one.
udp_is_received() {
  in_background here received socat -u UDP-RECV:9190 -
  eventually ss_has 9190
  local ports=(source_port=40000 destination_port=9190) sum
  sum=$(to_right udp "${ports[@]}" data=bits | frame_parse | grep udp | values checksum)
  to_right udp "${ports[@]}" data=bits --send=left
  to_right udp "${ports[@]}" data=bitr "checksum=$sum" --send=left
  to_right udp "${ports[@]}" data=-end --send=left
  seen received end
  cat received
}
ss_has() { [[ -n $(ss -Hlnut "sport = :$1") ]]; }

# hint: The UDP checksum is over a pseudo-header (both addresses, the protocol, the length), the UDP header and the data.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "the kernel accepts our datagram, but not one with a flipped bit" {
  private_networks_or_skip
  play udp_is_received
  assert_output "bits-end"
}

tcp_and_icmp_are_answered() {
  in_background here listener socat -u TCP-LISTEN:9190 -
  eventually ss_has 9190
  ip neighbour add 10.0.3.2 lladdr 02:00:00:00:03:02 dev right
  watch here left
  local syn=(source_port=40000 destination_port=9190 flags=SYN)
  to_right tcp "${syn[@]}" sequence_number=1 checksum=0x1234 --send=left
  to_right tcp "${syn[@]}" sequence_number=999 --send=left
  to_right icmp type=8 identifier=7 sequence=8 data=hello checksum=0x1234 --send=left
  to_right icmp type=8 identifier=7 sequence=9 data=hello --send=left
  seen here.frames 'icmp type=0'
  grep -oE 'acknowledgement_number=.*flags=[A-Z,]*SYN|icmp type=0 .* sequence=[0-9]*' here.frames
}

# hint: TCP has the same pseudo-header as UDP, with its own protocol; ICMP has none. Put 0 into the field before you sum.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "the kernel answers our SYN and our echo request, but none with a wrong checksum" {
  private_networks_or_skip
  play tcp_and_icmp_are_answered
  assert_line --regexp '^acknowledgement_number=1000 tcp_header_length=6 reserved=0 flags=ACK,SYN$'
  refute_line --regexp '^acknowledgement_number=2 '
  assert_line --regexp '^icmp type=0 .* sequence=9$'
  refute_line --regexp 'sequence=8$'
}

# hint: The header length has 4 bits and counts units of 4 bytes. FIN is the lowest bit.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_build
@test "TCP has four reserved bits, then CWR and ECE, then the six older flags" {
  local words
  for words in "reserved=15 flags=none:5f00" "flags=CWR:5080" "flags=ECE:5040" "flags=CWR,ECE:50c0" "flags=URG,ACK,PSH,RST,SYN,FIN:503f" \
    flags=URG:5020 flags=ACK:5010 flags=PSH:5008 flags=RST:5004 flags=SYN:5002 flags=FIN:5001; do
    # shellcheck disable=SC2086  # words are wanted
    run -0 frame_build tcp ${words%:*}
    assert_equal "${output:92:4}" "${words#*:}"
  done
}

# The sequence number is the one that the receiver waits for.
reset_by_hand() {
  in_background mate said "$(program ch04_tcp/echo_server)" 9190 10.0.1.3
  seen said '^listening on '
  watch here eth0
  exec 7<>/dev/tcp/10.0.1.3/9190
  seen here.frames ' destination_port=9190 .* flags=ACK '
  local ack
  ack=$(grep -m 1 ' destination_port=9190 .* flags=ACK ' here.frames)
  frame_build tcp source_mac=02:00:00:00:01:02 destination_mac=02:00:00:00:01:03 \
    source_ip=10.0.1.2 destination_ip=10.0.1.3 source_port="$(values source_port <<<"$ack")" destination_port=9190 \
    sequence_number="$(values sequence_number <<<"$ack")" flags=RST --send=eth0
  seen said '^dropped '
  cat said
}

@test "a segment with RST aborts the connection" {
  private_networks_or_skip
  play reset_by_hand
  assert_line --regexp '^connected 10.0.1.2:'
  assert_line --regexp '^dropped 10.0.1.2:.*: Connection reset by peer$'
}

@test "without the right to raw sockets it says how to get it" {
  private_networks_or_skip
  run -1 unshare -r "$(program ch02_packets/frame_build)" arp --send=lo
  assert_line --index 0 "frame_build: socket: Operation not permitted"
  assert_line --index 1 --partial "unshare -rn bash"
}

@test "wrong arguments are wrong usage" {
  local words
  for words in "" "ip" "udp window=1" "udp source_port" "udp source_port=70000" "tcp reserved=16" "udp --explian" "arp data"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 frame_build $words
    assert_line --index 1 --partial "usage: frame_build arp|rarp|icmp|udp|tcp"
  done
  local data
  data=$(printf '%065508d' 0) # one byte more than a length of 16 bits allows
  run -2 frame_build udp "data=$data"
  assert_line --index 0 "frame_build: so much data does not fit: a length has 16 bits"
  run -0 frame_parse < <(frame_build udp "data=${data:1}")
  assert_line --index 2 --partial " total_length=65535 "
  run -2 frame_build udp source_ip=::1 "data=${data}aaaaaaaaaaaaaaaaaaaa"
  run -0 frame_parse < <(frame_build udp source_ip=::1 "data=${data}aaaaaaaaaaaaaaaaaaa")
  assert_line --index 2 --partial " payload_length=65535 "
  run -1 frame_build arp --send=nosuch
  assert_line --index 0 "frame_build: if_nametoindex nosuch: No such device"
}
