#!/usr/bin/env bats
# arp_query: who receives its questions, who answers, and what the kernel does by itself.

setup() {
  load ../harness.bash
  load lab.bash
  private_networks_or_skip
}

arp_query() { client ch02_packets/arp_query "$@"; }

every_neighbour() {
  watch here eth0
  watch mate eth0
  arp_query eth0 arp 10.0.1.3
  arp_query eth0 arp 10.0.1.1
  seen here.frames 'operation=2' 2
  seen mate.frames 'target_ip=10.0.1.1 '
  cat here.frames
  grep -h 'arp .*target_ip=10.0.1.1 ' mate.frames | sed 's/^/mate heard/'
  for host in mate router; do on "$host" ip -br link; done
}

# hint: Fill the hardware type, the protocol type and the lengths of the addresses; then look who has sent the reply: its sender fields are the answer.
# page: ch02_packets/README.md#who-has-this-address
# judges: ch02_packets/arp_query
# bats test_tags=first
@test "the MAC in the answer is the one that the owner has" {
  play every_neighbour
  assert_line "10.0.1.3 is at 02:00:00:00:01:03"
  assert_line "10.0.1.1 is at 02:00:00:00:01:01"
  assert_line --regexp '^eth0@.* 02:00:00:00:01:03 '
  assert_line --regexp '^lan .* 02:00:00:00:01:01 '
  # The answers about other addresses are not the answer.
  ! is_stranger ch02_packets/arp_query || return 0
  play asked_among_noise
  assert_output "arp_query: no answer"
}

# hint: The Ethernet destination is ff:ff:ff:ff:ff:ff; in the request the MAC that you ask for is zero, and the sender is you.
# page: ch02_packets/README.md#who-has-this-address
# judges: ch02_packets/arp_query
@test "a request with a MAC of zeros goes to everybody, and only the owner replies, only to the asker" {
  play every_neighbour
  assert_line --regexp '^  link arp .* operation=1 .* target_mac=00:00:00:00:00:00 target_ip=10.0.1.3 \(ARP request\)$'
  assert_line "  link ethernet destination_mac=ff:ff:ff:ff:ff:ff source_mac=02:00:00:00:01:02 ether_type=0x0806"
  assert_line --regexp '^mate heard +link arp .* operation=1 '
  # Two hosts answer, so both took frames to everybody.
  assert_line "10.0.1.3 is at 02:00:00:00:01:03"
  assert_line "10.0.1.1 is at 02:00:00:00:01:01"
  assert_line "  link arp hardware_type=1 protocol_type=0x0800 hardware_length=6 protocol_length=4 operation=2 \
sender_mac=02:00:00:00:01:03 sender_ip=10.0.1.3 target_mac=02:00:00:00:01:02 target_ip=10.0.1.2 (ARP reply)"
  assert_line "  link ethernet destination_mac=02:00:00:00:01:02 source_mac=02:00:00:00:01:03 ether_type=0x0806"
  assert_equal "$(grep -c '^  link arp .*operation=2' <<<"$output")" 2
  # Ours replies as a kernel does.
  ! is_stranger ch02_packets/arp_query || return 0
  play answered_by_ours
  assert_output "told 02:00:00:00:01:02
  link ethernet destination_mac=02:00:00:00:01:02 source_mac=02:00:00:00:01:03 ether_type=0x0806
  link arp hardware_type=1 protocol_type=0x0800 hardware_length=6 protocol_length=4 operation=2 \
sender_mac=02:00:00:00:00:99 sender_ip=10.0.1.99 target_mac=02:00:00:00:01:02 target_ip=10.0.1.2 (ARP reply)"
}

answered_by_ours() {
  in_background mate answer.log "$(program ch02_packets/arp_query)" eth0 answer 10.0.1.99 02:00:00:00:00:99
  seen answer.log '^ready$'
  watch here eth0
  frame_build arp sender_mac=02:00:00:00:01:97 sender_ip=10.0.1.97 target_ip=10.0.1.98 --send=eth0 # it is not asked
  arp_query eth0 arp 10.0.1.99 >/dev/null
  seen here.frames 'ARP reply'
  seen answer.log '^told 02:00:00:00:01:02$'
  grep '^told' answer.log
  grep -B 1 'ARP reply' here.frames
}

