#!/usr/bin/env bats
# frame_parse: what it prints about frames from frame_build, from the kernel, and broken ones.
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() {
  load ../harness.bash
  load lab.bash
  load ../recording.bash
  load fields.bash
}

# described WORD...: builds a frame from these words and takes it apart again.
described() { frame_build "$@" | frame_parse; }

# hint: Each header says which one is next: the type of Ethernet, then the protocol of IP. IP's total length says where the data ends and the padding begins.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_parse
# bats test_tags=first
@test "a datagram makes four lines, one for each layer from link to application" {
  run -0 described udp data=hello
  assert_line --index 1 --regexp '^  link ethernet '
  assert_line --index 2 --regexp '^  network ipv4 '
  assert_line --index 3 --regexp '^  transport udp '
  assert_line --index 4 '  application 5 bytes data=hello'
  assert_line --index 5 '  link padding 13 bytes'
  assert_equal "${#lines[@]}" 6
  run -0 described tcp data=hello
  assert_line --index 1 --regexp '^  link ethernet '
  assert_line --index 2 --regexp '^  network ipv4 '
  assert_line --index 3 --regexp '^  transport tcp '
  assert_line --index 4 '  application 5 bytes data=hello'
}

# The page shows neither the order of several flags nor every note at the end of a line.
# hint: Numbers of two and four bytes come high byte first. The header length counts units of 4 bytes: options come before the next header.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_parse
@test "every field that was built is read again, in every protocol" {
  local ip=(version=4 header_length=6 type_of_service=16 total_length=48 identification=7 ip_flags=DF fragment_offset=0
    time_to_live=9 protocol=6 header_checksum=0x1234 source_ip=1.2.3.4 destination_ip=5.6.7.8 ip_options=94040000)
  local tcp=(source_port=1 destination_port=2 sequence_number=4294967295 acknowledgement_number=4 tcp_header_length=6
    reserved=15 "flags=CWR,ECE,URG,ACK,PSH,RST,SYN,FIN" window=7 checksum=0x0008 urgent_pointer=9 tcp_options=020405b4)
  run -0 described tcp "${ip[@]}" "${tcp[@]}"
  assert_line --index 2 "  network ipv4 ${ip[*]} (checksum wrong)"
  assert_line --index 3 --regexp "^  transport tcp ${tcp[*]/flags=*/flags=[A-Z,]+} \(checksum wrong\)$"
  assert_equal "$(flags)" "ACK CWR ECE FIN PSH RST SYN URG"
  is_stranger ch02_packets/frame_parse || assert_line --index 3 "  transport tcp ${tcp[*]} (checksum wrong)"
  run -0 described tcp flags=URG,SYN
  assert_equal "$(flags)" "SYN URG"
  local udp=(source_port=3 destination_port=4 length=13 checksum=0x0009)
  run -0 described udp protocol=17 "${udp[@]}" data=hello
  assert_line --index 3 "  transport udp ${udp[*]} (checksum wrong)"
  assert_line --index 4 "  application 5 bytes data=hello"
  local arp=(hardware_type=1 protocol_type=0x0800 hardware_length=6 protocol_length=4 operation=2
    sender_mac=02:00:00:00:00:01 sender_ip=10.0.0.1 target_mac=02:00:00:00:00:02 target_ip=10.0.0.2)
  run -0 described arp destination_mac=02:00:00:00:00:02 "${arp[@]}"
  assert_line --index 1 "  link ethernet destination_mac=02:00:00:00:00:02 source_mac=00:00:00:00:00:00 ether_type=0x0806"
  assert_line --index 2 --regexp "^  link arp ${arp[*]}( \(.*\))?$"
  is_stranger ch02_packets/frame_parse || assert_line --index 2 "  link arp ${arp[*]} (ARP reply)"
  arp[4]=operation=4
  run -0 described rarp "${arp[@]}"
  assert_line --index 1 --partial " ether_type=0x8035"
  assert_line --index 2 --regexp "^  link r?arp ${arp[*]}( \(.*\))?$"
  is_stranger ch02_packets/frame_parse || assert_line --index 2 "  link arp ${arp[*]} (RARP reply)"
  run -0 described icmp type=8 code=3 identifier=5 sequence=6
  assert_line --index 3 --regexp '^  network icmp type=8 code=3 checksum=0x[0-9a-f]{4} identifier=5 sequence=6 \((.*, )?checksum right\)$'
  ! is_stranger ch02_packets/frame_parse || return 0
  assert_line --index 2 --partial " protocol=1 "
  assert_line --index 3 --partial " (echo request, checksum right)"
  # What was not given is filled in so that it is read again, too.
  run -0 described tcp ip_options=94040000 tcp_options=020405b4 data=hello
  assert_line --index 2 --regexp ' header_length=6 .* total_length=53 .* protocol=6 .* ip_options=94040000 \(checksum right\)$'
  assert_line --index 3 --regexp ' tcp_header_length=6 .* tcp_options=020405b4 \(checksum right\)$'
  assert_line --index 4 "  application 5 bytes data=hello"
  run -0 described udp source_ip=10.0.0.1 destination_ip=10.0.0.2
  assert_line --index 3 --partial " length=8 checksum=0xebdb (checksum right)"
  run -0 described icmp type=3 code=3 identifier=5 sequence=6
  assert_line --index 3 --regexp '^  network icmp type=3 code=3 checksum=0x[0-9a-f]{4} identifier=5 sequence=6 \(destination unreachable, checksum right\)$'
}
flags() { values flags <<<"$output" | tr , '\n' | sort | paste -sd ' '; }

