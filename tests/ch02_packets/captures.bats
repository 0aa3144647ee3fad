#!/usr/bin/env bats
# frame_parse: captures and hex from elsewhere. Each file is read as tshark reads it, or refused with its name.

setup() {
  load ../harness.bash
  load lab.bash
  load ../recording.bash
  load fields.bash
  cd "$BATS_TEST_TMPDIR" || exit
  udp=$(frame_build udp source_ip=10.0.1.2 destination_ip=10.0.1.3 source_port=40000 destination_port=9190 data=hello)
  tcp=$(frame_build tcp source_ip=10.0.1.2 destination_ip=10.0.1.3 source_port=40000 destination_port=9190 data=hello)
}

# offloaded HEX: the frame with 0 as the length of its IP packet.
offloaded() { echo "${1:0:32}0000${1:36}"; }

@test "tshark agrees about frames with a tag, with padding, and cut ones" {
  pcap 1 "$udp" "$tcp" "$(tagged "$udp" 8100b005)" "$(tagged "$(frame_build arp)" 81000fff)" "$(tagged "$udp" 91000001)" \
    "${udp:0:90}+15" "${tcp:0:112}+3" "$(frame_build udp ether_type=0x1234)"
  agrees 120
}

@test "tshark agrees about raw IPv4, about frames with their CRC, little-endian and nanosecond files" {
  local link
  pcap 101 "${udp:28:66}" "${tcp:28}"
  agrees 30
  for link in 228 12 14; do # other numbers of the same link
    pcap "$link" "${udp:28:66}" "${tcp:28}"
    run -0 diff theirs <(ours)
  done
  pcap $((0x24000001)) "${udp}01020304"
  agrees 19
  pcap 1 "$udp" "$tcp"
  mv all.pcap big.pcap
  for link in pcap nsecpcap; do
    tshark -r big.pcap -F "$link" -w all.pcap 2>tshark.log || { cat tshark.log; return 1; }
    run ! cmp -s all.pcap big.pcap
    agrees 40
  done
}

@test "each tag is a header of its own, those of customers and of providers" {
  pcap 1 "$(tagged "$(tagged "$udp" 8100b0c8)" 88a80064)" "$(tagged "$(tagged "$(tagged "$udp" 81000003)" 81000002)" 81000001)"
  run -0 recorded frame ieee8021ad.id -e vlan.id -e vlan.priority -e udp.dstport -E separator=' '
  assert_output "100 200 5 9190
 1,2,3 0,0,0 9190"
  run -0 frame_parse file all.pcap
  assert_line --index 1 --partial " ether_type=0x88a8"
  assert_line --index 2 "  link vlan priority=0 drop_eligible=0 vlan_id=100 inner_type=0x8100"
  assert_line --index 3 "  link vlan priority=5 drop_eligible=1 vlan_id=200 inner_type=0x0800"
  assert_line --index 5 --regexp '^  transport udp .* destination_port=9190 .*\(checksum right\)$'
  run -0 values vlan_id <<<"$output"
  assert_output $'100\n200\n1\n2\n3'
  local whole
  whole=$(tagged "$udp" 81000005)
  run -0 frame_parse <<<"${whole:0:34}"
  assert_line --index 2 "  rest 3 bytes data=..."
  assert_line --index 3 "  broken vlan: only 3 of 4 bytes are there"
}

@test "an offloaded packet has length 0, so the frame says how long it is" {
  pcap 1 "$(offloaded "${tcp:0:118}")" "$(tagged "$(offloaded "${tcp:0:118}")" 81000005)" "$(offloaded "${tcp:0:112}")+3"
  run -0 recorded frame tcp.len
  assert_output $'5\n5\n5'
  theirs | grep -v ip.len >theirs
  ours | grep -v ip.len >ours
  run -0 diff theirs ours
  run -0 frame_parse file all.pcap
  assert_line --index 2 --partial " total_length=0 "
  assert_line --index 2 --regexp '\(checksum wrong, length 0: taken from the frame\)$'
  assert_line --index 3 --regexp '^  transport tcp .*\(checksum right\)$'
  assert_line --index 4 "  application 5 bytes data=hello"
  refute_line --partial broken
  assert_line --regexp '\(checksum not checked: a part is missing or damaged\)$'
  assert_line "  application 2 bytes data=he"
}

# Since the kernel of 2023 it may have more bytes than a length of 16 bits can say (BIG TCP).
@test "a frame that is longer than an IP packet can say comes whole" {
  private_networks_or_skip
  long_frame() {
    ip link set lo mtu 100000
    in_background here frames "$(program ch02_packets/frame_parse)" live lo 1 20
    seen frames '^ready$'
    python3 -c 'import socket
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("lo", 0))
link.send(bytes(12) + b"\x12\x34" + bytes(90000))'
    seen frames '^frame 1: 90014 bytes$'
  }
  play long_frame
}

