#!/usr/bin/env bats
# segment_sizes: how many bytes a frame carries.

setup() {
  load ../harness.bash
}

# hint: The MTU counts the IP packet, so the frame is larger by 14 and 4 bytes, and the segment smaller by two headers of 20.
# page: ch02_packets/README.md#sizes-and-the-checksum
# bats test_tags=first
@test "two thousand bytes make two segments" {
  run -0 client ch02_packets/segment_sizes 2000
  assert_output "MTU 1500: frame at most 1518, MSS 1460
TCP without timestamps: 1460 + 540
TCP with timestamps: 1448 + 552
UDP, with its header in front: 1480 + 528"
  # What a segment carries depends on the MTU: two headers of 20 bytes less.
  run -0 client ch02_packets/segment_sizes 537 576
  assert_line "MTU 576: frame at most 594, MSS 536"
  assert_line "TCP without timestamps: 536 + 1"
  run -0 client ch02_packets/segment_sizes 1073 576
  assert_line --regexp '^TCP without timestamps: (.*[^0-9])?536([^0-9].*)? \+ 1$' # twice; how that is said is free
}

# hint: The offset of a fragment counts units of 8 bytes. And the UDP header is data for IP.
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "fragments are multiples of eight, except the last" {
  run -0 client ch02_packets/segment_sizes 2000 1006
  assert_line --regexp '^UDP, with its header in front: .*984.* \+ 40$' # how many times, the page does not say
  run -0 client ch02_packets/segment_sizes 65507
  assert_line --regexp '^UDP, with its header in front: .*1480.* \+ 395$'
  run client ch02_packets/segment_sizes 65508
  refute_line --regexp '^UDP.* \+ '
}

@test "pieces of one size are counted, and a datagram has 65507 bytes at most" {
  run -0 client ch02_packets/segment_sizes 2000 1006
  assert_line "UDP, with its header in front: 984 (2 times) + 40"
  run -0 client ch02_packets/segment_sizes 65507
  assert_line "UDP, with its header in front: 1480 (44 times) + 395"
  run -0 client ch02_packets/segment_sizes 65508
  assert_line "UDP: too large for a datagram (at most 65507)"
}

# hint: Is there a last piece if nothing is left over?
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "what fits exactly is one piece" {
  run -0 client ch02_packets/segment_sizes 1460
  assert_line "TCP without timestamps: 1460"
  run -0 client ch02_packets/segment_sizes 1
  assert_line "TCP without timestamps: 1"
}

@test "what is not a size is refused" {
  run -2 client ch02_packets/segment_sizes
  run -2 client ch02_packets/segment_sizes 0
  run -2 client ch02_packets/segment_sizes 2000 67
  run -2 client ch02_packets/segment_sizes many
}