# A stranger may have other words for a checksum that is not there, or is left to the card.
# hint: Sum the pseudo-header and everything that the checksum covers, itself too: 0xffff is right. In UDP a checksum of 0 is none.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_parse
@test "a checksum is right, wrong, missing or left to the card" {
  run -0 described udp source_ip=10.0.0.1 destination_ip=10.0.0.2
  # The complement of what is below and the length once more, which the header has too.
  assert_line --index 3 --partial " checksum=0xebdb (checksum right)"
  run -0 described udp source_ip=10.0.0.1 destination_ip=10.0.0.2 checksum=0x1234
  assert_line --index 3 --partial "(checksum wrong)"
  run -0 described udp checksum=0
  refute_line --index 3 --regexp 'checksum (right|wrong)'
  is_stranger ch02_packets/frame_parse || assert_line --index 3 --partial "(no checksum)"
  # 0a00 + 0001 + 0a00 + 0002 + 17 + 8: the addresses, the protocol, the length.
  run -0 described udp source_ip=10.0.0.1 destination_ip=10.0.0.2 checksum=0x141c
  left_to_the_card
  # TCP has the same pseudo-header. Below it: the length of the header, 5 in the highest 4 bits of a word, and the window.
  run -0 described tcp source_ip=10.0.0.1 destination_ip=10.0.0.2 window=1
  assert_line --index 3 --partial " checksum=0x9be1 "
  assert_line --index 3 --partial " (checksum right)"
  run -0 described tcp source_ip=10.0.0.1 destination_ip=10.0.0.2 window=2 checksum=0x9be1
  assert_line --index 3 --partial "(checksum wrong)"
  run -0 described tcp checksum=0 # only in UDP does that mean none
  assert_line --index 3 --partial "(checksum wrong)"
  run -0 described tcp source_ip=10.0.0.1 destination_ip=10.0.0.2 checksum=0x141d # 6, and 20 bytes
  left_to_the_card
  # What comes out as 0 is sent as 0xffff in UDP, where 0 means none, and as it is in TCP.
  run -0 described udp source_ip=10.0.0.1 destination_ip=10.0.0.2 source_port=60379 # 0xebdb
  assert_line --index 3 --partial " checksum=0xffff (checksum right)"
  run -0 described tcp source_ip=10.0.0.1 destination_ip=10.0.0.2 window=1 source_port=39905 # 0x9be1
  assert_line --index 3 --partial " checksum=0x0000 "
  assert_line --index 3 --partial " (checksum right)"
  # Both have 16 bits, the last word of UDP's header, the last but one of TCP's.
  run -0 frame_build udp source_ip=10.0.0.1 destination_ip=10.0.0.2
  assert_equal "${output:76:8}" 0008ebdb
  run -0 frame_build tcp source_ip=10.0.0.1 destination_ip=10.0.0.2 window=1
  assert_equal "${output:96:12}" 00019be10000
  # On a cable of this kind the kernel leaves the rest of the sum to the card: a capture shows the pseudo-header's.
  ! is_stranger ch02_packets/frame_parse || return 0
  private_networks_or_skip
  play four_protocols
  assert_line --regexp '^  transport udp .* destination_port=9190 .*\(checksum left to the card\)$'
  assert_line --regexp '^  transport tcp .* destination_port=9190 .*\(checksum left to the card\)$'
}