@test "a cut frame says how long it was, and is not called broken if its headers are there" {
  pcap 1 "${tcp:0:112}+4" "${tcp:0:80}+20"
  run -0 recorded frame frame.cap_len -e frame.len -e tcp.len
  assert_output --regexp $'^56\t60\t5\n40\t60\t'
  run -0 frame_parse file all.pcap
  assert_line --index 0 "frame 1: 56 bytes of 60, cut by the capture"
  assert_line --index 3 --regexp '^  transport tcp .*\(checksum not checked: a part is missing or damaged\)$'
  assert_line --index 4 "  application 2 bytes data=he"
  assert_line --index 5 "frame 2: 40 bytes of 60, cut by the capture"
  assert_line --index 9 "  broken tcp: only 6 of 20 bytes are there"
  # Options are never taken for data: the header has 40 bytes, and 34 or 22 of them came.
  local tcp_options ip_options
  tcp_options=$(frame_build tcp tcp_options=0101010101010101010101010101010101010101 data=hello)
  ip_options=$(frame_build udp ip_options=01010101 data=0123456789)
  pcap 1 "${tcp_options:0:136}+$((${#tcp_options} / 2 - 68))" "${ip_options:0:72}+$((${#ip_options} / 2 - 36))"
  run -0 frame_parse file all.pcap
  assert_line "  broken tcp: only 34 of 40 bytes are there"
  assert_line "  broken ipv4: only 22 of 24 bytes are there"
  refute_output --partial application
  # All of the packet is there, and only padding is missing.
  pcap 1 "${udp:0:100}+10"
  run -0 frame_parse file all.pcap
  assert_line --index 3 --regexp '^  transport udp .*\(checksum right\)$'
  # What even the whole frame would not have is missing for another reason.
  pcap 1 "$(frame_build udp length=20)+1"
  run -0 frame_parse file all.pcap
  assert_line --partial "broken udp: its length is 20, but only 8 bytes are there"
}

@test "a type up to 1500 is a length, and what follows it is padding" {
  pcap 1 "0180c20000000200000001020026424203$(printf '%086d' 0)"
  run -0 recorded frame eth.len -e eth.type
  assert_output --regexp $'^38\t$'
  run -0 frame_parse file all.pcap
  assert_line --index 1 --regexp ' ether_type=0x0026$'
  assert_line --index 2 --partial "  rest 38 bytes "
  assert_line --index 3 "  link padding 8 bytes"
}

# IP says how long its packet is, and UDP how long its datagram: between the two may be UDP options (RFC 9868).
@test "what is in the packet behind the datagram is not called padding" {
  local longer
  longer=$(frame_build udp total_length=37 data=hello)
  pcap 1 "$longer" "$(frame_build udp payload_length=22 source_ip=::1 destination_ip=::1 data=0123456789)aabbccdd" "${longer:0:98}+11"
  run -0 frame_parse file all.pcap
  assert_line --index 4 "  application 5 bytes data=hello"
  assert_line --index 5 "  transport surplus 4 bytes, behind the length of udp"
  assert_line --index 6 "  link padding 9 bytes"
  assert_equal "$(grep -E ' (surplus|padding) ' <<<"$output" | tail -n +3)" "  transport surplus 4 bytes, behind the length of udp
  transport surplus 2 bytes, behind the length of udp"
  refute_line --partial broken
  run -0 frame_parse <<<"$(offloaded "$udp")" # nobody knows where the packet ends
  refute_line --partial surplus
  assert_line --index 5 "  link padding 13 bytes"
}

@test "a raw packet of IPv6 is named, and its bytes are not taken for IPv4" {
  local link six
  six="60000000$(printf '%072d' 0)"
  for link in 101 228 229 12; do
    pcap "$link" "${six:0:12}3b${six:14}" "${six:0:2}"
    run -0 frame_parse file all.pcap
    assert_line --index 1 "  network ipv6 version=6 traffic_class=0 flow_label=0 payload_length=0 next_header=59 hop_limit=0 \
source_ip=:: destination_ip=::"
    assert_line --index 3 '  rest 1 bytes data=`'
    assert_line --index 4 "  broken ipv6: only 1 of 40 bytes are there"
    assert_equal "${#lines[@]}" 5
  done
  pcap 101 "50000000$(printf '%072d' 0)" # no such version
  run -0 frame_parse file all.pcap
  assert_line --index 2 "  broken ipv4: its version is 5"
  pcap 229 "" # no version
  run -0 frame_parse file all.pcap
  assert_line --index 1 "  broken ip: only 0 of at least 20 bytes are there"
}

