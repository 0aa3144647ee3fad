#!/usr/bin/env bats
# ping: replies, errors, silence, and messages for others that it must not take for its own.

setup() {
  load ../harness.bash
  load lab.bash
  private_networks_or_skip
}

ping() { client ch02_packets/ping "$@"; }

near_and_far() {
  watch here eth0
  ping 10.0.1.3 1
  ping 10.0.2.2 2
  seen here.frames 'icmp type=0' 3
  cat here.frames
}

# hint: What you receive begins with the IP header: the time to live is its byte 8, and the ICMP message comes after it. Without a right checksum no host replies.
# page: ch02_packets/README.md#is-it-there
# judges: ch02_packets/ping
# bats test_tags=first
@test "a host replies, near or behind a router, which lowers the time to live by one" {
  play near_and_far
  assert_line --index 0 --regexp '^sequence 1: reply from 10.0.1.3: time to live 64, [0-9]+ us'
  assert_line --index 1 "1 of 1 answered"
  assert_line --index 2 --regexp '^sequence 1: reply from 10.0.2.2: time to live 63, [0-9]+ us'
  assert_line --index 3 --regexp '^sequence 2: reply from 10.0.2.2: time to live 63, [0-9]+ us'
}

@test "ping sends ICMP type 8 and gets type 0, after an IP header that the kernel made" {
  play near_and_far
  assert_line --regexp 'ipv4 version=4 .* total_length=60 .* protocol=1 .* source_ip=10.0.1.2 destination_ip=10.0.1.3 \(checksum right\)$'
  assert_line --regexp 'icmp type=8 code=0 .* sequence=1 \(echo request, checksum right\)$'
  assert_line --regexp 'icmp type=0 code=0 .* sequence=1 \(echo reply, checksum right\)$'
  # It sends 40 bytes that begin with the type, and does not ask to make the header itself (IP_HDRINCL).
  cd "$BATS_TEST_TMPDIR"
  traced -o calls -e trace=socket,setsockopt,sendto
  run -0 in_private_network timeout 20 "${server_wrapper[@]}" "$(program ch02_packets/ping)" 127.0.0.1 1
  eventually grep -q '^sendto' calls
  run -0 cat calls
  assert_line --index 0 --regexp '^socket\(AF_INET, SOCK_RAW.*, IPPROTO_ICMP\) = [0-9]+$'
  assert_line --regexp "^sendto\\(${lines[0]##* }, \"\\\\10\\\\0.*, 40, .* = 40$"
  refute_output --partial IP_HDRINCL
  # With a packet socket the program makes all headers, and begins with the Ethernet header, here for everybody.
  traced -o frames -e trace=socket,sendto
  run -0 in_private_network timeout 20 "${server_wrapper[@]}" "$(program ch02_packets/frame_build)" icmp \
    destination_mac=ff:ff:ff:ff:ff:ff --send=lo
  eventually grep -q '^sendto' frames
  run -0 cat frames
  assert_line --regexp '^socket\(AF_PACKET, SOCK_RAW'
  assert_line --regexp '^sendto\([0-9]+, "\\377\\377\\377\\377\\377\\377\\0.*, 60, '
  # The kernel puts a header before these 47 bytes, except with IPPROTO_RAW or IP_HDRINCL: then they begin with it.
  play own_header
  assert_line --regexp '^  network ipv4 .* total_length=67 .* protocol=253 .* source_ip=10.0.1.2 destination_ip=10.0.1.3 '
  assert_equal "$(grep -cE '^  network ipv4 .* total_length=47 .* protocol=1 .* source_ip=10.0.1.77 destination_ip=10.0.1.3 ' <<<"$output")" 2
  assert_equal "$(grep -c 'protocol=253' <<<"$output")" 1
}

# bytes HEX: as bytes.
bytes() { printf '%b' "$(fold -w 2 <<<"$1" | sed 's/^/\\x/' | tr -d '\n')"; }
# A packet that says it is from 10.0.1.77: as data of a raw socket, then of one whose user makes the IP header.
own_header() {
  watch mate eth0
  local packet
  packet=$(frame_build icmp source_ip=10.0.1.77 destination_ip=10.0.1.3 data=0123456789012345678)
  local protocol
  for protocol in 253 255 253,setsockopt-int=0:3:1; do # 255 is IPPROTO_RAW; option 3 of level 0 is IP_HDRINCL
    bytes "${packet:28}" | socat -u - "IP4-SENDTO:10.0.1.3:$protocol"
  done
  seen mate.frames 'source_ip=10.0.1.77 ' 2
  cat mate.frames
}

# destinations TEXT <FRAMES: where the frames with this text go to, by both addresses.
destinations() {
  awk -v text="$1" '
    { for (i = 3; i <= NF; i++) { split($i, part, "="); value[part[1]] = part[2] } }
    index($0, text) { print value["destination_mac"], value["destination_ip"] }'
}