left_to_the_card() {
  refute_line --index 3 --partial "checksum right"
  is_stranger ch02_packets/frame_parse || assert_line --index 3 --partial "(checksum left to the card)"
}

# The kernel asks for the MAC, sends to ports that nobody has, and joins a group.
four_protocols() {
  watch here eth0
  on here socat -u - UDP:10.0.1.1:9190,shut-none <<<hell
  seen here.frames 'type=3 code=3'
  on here socat -u - TCP:10.0.1.1:9190 <<<hell 2>refused || true
  in_background here join.log socat -u UDP-RECV:9190,ip-add-membership=224.1.1.1:eth0 -
  seen here.frames 'protocol=2 '
  cat here.frames
}

@test "an ARP request has its own type, a datagram protocol 17, a segment 6, an error 1, a group 2" {
  private_networks_or_skip
  play four_protocols
  assert_line --partial "ether_type=0x0806"
  assert_line --regexp "^frame [0-9]+: $((14 + 28)) bytes$"
  assert_line "  link arp hardware_type=1 protocol_type=0x0800 hardware_length=6 protocol_length=4 operation=1 \
sender_mac=02:00:00:00:01:02 sender_ip=10.0.1.2 target_mac=00:00:00:00:00:00 target_ip=10.0.1.1 (ARP request)"
  # 0x0800 is not what makes it a request: the reply has it too.
  assert_line "  link arp hardware_type=1 protocol_type=0x0800 hardware_length=6 protocol_length=4 operation=2 \
sender_mac=02:00:00:00:01:01 sender_ip=10.0.1.1 target_mac=02:00:00:00:01:02 target_ip=10.0.1.2 (ARP reply)"
  assert_line --regexp ' protocol=17 .* destination_ip=10.0.1.1 '
  assert_line --regexp '^  transport udp source_port=[0-9]+ destination_port=9190 '
  assert_line --regexp ' protocol=6 .* destination_ip=10.0.1.1 '
  assert_line --regexp '^  transport tcp source_port=[0-9]+ destination_port=9190 '
  assert_line --regexp '^  network ipv4 .* protocol=1 .* source_ip=10.0.1.1 destination_ip=10.0.1.2 '
  assert_line --regexp '^  network icmp type=3 code=3 .*\(destination unreachable, checksum right\)$'
  assert_line --regexp '^  network ipv4 .* protocol=2 .* source_ip=10.0.1.2 destination_ip=224.0.0.22 '
  # IGMP is of the network layer: nothing for an application comes after it.
  assert_equal "$(grep -A 1 ' protocol=2 ' <<<"$output" | tail -n 1 | cut -d ' ' -f 1-5)" "  rest 16 bytes"
}

@test "five bytes of data are sent as five" {
  private_networks_or_skip
  play four_protocols
  assert_line --regexp '^frame [0-9]+: 47 bytes$'
  assert_line --regexp 'udp .* destination_port=9190 length=13 .*\(checksum left to the card\)$'
  assert_line "  application 5 bytes data=hell."
  # For the checksum a zero is thought after the last byte.
  run -0 described udp source_mac=02:00:00:00:01:02 source_ip=10.0.1.2 destination_ip=10.0.1.3 source_port=40000 \
    destination_port=9190 data=hello
  assert_line --index 0 "frame 1: 60 bytes"
  assert_line --index 3 --partial " length=13 checksum=0xe5d6 (checksum right)"
}

# A datagram and a segment for a host beyond the router.
far_host() {
  watch here eth0
  watch there eth0
  on here socat -u - UDP:10.0.2.2:9190,shut-none <<<hello
  on here socat -u - TCP:10.0.2.2:9190 <<<hello 2>refused || true
  seen there.frames tcp
  seen here.frames tcp
  cat here.frames
  sed 's/^/there/' there.frames
}