@test "a frame of IPv6 is named too, behind a tag as well, and nothing else is" {
  local six
  six="02000000000202000000000186dd60000000$(printf '%04d3b%066d' 0 0)"
  pcap 1 "$six" "$(tagged "$six" 81000005)" "${six:0:28}" "$(frame_build udp ether_type=0x1234)"
  run -0 frame_parse file all.pcap
  assert_line --index 2 --partial '  network ipv6 version=6 '
  assert_line --index 6 --partial '  network ipv6 version=6 '
  assert_equal "$(grep -c ' ipv6 ' <<<"$output")" 2
  assert_line "  broken ipv6: only 0 of 40 bytes are there"
  run -0 recorded frame ipv6.version
  assert_output $'6\n6'
}

@test "a capture from another link is refused with the link's name and number" {
  local link name
  while read -r link name; do
    pcap "$link" "$udp"
    run -1 frame_parse file all.pcap
    assert_output --regexp "^frame_parse: link type $link \($name\b.*\): only Ethernet \(1\) and raw IP \(101, 228, 229\) are read here$"
  done <<<'0 NULL
9 PPP
105 IEEE802_11
113 LINUX_SLL
127 IEEE802_11_RADIOTAP
276 LINUX_SLL2'
  pcap 147 "$udp"
  run -1 frame_parse file all.pcap
  assert_output --partial "frame_parse: link type 147 (see www.tcpdump.org/linktypes.html): only "
}

@test "pcapng and gzip are refused with how to convert them, and the converted file is read" {
  local file
  pcap 1 "$udp"
  tshark -r all.pcap -F pcapng -w new.pcapng 2>tshark.log || { cat tshark.log; return 1; }
  gzip -k all.pcap
  for file in new.pcapng all.pcap.gz; do
    run -1 frame_parse file "$file"
    assert_output "frame_parse: not a pcap file (pcapng, compressed? tshark -r FILE -F pcap -w NEW)"
    tshark -r "$file" -F pcap -w all.pcap 2>tshark.log || { cat tshark.log; return 1; }
    agrees 19
  done
}

@test "a capture without frames is no error, one that ends too early is" {
  pcap 1
  run -0 frame_parse file all.pcap
  assert_output ""
  run -0 recorded frame frame.number
  assert_output ""
  : >empty
  run -1 frame_parse file empty
  assert_output "frame_parse: not a pcap file: it has less than 24 bytes"
  pcap 1 "$udp" "$udp"
  head -c 110 all.pcap >short
  run -1 frame_parse file short
  assert_line --index 0 "frame 1: 60 bytes"
  assert_line "frame_parse: the file ends within the header of a frame"
  head -c 130 all.pcap >short
  run -1 frame_parse file short
  assert_line "frame_parse: the file ends within a frame"
}

@test "hex may have spaces, tabs, capital letters, CR LF and blank lines" {
  run -0 frame_parse <<<"$udp"
  local expected=$output
  run -0 frame_parse < <(printf '\r\n\n  %s\t%s \r\n\r\n' "${udp:0:20}" "${udp:20}")
  assert_output "$expected"
  run -0 frame_parse <<<"${udp^^}"
  assert_output "$expected"
  run -0 frame_parse < <(printf %s "$udp")
  assert_output "$expected"
  run -0 frame_parse <<<""
  assert_output ""
  run -0 client ch02_packets/internet_checksum $'f2\r' $'03\r'
  assert_line --index 0 "1 words, their sum 0xf203, its complement 0x0dfc"
}

@test "an error in hex names its line" {
  local bad
  for bad in 0z 020 0x45 'ff,ff' $'\xef\xbb\xbfff'; do
    run -1 frame_parse < <(printf '%s\n\n%s\n' "$udp" "$bad")
    assert_line --index 0 "frame 1: 60 bytes"
    assert_line "frame_parse: line 3: not pairs of hexadecimal digits"
  done
  run -1 frame_parse < <(printf '\n%0200001d' 0)
  assert_output "frame_parse: line 2: a line longer than 200000 bytes"
}

@test "an interface that is not Ethernet is refused" {
  private_networks_or_skip
  in_private_network ip tuntap add mode tun tunnel 2>/dev/null || skip "tun interfaces are forbidden here"
  run -1 in_private_network bash -c 'ip tuntap add mode tun tunnel; "$1" live tunnel' - "$(program ch02_packets/frame_parse)"
  assert_output "frame_parse: tunnel has no Ethernet frames: its type is 65534 (linux/if_arp.h)"
}

# A frame with a tag, from one end of the cable to the other.
tag_arrives() {
  watch here right
  frame_build udp destination_mac=ff:ff:ff:ff:ff:ff source_port=77 vlan_id=5 --send=left
  seen here.frames source_port=77
  cat here.frames
}

@test "Linux takes the first tag off before a packet socket gets the frame" {
  private_networks_or_skip
  play tag_arrives
  assert_line --regexp '^  link ethernet .* ether_type=0x0800$'
  assert_line --regexp ' source_port=77 '
  refute_line --partial vlan
}