@test "an ARP message has its own type, no IP header and 28 bytes, and we pad it but the kernel does not" {
  play every_neighbour
  assert_line "  link ethernet destination_mac=ff:ff:ff:ff:ff:ff source_mac=02:00:00:00:01:02 ether_type=0x0806"
  [[ ! $(grep -A 1 'ether_type=0x0806' <<<"$output") =~ ipv4 ]]
  assert_line --regexp '^  link arp .* operation=1 '
  assert_line --regexp '^  link arp .* operation=2 '
  assert_line --regexp '^frame [0-9]+: 60 bytes$'
  assert_line --regexp '^frame [0-9]+: 42 bytes$'
  assert_line "  link padding 18 bytes"
  assert_equal "$(grep -c 'link padding' <<<"$output")" "$(grep -c '^frame .* 60 bytes$' <<<"$output")"
  # RARP has a type of its own too, and is in the same place.
  play a_question_in_reverse
  assert_line --index 0 "  link ethernet destination_mac=ff:ff:ff:ff:ff:ff source_mac=02:00:00:00:01:02 ether_type=0x8035"
  assert_line --index 1 --regexp '^  link arp .* operation=3 .* \(RARP request\)$'
  assert_line --index 2 "  link padding 18 bytes"
}

a_question_in_reverse() {
  watch here eth0
  in_background here query.log arp_query eth0 rarp 02:00:00:00:01:77
  seen here.frames 'link padding 18 bytes'
  grep -m 3 '^  ' here.frames
}

beyond_the_router() {
  watch router lan
  watch there eth0
  arp_query eth0 arp 10.0.2.2 || true
  on router socat -u - UDP:10.0.2.2:9190,shut-none <<<hello
  seen there.frames 'udp'
  cat there.frames
  sed 's/^/router heard/' router.frames
}

@test "a request does not leave the LAN" {
  play beyond_the_router
  assert_line --regexp '^router heard +link arp .* operation=1 .* sender_ip=10.0.1.2 .* target_ip=10.0.2.2 '
  assert_line "arp_query: no answer"
  assert_line --partial "sender_ip=10.0.2.1 "
  refute_line --regexp '^ .* sender_ip=10.0.1.2 '
}

# For the first datagram the kernel asks, for the second it knows the answer. (arp -a shows what is in
# /proc/net/arp.)
twice() {
  watch here eth0
  on here socat -u - UDP:10.0.1.3:9190,shut-none <<<one
  seen here.frames 'data=one'
  seen here.frames operation=2
  ip neighbour
  cat /proc/net/arp
  on here socat -u - UDP:10.0.1.3:9190,shut-none <<<two
  seen here.frames 'data=two'
  cat here.frames
}

@test "the kernel asks everybody once, keeps the owner's answer, and can show it" {
  play twice
  local all=$output
  assert_line --regexp '^10.0.1.3 dev eth0 lladdr 02:00:00:00:01:03 .*REACHABLE'
  assert_line --regexp '^10.0.1.3 +0x1 +0x2 +02:00:00:00:01:03 .* eth0$'
  assert_equal "$(grep -c 'operation=1 .*target_ip=10.0.1.3 ' <<<"$output")" 1
  [[ $(grep -B 1 'operation=1 .*target_ip=10.0.1.3 ' <<<"$output") == *" destination_mac=ff:ff:ff:ff:ff:ff "* ]]
  run -0 grep 'operation=2 .*target_ip=10.0.1.2 ' <<<"$output"
  assert_output --partial " sender_mac=02:00:00:00:01:03 sender_ip=10.0.1.3 "
  assert_equal "${#lines[@]}" 1
  # The datagram waits for the answer.
  run -0 grep -oE 'operation=[12] .*target_ip=10.0.1.[23] |data=(one|two)' <<<"$all"
  run -0 sed 's/ .*//' <<<"$output"
  assert_output $'operation=1\noperation=2\ndata=one\ndata=two'
}

in_reverse() {
  arp_query eth0 rarp 02:00:00:00:01:02 || echo "status $?"
  in_background mate answer.log "$(program ch02_packets/arp_query)" eth0 answer 10.0.1.99 02:00:00:00:01:02 20
  seen answer.log '^ready$'
  watch here eth0
  # Another one has none, although somebody is told his.
  in_background here other.log arp_query eth0 rarp 02:00:00:00:01:77
  while kill -0 "$!" 2>/dev/null; do
    on mate frame_build rarp operation=4 target_mac=02:00:00:00:01:78 target_ip=10.0.1.98 source_mac=02:00:00:00:01:03 --send=eth0
    pause 0.1
  done
  arp_query eth0 rarp 02:00:00:00:01:02
  arp_query eth0 arp 10.0.1.99
  seen here.frames 'target_ip=10.0.1.99 .RARP reply'
  cat here.frames answer.log
  sed 's/^/another: /' other.log
}