@test "for a host beyond the router the MAC is the router's, but the IP address is the host's" {
  private_networks_or_skip
  play far_host
  assert_line --partial "operation=1 sender_mac=02:00:00:00:01:02 sender_ip=10.0.1.2 target_mac=00:00:00:00:00:00 target_ip=10.0.1.1 "
  assert_line "  link ethernet destination_mac=ff:ff:ff:ff:ff:ff source_mac=02:00:00:00:01:02 ether_type=0x0806"
  refute_line --regexp '^  link arp .* target_ip=10.0.2.2 '
  assert_line "  link ethernet destination_mac=02:00:00:00:01:01 source_mac=02:00:00:00:01:02 ether_type=0x0800"
  assert_line "there  link ethernet destination_mac=02:00:00:00:02:02 source_mac=02:00:00:00:02:01 ether_type=0x0800"
  assert_line --regexp '^  network ipv4 .* time_to_live=64 .* source_ip=10.0.1.2 destination_ip=10.0.2.2 '
  assert_line --regexp '^there  network ipv4 .* time_to_live=63 .* source_ip=10.0.1.2 destination_ip=10.0.2.2 '
}

@test "UDP and TCP both cross the router" {
  private_networks_or_skip
  play far_host
  local protocol
  for protocol in 17 6; do
    assert_line --regexp "^there  network ipv4 .* time_to_live=63 protocol=$protocol .* source_ip=10.0.1.2 destination_ip=10.0.2.2 "
  done
  for protocol in udp tcp; do assert_line --regexp "^there  transport $protocol .* destination_port=9190 "; done
  assert_line "there  application 6 bytes data=hello."
}

# The reader stops, and goes on when the window is shut.
window_shuts() {
  in_background mate sink socat -u TCP-LISTEN:9190,rcvbuf=8000 -
  local reader=$!
  until on mate ss -Hltn | grep -q 9190; do pause 0.02; done
  watch here eth0
  exec 7<>/dev/tcp/10.0.1.3/9190
  kill -STOP "$reader"
  head -c 50000 /dev/zero >&7 &
  seen here.frames ' source_port=9190 .* window=0 '
  kill -CONT "$reader"
  wait "$!"
  exec 7>&-
  seen here.frames ' source_port=9190 .* flags=[A-Z,]*FIN'
  cat here.frames
  eventually came_whole && echo "nothing was lost"
}

came_whole() { (($(wc -c <sink) == 50000)); }

