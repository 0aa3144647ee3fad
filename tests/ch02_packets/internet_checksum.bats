#!/usr/bin/env bats
# internet_checksum: the checksum of IP, ICMP, UDP and TCP.

setup() {
  load ../harness.bash
}

# header CHECKSUM: an IP header; the checksum is the sixth of its ten words.
header() { printf '4500 0073 0000 4000 4011 %s c0a8 0001 c0a8 00c7' "$1"; }

# hint: Take two bytes as a word, the first one as its high byte; sum the words; the checksum has each bit of the sum the other way round.
# page: ch02_packets/README.md#sizes-and-the-checksum
# bats test_tags=first
@test "the checksum of a header is the complement of its sum" {
  run -0 client ch02_packets/internet_checksum "$(header 0000)"
  assert_output "10 words, their sum 0x479e, its complement 0xb861
if received: damaged; if not sent yet: the complement is the checksum"
  run -0 client ch02_packets/internet_checksum "$(header b861)"
  assert_output "10 words, their sum 0xffff, its complement 0x0000
if received: intact"
  # What the carry of a carry adds belongs to the sum, too. (For others that is a behaviour of its own, below.)
  ! is_stranger ch02_packets/internet_checksum || return 0
  run -0 client ch02_packets/internet_checksum ffff ffff 0001
  assert_line "3 words, their sum 0x0001, its complement 0xfffe"
}

# hint: The receiver sums everything, the checksum too. If nothing has changed, the sum is 0xffff.
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "a header with its checksum sums up to all ones, with a flipped bit it does not" {
  run -0 client ch02_packets/internet_checksum "$(header b861)"
  assert_output "10 words, their sum 0xffff, its complement 0x0000
if received: intact"
  run -0 client ch02_packets/internet_checksum "$(header b860)"
  assert_output "10 words, their sum 0xfffe, its complement 0x0001
if received: damaged; if not sent yet: the complement is the checksum"
  # The flipped bit is that of a high byte here.
  run -0 client ch02_packets/internet_checksum "$(header b861 | sed s/4500/4400/)"
  assert_output "10 words, their sum 0xfeff, its complement 0x0100
if received: damaged; if not sent yet: the complement is the checksum"
}

# hint: What is carried out of the 16 bits is added again at the low end.
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "the example of RFC 1071 has the sum that the RFC says" {
  run -0 client ch02_packets/internet_checksum 0001 f203 f4f5 f6f7
  assert_line --partial "their sum 0xddf2, its complement 0x220d"
}

# hint: A zero is added after the last byte, not before it.
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "a last byte without a partner is the high byte of a word" {
  run -0 client ch02_packets/internet_checksum 12 34 56
  assert_line "2 words, their sum 0x6834, its complement 0x97cb"
  run -0 client ch02_packets/internet_checksum 12345600
  assert_line "2 words, their sum 0x6834, its complement 0x97cb"
}

# hint: Adding the carry may give a carry again. Go on until nothing is left over.
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "a carry may make another carry" {
  run -0 client ch02_packets/internet_checksum ffff ffff 0001
  assert_line "3 words, their sum 0x0001, its complement 0xfffe"
}

# hint: The sum of many words needs more than 16 bits before the carries are added.
# page: ch02_packets/README.md#sizes-and-the-checksum
@test "thirty thousand ones do not overflow the sum" {
  local ones
  ones=$(printf 'ff%.0s' {1..60000})
  run -0 client ch02_packets/internet_checksum "$ones"
  assert_line "30000 words, their sum 0xffff, its complement 0x0000"
}

@test "what is not a byte is refused" {
  local bad
  for bad in 4 123 xy 0x45 "" "12 3" -1; do
    run -2 client ch02_packets/internet_checksum "$bad"
  done
  run -2 client ch02_packets/internet_checksum
}