@test "an echo request goes to one host, only the ARP request before it to all" {
  play near_and_far
  assert_equal "$(destinations "(echo request" <<<"$output")" "02:00:00:00:01:03 10.0.1.3
02:00:00:00:01:01 10.0.2.2
02:00:00:00:01:01 10.0.2.2"
  # Our host asked for each before: for the one, and for the router.
  assert_equal "$(who_is_asked_for <<<"$output")" "10.0.1.3
echo request
10.0.1.1
echo request
echo request"
  run -0 grep -A 2 'destination_mac=ff:ff:ff:ff:ff:ff' <<<"$output"
  assert_line --partial "link arp "
  refute_line --partial "icmp"
}
# who_is_asked_for <FRAMES: in 10.0.1.2's questions to all, and when its echo requests pass.
who_is_asked_for() {
  sed -nE '/destination_mac=ff:ff:ff:ff:ff:ff source_mac=02:00:00:00:01:02 /{n;s/.* operation=1 .* sender_ip=10\.0\.1\.2 .*target_ip=([0-9.]+) .*/\1/p}
    s/.*\((echo request).*/\1/p'
}

unreachable() {
  ping 10.0.2.2 1 1 || echo "status $?"
  ping 10.0.9.9 1 || echo "status $?"
  ping 10.0.1.1 1
}

# hint: The time to live of what you send is IP_TTL. An error has another type, and quotes your packet; the identifier is in the quotation.
# page: ch02_packets/README.md#is-it-there
# judges: ch02_packets/ping
@test "a router that cannot pass the packet on says so, and replies to an echo" {
  play unreachable
  assert_line --regexp '^sequence 1: time exceeded, says 10.0.1.1, [0-9]+ us'
  assert_line --regexp '^sequence 1: destination unreachable.*, says 10.0.1.1, [0-9]+ us'
  assert_line --regexp '^sequence 1: reply from 10.0.1.1: '
  ! is_stranger ch02_packets/ping || return 0
  assert_line --index 0 --regexp '^sequence 1: time exceeded, says 10.0.1.1, [0-9]+ us$'
  assert_line --index 1 "0 of 1 answered"
  assert_line --index 2 "ping: no reply"
  assert_line --index 3 "status 1"
  assert_line --index 4 --regexp '^sequence 1: destination unreachable: network, says 10.0.1.1, [0-9]+ us$'
  assert_line --index 8 --regexp '^sequence 1: reply from 10.0.1.1: '
  # The fourth kind is information about the network: another router is nearer.
  play redirected
  assert_line --regexp 'icmp type=5 .*\(redirect, checksum right\)$'
  assert_line --regexp '^sequence 1: reply from 10.0.2.2: '
}

# mate passes the packet on to the router, which "here" could have asked itself.
redirected() {
  on mate sysctl -qw net.ipv4.ip_forward=1
  ip route add 10.0.2.0/24 via 10.0.1.3
  watch here eth0
  ping 10.0.2.2 1
  seen here.frames 'icmp type=5'
  grep 'icmp type=5' here.frames
}

# hint: A redirect is about your packet, but is not its end. Go on waiting.
# page: ch02_packets/README.md#is-it-there
# judges: ch02_packets/ping
@test "a router that only names a better way has not answered yet" {
  play redirected
  assert_line --index 0 --regexp '^sequence 1: reply from 10.0.2.2: '
}

unplugged() {
  ping 10.0.1.3 1
  on mate ip link set eth0 down
  # Meanwhile another host answers another ping.
  in_background here others timeout 20 "$(program ch02_packets/ping)" 10.0.1.1 65535
  local others=$!
  until grep -q reply others; do pause 0.02; done
  ping 10.0.1.3 1 || echo "status $?"
  kill "$others"
}

@test "a host whose interface is down does not answer" {
  play unplugged
  assert_line --index 0 --regexp '^sequence 1: reply from 10.0.1.3: time to live 64, [0-9]+ us$'
  assert_line --index 1 "1 of 1 answered"
  assert_line --index 2 "sequence 1: no answer within a second"
  assert_line --index 3 "0 of 1 answered"
  assert_line --index 4 "ping: no reply"
  assert_line --index 5 "status 1"
}

silent_host() {
  ping 10.0.1.3 1
  on mate sysctl -qw net.ipv4.icmp_echo_ignore_all=1
  in_background mate received socat -u UDP-RECV:9190 -
  until on mate ss -Hlnu | grep -q 9190; do pause 0.02; done
  local begin=${EPOCHREALTIME/[.,]/}
  ping 10.0.1.3 1 || echo "status $?"
  ((${EPOCHREALTIME/[.,]/} - begin < 1000000)) || echo "it has waited for a second"
  socat -u - UDP:10.0.1.3:9190,shut-none <<<hello
  seen received hello && echo "but UDP works"
  ip route del default
  ping 10.0.2.2 1 || echo "without a way to other networks: status $?"
}

@test "a host can be silent although it is there" {
  play silent_host
  assert_line --index 1 "1 of 1 answered" # before it was told not to answer
  assert_line "sequence 1: no answer within a second"
  assert_line "0 of 1 answered"
  assert_line "status 1"
  assert_line "it has waited for a second"
  assert_line "but UDP works"
  assert_line --regexp '^ping: .*: Network is unreachable$'
  assert_line "without a way to other networks: status 1"
}

# echo_requests: how many the kernel of this network has got.
echo_requests() {
  awk '$1 == "Icmp:" { if (!n) n = split($0, name); else for (i in name) if (name[i] == "InEchos") print $i }' /proc/net/snmp
}
ask_oneself() {
  ping 127.0.0.1 1
  echo "$(echo_requests) echo request came to the kernel"
  ip -br link
  echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all
  ping 127.0.0.1 1 || true # our own request, which comes in too, is no answer
}

# hint: On the loopback your own request comes in too. Look at the type.
# page: ch02_packets/README.md#is-it-there
# judges: ch02_packets/ping
@test "the loopback answers without any network card" {
  privately ask_oneself
  assert_line --index 0 --regexp '^sequence 1: reply from 127.0.0.1: '
  assert_line --index 1 "1 of 1 answered"
  assert_line --index 2 "1 echo request came to the kernel"
  assert_line --index 3 --regexp '^lo '
  # No other interface is there. And when the kernel does not answer, nothing is an answer.
  refute_line --index 4 --partial "reply from"
  assert_line --index 5 "0 of 1 answered"
}

# Echo replies that nobody asked for, errors about other packets, and rubbish.
among_noise() {
  local words=(icmp source_ip=10.0.3.2 destination_ip=10.0.3.1 destination_mac=02:00:00:00:03:01 --send=left)
  in_background here ping.log timeout 20 "$(program ch02_packets/ping)" 10.0.3.77 2
  local ping=$!
  until ! kill -0 "$ping" 2>/dev/null || grep -q answered ping.log; do
    frame_build "${words[@]}" type=0 sequence=1
    frame_build "${words[@]}" type=3 code=1
    frame_build "${words[@]}" type=11 data=EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE
    frame_build "${words[@]}" type=0 sequence=2 "data=the same bytes come back, please"
    pause 0.1
  done
  cat ping.log
}

# hint: Every socket of this kind gets all ICMP messages of the host. Compare the identifier and the sequence, also in what an error quotes.
# page: ch02_packets/README.md#is-it-there
# judges: ch02_packets/ping
@test "messages for others are not taken for an answer, and do not lengthen the wait" {
  play among_noise
  refute_line --regexp '^sequence .* (reply from|says) '
  assert_line "0 of 2 answered"
  ! is_stranger ch02_packets/ping || return 0
  assert_line --index 0 "sequence 1: no answer within a second"
  assert_line --index 1 "sequence 2: no answer within a second"
  assert_line --index 2 "0 of 2 answered"
}

# The host in the place of the kernel: before the reply it sends a source quench and messages of other types
# with the numbers of the request, then a reply with a wrong checksum, which is known by its time to live.
a_host_of_many_words() {
  echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all
  python3 - "$(program ch02_packets/ping)" <<'END'
import socket, struct, subprocess, sys

def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff

def send(type, rest, wrong=0, time_to_live=64):
    message = bytes([type, 0, 0, 0]) + rest
    host.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, time_to_live)
    host.sendto(message[:2] + struct.pack("!H", checksum(message) ^ wrong) + message[4:], ("127.0.0.1", 0))

host = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
ping = subprocess.Popen([sys.argv[1], "127.0.0.1", "1"])
packet = host.recv(65535)
while packet[20] != 8:
    packet = host.recv(65535)
send(4, bytes(4) + packet)
for other_type in 3, 14, 42:
    send(other_type, packet[24:])
send(0, packet[24:], wrong=0x55, time_to_live=33)
send(0, packet[24:], time_to_live=44)
sys.exit(ping.wait(20))
END
}

@test "only an echo reply with a right checksum is an answer, and a source quench is not the end" {
  privately a_host_of_many_words
  assert_line --index 0 --regexp '^sequence 1: reply from 127.0.0.1: time to live 44, '
  assert_line --index 1 "1 of 1 answered"
}

@test "without the right to raw sockets it says how to get it" {
  run -1 unshare -r "$(program ch02_packets/ping)"
  assert_line --index 0 "ping: socket: Operation not permitted"
  assert_line --index 1 --partial "unshare -rn bash"
}

@test "wrong arguments are wrong usage, and IPv6 is refused" {
  local words
  for words in "127.0.0.1 0" "127.0.0.1 x" "127.0.0.1 1 0" "127.0.0.1 1 256" "127.0.0.1 1 1 1"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 ping $words
    assert_line --index 1 "usage: ping [HOST [COUNT [TTL]]]"
  done
  run -2 ping ""
  assert_line --index 0 "ping: HOST is empty"
  run -1 ping ::1
  assert_output --partial "an IPv4 address is wanted"
  run -1 ping no.such.name.invalid
}