@test "the window is what is free of the receive buffer, in the unit that the SYN announces" {
  private_networks_or_skip
  play window_shuts
  local sent syn window unit
  sent=$(grep ' destination_port=9190 ' <<<"$output")
  syn=$(head -n 1 <<<"$sent")
  [[ $syn =~ \ window=([0-9]+)\ .*\ tcp_options=[0-9a-f]*0303([0-9a-f]{2}) ]]
  window=${BASH_REMATCH[1]} unit=$((1 << 16#${BASH_REMATCH[2]}))
  ((unit > 1))
  assert_line "nothing was lost"
  # In the SYN itself the unit is one byte.
  assert_equal "$(sed -n 2p <<<"$sent" | values window)" $(((window + unit - 1) / unit))
  # It was open, fell to 0, and was opened again.
  run -0 grep ' source_port=9190 ' <<<"$output"
  [[ $(values window <<<"$output" | sed 's/[1-9][0-9]*/open/' | uniq | paste -sd ' ') == "open 0 open"* ]]
}

# Packets with every field of every header, recorded.
record() {
  begin_recording eth0
  in_background mate echo.log socat TCP-LISTEN:9190 EXEC:cat
  in_background mate sink.log socat -u UDP-RECV:9190 -
  until on mate ss -Hlnt | grep -q 9190 && on mate ss -Hlnu | grep -q 9190; do pause 0.05; done
  socat -t 1 - TCP:10.0.1.3:9190 < <(head -c 5000 /dev/zero | tr '\0' x) >echoed
  socat -b 4000 -u - UDP:10.0.1.3:9190,shut-none < <(head -c 4000 /dev/zero | tr '\0' y) # in fragments
  socat -u - UDP:10.0.1.3:9190,shut-none,tos=16,ttl=7 <<<hello
  socat -u - TCP:10.0.1.3:9191 <<<hello 2>refused || true
  socat -u - UDP:10.0.2.9:9191,shut-none <<<hello
  frame_build rarp sender_mac=02:00:00:00:01:02 --send=eth0
  frame_build udp ip_options=94040000 destination_ip=10.0.1.9 --send=eth0
  frame_build icmp identifier=5 sequence=6 data=hello --send=eth0
  frame_build udp vlan_id=5 priority=6 drop_eligible=1 --send=eth0
  frame_build tcp flags=CWR,ECE --send=eth0 # not with URG: a name at the wrong bit shows
  frame_build tcp flags=URG,SYN,FIN urgent_pointer=77 tcp_options=020405b4 --send=eth0
  eventually has_recorded 'tcp.urgent_pointer == 77' # the last one
  end_recording
}

@test "tshark agrees about every field of what the kernel sent" {
  private_networks_or_skip
  recorder_or_skip
  perform record
  cd "$BATS_TEST_TMPDIR"
  theirs >theirs
  ours >ours
  run -0 diff theirs ours
  # And each field came at least once.
  local name
  for name in $(tr ' ' '\n' <<<"$fields" | grep -F .); do
    grep -q " $name " ours || { echo "$name never came"; return 1; }
  done
  (($(wc -l <ours) > 300))
  run -0 frame_parse file all.pcap
  # The type 0x0800 is that of an IPv4 packet, and of nothing else.
  assert_equal "$(grep -A 1 ' ether_type=0x0800' <<<"$output" | awk '!/ether_type|^--/ { print $1, $2 }' | sort -u)" "network ipv4"
  for name in URG ACK PSH RST SYN FIN; do assert_line --regexp " flags=([A-Z]+,)*${name}[, ]"; done
  # SYN asks for the connection, ACK confirms; FIN ends it, once in each direction, and RST refuses.
  run -0 grep -E 'tcp .*_port=9190 ' <<<"$output"
  [[ $(values flags <<<"$output" | head -n 3 | paste -sd ' ') == "SYN ACK,SYN ACK" ]]
  assert_equal "$(grep -E ' flags=[A-Z,]*FIN' <<<"$output" | values source_port | sort -u | wc -l)" 2
  run -0 frame_parse file all.pcap
  assert_line --regexp 'tcp source_port=9191 .* flags=ACK,RST '
  # Of a datagram's length the header has 8 bytes and the data the rest.
  run -0 awk '/^  transport udp .* length=14 / { getline; print }' <<<"$output"
  assert_equal "$(sort -u <<<"$output")" "  application 6 bytes data=hello."
}

# Often the network card cuts the segments, and what TCP gives it is one large one. With gso_max_segs 1 it is TCP that
# cuts them.
segments_of_2000_bytes() {
  local timestamps host port
  in_background mate sink socat -u TCP-LISTEN:9189 -
  until on mate ss -Hltn | grep -q 9189; do pause 0.02; done
  watch here eth0
  head -c 2000 /dev/zero | socat -u - TCP:10.0.1.3:9189
  seen here.frames "tcp .* destination_port=9189 .*FIN"
  grep -A 1 ' destination_port=9189 ' here.frames | sed -n 's/^  application \([0-9]* bytes\).*/left to the card: \1/p'
  for host in here mate; do on "$host" ip link set eth0 gso_max_segs 1; done
  for timestamps in 1 0; do
    sysctl -qw net.ipv4.tcp_timestamps="$timestamps"
    port=$((9190 + timestamps))
    in_background mate sink socat -u "TCP-LISTEN:$port" -
    until on mate ss -Hltn | grep -q "$port"; do pause 0.02; done
    head -c 2000 /dev/zero | socat -u - "TCP:10.0.1.3:$port"
    seen here.frames "tcp .* destination_port=$port .*FIN"
    grep "destination_port=$port .* flags=SYN " here.frames | values tcp_options |
      sed -E "s/(.{8}).*/timestamps $timestamps: the SYN has option \1/"
    paste <(grep -B 1 "destination_port=$port" here.frames | values total_length) \
      <(grep "destination_port=$port" here.frames | values tcp_header_length) |
      awk -v timestamps="$timestamps" '{ size = $1 - 20 - 4 * $2 } size > 0 { print "timestamps " timestamps ": " size }'
  done
}

@test "TCP cuts two thousand bytes into 1460 and 540, or with timestamps into 1448 and 552" {
  play segments_of_2000_bytes
  # Option 2, 4 bytes long: the MSS, 0x05b4 = 1460.
  assert_output "left to the card: 2000 bytes
timestamps 1: the SYN has option 020405b4
timestamps 1: 1448
timestamps 1: 552
timestamps 0: the SYN has option 020405b4
timestamps 0: 1460
timestamps 0: 540"
}

# hint: A length in a packet comes from outside. Compare it with the bytes that are there before you use it.
# page: ch02_packets/README.md#frames-put-together-and-taken-apart
# judges: ch02_packets/frame_parse
@test "a frame with a false length is called broken, and is no crash" {
  local whole words
  whole=$(frame_build tcp flags=SYN data=hello)
  for words in "${whole:0:26}" "${whole:0:60}" "${whole:0:80}"; do
    is_called_broken "$words"
  done
  for words in "udp header_length=15" "udp header_length=4" "udp total_length=3" "udp total_length=60000" "udp length=60000" \
    "udp length=0" "tcp tcp_header_length=1" "tcp tcp_header_length=15" "arp hardware_length=255"; do
    did "built a frame with a false length: $words"
    # shellcheck disable=SC2086  # words are wanted
    is_called_broken "$(frame_build $words)"
  done
}
is_called_broken() {
  did "gave it a frame of $((${#1} / 2)) bytes: $1"
  run -0 frame_parse <<<"$1"
  assert_line --index 0 --regexp '^frame 1: '
  assert_line --partial "  broken "
}

@test "a broken frame is shown up to the fault, and the fault is named" {
  local whole
  whole=$(frame_build tcp flags=SYN data=hello)
  run -0 frame_parse <<<"${whole:0:26}"
  assert_output "frame 1: 13 bytes
  rest 13 bytes data=.............
  broken ethernet: only 13 of 14 bytes are there"
  run -0 frame_parse <<<"${whole:0:80}"
  assert_line --index 3 --partial "  rest 6 bytes data="
  assert_line --index 4 --regexp '^  broken ipv4: its length is 45, but only 26 bytes are there; tcp: only 6 of 20 bytes are there$'
  whole=$(frame_build tcp ip_options=01010100)
  run -0 frame_parse <<<"${whole:0:72}" # 2 bytes of the options are missing
  assert_line --index 2 --partial " destination_ip=0.0.0.0 (checksum not checked: a part is missing or damaged)"
  run -0 described udp header_length=15
  assert_line --index 2 --partial " (checksum not checked: a part is missing or damaged)"
  assert_line "  broken ipv4: its header cannot have 60 bytes"
  run -0 described udp total_length=3
  assert_line "  broken ipv4: its length is 3, less than its header"
  run -0 described udp length=60000
  assert_line "  broken udp: its length is 60000, but only 8 bytes are there"
  assert_line --index 3 --partial "(checksum not checked: a part is missing or damaged)"
  run -0 described udp length=0 # only in IPv6 may that be right: RFC 2675
  assert_line "  broken udp: its length is 0, less than its header"
  run -0 described tcp tcp_header_length=1 data=hello
  assert_line "  broken tcp: its header cannot have 4 bytes"
  assert_line "  rest 5 bytes data=hello"
  refute_line --partial "application" # where that would begin nobody can know
  run -0 described icmp version=6
  assert_line "  broken ipv4: its version is 6"
  local word
  for word in hardware_length=255 protocol_length=6 hardware_type=7 protocol_type=0x809b; do
    run -0 described arp "$word"
    assert_line "  broken arp: its addresses are not those of Ethernet and IPv4"
  done
  run -0 described arp hardware_type=6 # IEEE 802: it has the same addresses
  refute_output --partial broken
}

@test "a control character is shown as a dot" {
  run -0 described udp data=$'a\e[2Jb'
  assert_line "  application 6 bytes data=a.[2Jb"
}

@test "files that are not captures are refused" {
  cd "$BATS_TEST_TMPDIR"
  echo "this is no capture, and it is longer than 24 bytes" >text
  run -1 frame_parse file text
  assert_output --partial "frame_parse: not a pcap file"
  run -1 frame_parse file nosuch
  assert_output "frame_parse: open nosuch: No such file or directory"
  run -1 frame_parse file /
  assert_output "frame_parse: read /: Is a directory"
  head -c 20 text >short
  run -1 frame_parse file short
  assert_output "frame_parse: not a pcap file: it has less than 24 bytes"
}

@test "without the right to raw sockets it says how to get it, and a wait has an end" {
  private_networks_or_skip
  run -1 unshare -r "$(program ch02_packets/frame_parse)" live lo
  assert_line --index 0 "frame_parse: socket: Operation not permitted"
  assert_line --index 1 --partial "unshare -rn bash"
  run -0 in_private_network timeout 20 "$(program ch02_packets/frame_parse)" live lo 1 1
  assert_output "ready
no more frames within 1 seconds"
}

@test "wrong arguments are wrong usage" {
  local words
  for words in "what" "hex more" "file" "live" "file a b" "live lo 0" "live lo 1 x" "live lo 1 1 1"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 frame_parse $words
    assert_line --index 1 --partial "usage: frame_parse [hex | file PCAP"
  done
}
