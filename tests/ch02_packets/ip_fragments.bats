#!/usr/bin/env bats
# ip_fragments: the packets that one datagram becomes.

setup() {
  load ../harness.bash
  load lab.bash
  private_networks_or_skip
}

ip_fragments() { client ch02_packets/ip_fragments "$@"; }
# What it says, then the identifications on the wire, each once.
pieces() {
  watch mate eth0
  ip_fragments eth0 10.0.1.3
  seen mate.frames ' fragment_offset=370 '
  grep -E ' fragment_offset=(0|185|370) .* protocol=17 ' mate.frames | values identification | sort -u
}

# hint: The offset is in the low 13 bits of its word, in units of 8 bytes; MF is the bit 0x2000. The ports are in the first fragment only: know the others by the identification.
# page: ch02_packets/README.md#larger-than-a-frame
# judges: ch02_packets/ip_fragments
# bats test_tags=first
@test "3000 bytes make three fragments with one identification, and the last has no MF" {
  play pieces
  assert_line --index 0 "a datagram of 3000 bytes, MTU 1500: 1480 bytes of data a packet at most"
  [[ ${lines[1]} =~ ^identification\ ([0-9]+), ]]
  local same="identification ${BASH_REMATCH[1]}"
  assert_line --index 1 "$same, offset 0 (byte 0), MF 1, 1480 bytes, the first 8 are the UDP header"
  assert_line --index 2 "$same, offset 185 (byte 1480), MF 1, 1480 bytes"
  assert_line --index 3 "$same, offset 370 (byte 2960), MF 0, 48 bytes"
  assert_line --index 4 "${same#* }"
  assert_equal "${#lines[@]}" 5
}

around_the_limit() {
  ip_fragments eth0 10.0.1.3 1472
  ip_fragments eth0 10.0.1.3 1473
  ip link set eth0 mtu 600
  ip_fragments eth0 10.0.1.3 1000
}

# hint: Ask the socket for the MTU (IP_MTU). The length of the data is the total length less the IP header.
# page: ch02_packets/README.md#larger-than-a-frame
# judges: ch02_packets/ip_fragments
@test "1472 bytes of data fit into one packet, one more does not, and the MTU decides" {
  play around_the_limit
  assert_line --index 1 --regexp ', offset 0 \(byte 0\), MF 0, 1480 bytes, the first 8 are the UDP header$'
  assert_line --index 3 --regexp 'MF 1, 1480 bytes, the first 8 are the UDP header$'
  assert_line --index 4 --regexp ', offset 185 \(byte 1480\), MF 0, 1 bytes$'
  assert_line --index 5 "a datagram of 1000 bytes, MTU 600: 580 bytes of data a packet at most"
  assert_line --index 6 --regexp ', MF 1, 576 bytes'
  assert_line --index 7 --regexp ', offset 72 \(byte 576\), MF 0, 432 bytes$'
}

# Seen from the other host: it gets the fragments and puts them together.
put_together() {
  watch mate eth0
  in_background mate received socat -u UDP-RECV:9 -
  until on mate ss -Hlnu | grep -q :9; do pause 0.02; done
  ip_fragments eth0 10.0.1.3
  seen mate.frames 'ip_flags=none fragment_offset=370 '
  eventually whole
  grep -oE 'ip_flags=(none|MF) fragment_offset=[0-9]+' mate.frames
  awk '/^frame / { size = $3 } / total_length=1500 / { print "a packet of 1500 in a frame of", size }' mate.frames
  largest
  # With another MTU the largest packet is another one: 124 times 8 bytes and the header.
  : >mate.frames
  ip link set eth0 mtu 1012
  ip_fragments eth0 10.0.1.3
  seen mate.frames 'ip_flags=none fragment_offset=372 '
  largest
}
whole() { (($(wc -c <received) == 3000)); }
largest() { awk '/^frame / && $3 > size { size = $3 } END { print "the largest frame has", size }' mate.frames; }

@test "the receiving host gets fragments in frames of 1514 bytes, and its program the whole datagram" {
  play put_together
  assert_line "ip_flags=MF fragment_offset=0"
  assert_line "ip_flags=MF fragment_offset=185"
  assert_line "ip_flags=none fragment_offset=370"
  assert_equal "$(grep -cx 'a packet of 1500 in a frame of 1514' <<<"$output")" 2
  assert_line "a datagram of 3000 bytes, MTU 1500: 1480 bytes of data a packet at most"
  assert_line "the largest frame has 1514"
  assert_line "a datagram of 3000 bytes, MTU 1012: 992 bytes of data a packet at most"
  assert_line "the largest frame has 1026"
  # And the card adds four bytes, which no capture shows.
  run -0 client ch02_packets/segment_sizes 3000
  assert_line --index 0 --partial "MTU 1500: frame at most 1518,"
}

elsewhere() { ip_fragments eth0 10.0.3.1; }

@test "if nothing passes the interface it gives up after two seconds" {
  run -1 perform elsewhere
  assert_line "ip_fragments: its last packet did not pass eth0"
  run -1 unshare -r "$(program ch02_packets/ip_fragments)" lo 127.0.0.1
  assert_line --index 1 --partial "unshare -rn bash"
}

@test "wrong arguments are wrong usage" {
  local words
  for words in "" "eth0" "eth0 10.0.1.3 -1" "eth0 10.0.1.3 65508" "eth0 10.0.1.3 1 1"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 ip_fragments $words
    assert_line --index 1 "usage: ip_fragments INTERFACE HOST [SIZE]"
  done
}

over_the_loopback() {
  ip link set lo mtu 1500
  ip_fragments lo 127.0.0.1
}

# hint: A packet socket sees what goes out and what comes in.
# page: ch02_packets/README.md#larger-than-a-frame
# judges: ch02_packets/ip_fragments
@test "on the loopback, where a packet goes out and comes in, each fragment is shown once" {
  play over_the_loopback
  assert_equal "${#lines[@]}" 4
  assert_line --index 3 --regexp ', offset 370 \(byte 2960\), MF 0, 48 bytes$'
}