@test "no kernel answers RARP, but a program can" {
  play in_reverse
  assert_line --index 0 "arp_query: no answer"
  assert_line --index 1 "status 1"
  assert_equal "$(grep '^another: ' <<<"$output")" "another: arp_query: no answer"
  assert_line "02:00:00:00:01:02 has 10.0.1.99"
  assert_line "10.0.1.99 is at 02:00:00:00:01:02"
  assert_line "  link ethernet destination_mac=02:00:00:00:01:02 source_mac=02:00:00:00:01:03 ether_type=0x8035"
  assert_line --regexp 'operation=3 .*target_mac=02:00:00:00:01:02 target_ip=0.0.0.0 \(RARP request\)$'
  assert_line --regexp 'operation=4 sender_mac=02:00:00:00:01:03 sender_ip=10.0.1.3 target_mac=02:00:00:00:01:02 target_ip=10.0.1.99 \(RARP reply\)$'
  assert_equal "$(grep '^told ' <<<"$output")" $'told 02:00:00:00:01:02\ntold 02:00:00:00:01:02' # once for ARP
}

# What looks like the answer but is not: about another address, broken, a request.
others_talk() {
  local from=(source_mac=02:00:00:00:01:02 --send=eth0)
  frame_build arp operation=2 sender_ip=10.0.1.98 sender_mac=02:00:00:00:00:98 "${from[@]}"
  frame_build arp operation=2 sender_ip=10.0.1.99 hardware_length=5 sender_mac=02:00:00:00:00:97 "${from[@]}"
  frame_build arp operation=1 sender_ip=10.0.1.99 sender_mac=02:00:00:00:00:96 "${from[@]}"
}
asked_among_noise() {
  in_background mate query.log timeout 15 "$(program ch02_packets/arp_query)" eth0 arp 10.0.1.99
  local query=$!
  while kill -0 "$query" 2>/dev/null; do others_talk; pause 0.1; done
  local status=0
  wait "$query" || status=$?
  ((status != 124)) || echo "it was still waiting after 15 seconds"
  cat query.log
}

# hint: All ARP frames of the LAN come to your socket. Is it a reply, is it about this address, and is it long enough? One deadline holds for all of them.
# page: ch02_packets/README.md#who-has-this-address
# judges: ch02_packets/arp_query
@test "only an answer to the question counts, and the wait has an end" {
  play asked_among_noise
  refute_output --partial " is at "
  refute_output --partial "still waiting"
  ! is_stranger ch02_packets/arp_query || return 0
  assert_output "arp_query: no answer"
  run -0 in_private_network timeout 20 "$(program ch02_packets/arp_query)" lo answer 10.0.1.1 02:00:00:00:00:01 1
  assert_output "ready
nobody asked for 1 seconds"
}

among_questions_for_others() {
  in_background mate answer.log timeout 20 "$(program ch02_packets/arp_query)" eth0 answer 10.0.1.99 02:00:00:00:01:02 1
  seen answer.log '^ready$'
  until grep -q nobody answer.log || (($(jobs -pr | wc -l) == 0)); do others_talk; pause 0.1; done
  cat answer.log
}

@test "questions for others do not keep the one who answers for ever" {
  play among_questions_for_others
  assert_output "ready
nobody asked for 1 seconds"
}

@test "without the right to raw sockets it says how to get it" {
  run -1 unshare -r "$(program ch02_packets/arp_query)" lo arp 127.0.0.1
  assert_line --index 1 --partial "unshare -rn bash"
}

@test "wrong arguments are wrong usage" {
  local words
  for words in "" "lo" "lo arp" "lo what 1.2.3.4" "lo arp 1.2.3" "lo rarp 1.2.3.4" "lo arp 1.2.3.4 more" \
    "lo answer 1.2.3.4" "lo answer 1.2.3.4 02" "lo answer 1.2.3.4 02:00:00:00:00:01 0"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 arp_query $words
    assert_line --index 1 --partial "usage: arp_query INTERFACE arp IP"
  done
}
