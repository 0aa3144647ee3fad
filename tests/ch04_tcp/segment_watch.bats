#!/usr/bin/env bats
# segment_watch: what it says about each segment is what tshark says; the states are those of RFC 9293.

setup() {
  load ../harness.bash
  load ../recording.bash
  load wire.bash
  cd "$BATS_TEST_TMPDIR" || exit
}

watch() { client ch04_tcp/segment_watch "$@"; }

# make_capture NAME: writes all.pcap (make_capture.py says what happens in it).
make_capture() { python3 "$BATS_TEST_DIRNAME/../tools/make_capture.py" "$1" all.pcap; }

# agrees [AT-LEAST]: tshark says the same about each segment in all.pcap. There are at least so many.
agrees() { tshark_agrees all.pcap && (($(wc -l <ours) >= ${1:-1})); }

all_agree() {
  local name
  for name in "$@"; do
    make_capture "$name"
    agrees || { echo "about $name"; return 1; }
  done
}

# states: of client and server after each segment of all.pcap, and what it is.
states() { watch file all.pcap --fields | sed 1d | cut -f 17-19; }

whole_ones="whole three_segments_close half_close two_connections vlan raw_ip ecn"
losses="lost_syn lost_syn_ack lost_third lost_data unseen_data lost_ack lost_fin unseen_ack wrong_checksum"
orders="swapped doubled overlap fast_retransmission fast_retransmission_with_sack many_losses early_fin"
windows="window_closed window_probed window_full keep_alive no_scale urgent"
ends="simultaneous_open simultaneous_close to_itself refused reset_of_syn_ack reset_after_data reset_after_fin
  reset_in_last_ack reset_out_of_place"
begins="middle middle_server middle_syn_ack reused reused_unseen refused_and_back wrap"
frames="offloaded cut fragments unreachable"
floods="flood many_syns"
others="odd"

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about whole connections" {
  all_agree $whole_ones
}

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about what is lost and sent again" {
  all_agree $losses
}

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about what comes out of order or twice" {
  all_agree $orders
}

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about windows, probes and urgent data" {
  all_agree $windows
}

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about resets, and about what both ends do at once" {
  all_agree $ends
}

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about connections whose begin is missing, and about numbers and ports used again" {
  all_agree $begins
}

# shellcheck disable=SC2086  # words are wanted
@test "tshark agrees about long, cut and fragmented packets" {
  all_agree $frames
  make_capture offloaded
  run -0 watch file all.pcap
  refute_output --partial "checksum wrong"
}


@test "every capture that the tool makes is compared" {
  run -0 python3 "$BATS_TEST_DIRNAME/../tools/make_capture.py" --list
  # shellcheck disable=SC2086  # words are wanted
  assert_equal "$(printf '%s\n' $whole_ones $losses $orders $windows $ends $begins $frames $floods $others | sort)" \
    "$(sort <<<"$output")"
}

@test "a line shows the segment between the states of its two ends" {
  make_capture whole
  run -0 watch file all.pcap
  assert_output " port client           wire         seq     ack  bytes  window server       what it is
40022 client 10.0.4.1:40022, server 10.0.4.2:9190
40022 SYN-SENT     --> SYN            0                  64240 SYN-RECEIVED handshake 1/3
                       mss 1460, SACK, timestamps, scale 7
40022 ESTABLISHED  <-- SYN ACK        0       1          64240 SYN-RECEIVED handshake 2/3
                       mss 1460, SACK, timestamps, scale 7
40022 ESTABLISHED  --> ACK            1       1          64256 ESTABLISHED  handshake 3/3
40022 ESTABLISHED  --> PSH ACK        1       1      6   64256 ESTABLISHED  data
                       hello\n
40022 ESTABLISHED  <-- ACK            1       7          65152 ESTABLISHED  acknowledges 6 bytes
40022 ESTABLISHED  <-- PSH ACK        1       7      6   65152 ESTABLISHED  data
                       hello\n
40022 ESTABLISHED  --> ACK            7       7          64256 ESTABLISHED  acknowledges 6 bytes
40022 FIN-WAIT-1   --> FIN ACK        7       7          64256 CLOSE-WAIT   FIN: no more to send
40022 FIN-WAIT-2   <-- ACK            7       8          65152 CLOSE-WAIT   acknowledges FIN
40022 TIME-WAIT    <-- FIN ACK        7       8          65152 LAST-ACK     FIN: no more to send
40022 TIME-WAIT    --> ACK            8       8          64256 CLOSED       acknowledges FIN"
}

@test "what is remarkable is said in words" {
  local name word
  while IFS=: read -r name word; do
    make_capture "$name"
    run -0 watch file all.pcap --fields
    assert_line --regexp "$(printf '\t')([^$(printf '\t')]*, )?$word(,|\$)"
  done <<'TEXT'
refused:refused
reset_after_data:reset
reset_out_of_place:reset, does not count
lost_data:sent again
lost_ack:sent again, not needed
fast_retransmission:fast retransmission
fast_retransmission:the same ACK again
swapped:out of order
unseen_data:bytes before it unseen
unseen_ack:ACK of bytes not seen
window_closed:window closed
window_closed:window open again
window_probed:window probe
window_probed:answers the probe
window_full:fills the window
keep_alive:keep-alive
keep_alive:answers the keep-alive
urgent:urgent data
wrong_checksum:checksum wrong
reused:ports used again
simultaneous_open:both have called connect
TEXT
  make_capture middle
  run -0 watch file all.pcap
  assert_line --index 1 "40022 client 10.0.4.1:40022, server 10.0.4.2:9190, the beginning was not seen"
}

@test "a socket that is connected to itself has one state, and both columns show it" {
  make_capture to_itself
  run -0 states
  assert_output "SYN-RECEIVED	SYN-RECEIVED	handshake 1/3
ESTABLISHED	ESTABLISHED	acknowledges SYN
ESTABLISHED	ESTABLISHED	window update
ESTABLISHED	ESTABLISHED	data
ESTABLISHED	ESTABLISHED	acknowledges 5 bytes
CLOSING	CLOSING	FIN: no more to send
TIME-WAIT	TIME-WAIT	acknowledges FIN"
}

@test "other packets have lines in the same lanes" {
  make_capture unreachable
  run -0 watch file all.pcap
  assert_line "40022 10.0.4.1     --> UDP                           5         10.0.4.2     to port 9"
  assert_line "      10.0.4.1     <-- ICMP                                    10.0.4.2     port unreachable"
  assert_line "                       about UDP 10.0.4.1:40022 --> 10.0.4.2:9"
  assert_line "                       about TCP 10.0.4.1:40022 --> 10.0.4.2:9190"
  make_capture fragments
  run -0 watch file all.pcap
  assert_line "      10.0.4.1     --> fragment                     48         10.0.4.2     from byte 2960, last"
}

@test "false lengths invent neither bytes nor segments, and RARP is not ARP" {
  make_capture odd
  run -0 watch file all.pcap
  assert_output " port client           wire         seq     ack  bytes  window server       what it is
      10.0.4.1     --> fragment                     48         10.0.4.2     from byte 0
                       of UDP, id 1, ipv4: its length is 3, less than its header
      10.0.4.1     --> fragment                     48         10.0.4.2     from byte 0
                       of UDP, id 1
      10.0.4.1     --> TCP                                     10.0.4.2
                       tcp: its header cannot have 4 bytes
      10.0.4.1     --> TCP                                     10.0.4.2
                       tcp: its header cannot have 60 bytes
      ::1          --> fragment                     48         ::1          from byte 0
                       of UDP, id 7
      10.0.4.2     --> RARP                                    10.0.4.1
                       which IP has 02:00:00:00:00:01?
      10.0.4.1     <-- RARP                                    10.0.4.2
                       02:00:00:00:00:01 has 10.0.4.1
      10.0.4.2     --> ARP                                     10.0.4.1     operation 9
      10.0.4.1     <-- ICMP                                    10.0.4.2     parameter problem
                       about UDP 10.0.4.1:40022 --> 10.0.4.2:9190"
}

@test "no line is longer than 100 columns" {
  local name
  for name in $(python3 "$BATS_TEST_DIRNAME/../tools/make_capture.py" --list); do
    make_capture "$name"
    run -0 watch file all.pcap
    run -1 grep -E '.{101}' <<<"$output"
  done
}

@test "a flood is summed up, and nothing is forgotten in the sum" {
  make_capture flood
  run -0 watch file all.pcap
  ((${#lines[@]} < 120))
  assert_line --regexp '^40022 \.\.\. 1,[0-9]{3} more segments, [0-9,]+ bytes$'
  assert_line --regexp '^40022 TIME-WAIT    --> ACK .* CLOSED '
  local shown more
  shown=$(grep -cE ' (-->|<--) ' <<<"$output")
  more=$(sed -nE 's/^.*\.\.\. ([0-9,]+) more segments.*/\1/p' <<<"$output" | tr -d , | paste -sd +)
  assert_equal "$((shown + more))" 2007
  agrees 2007
}

@test "20,000 connections take a bounded number of lines, and of bytes in memory" {
  make_capture many_syns
  run -0 prlimit --data=20000000 "$(program ch04_tcp/segment_watch)" file all.pcap
  ((${#lines[@]} < 2500))
  assert_line --regexp '^      \.\.\. [0-9,]+ more packets, 0 bytes$'
}

# ---- live

# a_pair: an echo server and its client on the loopback, watched.
a_pair() {
  cd "$BATS_TEST_TMPDIR" || return
  begin_watching lo --keep all.pcap
  start_server ch04_tcp/echo_server
  client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"hello"
  eventually grep -q 'CLOSED  ' watch.log
  stop_server
  kill "$watcher"
  wait "$watcher"
  cat watch.log
}
# begin_watching INTERFACE [ARGUMENT...]: into watch.log.
begin_watching() {
  "$(program ch04_tcp/segment_watch)" live "$@" >watch.log 2>&1 &
  watcher=$!
  eventually grep -q ready watch.log
}

@test "live, each segment of a pair is seen once on the loopback, and a signal ends it" {
  privately a_pair
  assert_line --regexp '^[0-9 ]{5} SYN-SENT     --> SYN .* SYN-RECEIVED handshake 1/3$'
  assert_line --regexp '^[0-9 ]{5} ESTABLISHED  --> ACK .* ESTABLISHED  handshake 3/3$'
  assert_line '                       hello\n'
  assert_line --regexp '^[0-9 ]{5} TIME-WAIT    --> ACK .* CLOSED       acknowledges FIN$'
  assert_equal "$(grep -c 'hello' <<<"$output")" 3 # there, back, and the client's output
  refute_output --partial "checksum wrong"
  refute_output --partial "sent again"
}

@test "what it keeps is a file for tshark and for itself" {
  privately a_pair
  agrees 9
  watch file all.pcap >again
  diff <(sed '/ready/d;/^hello$/d' watch.log) again
}

@test "it ends when the interface is gone, and says so" {
  gone() {
    cd "$BATS_TEST_TMPDIR" || return
    ip link add here type veth peer name there
    ip link set here up
    begin_watching here
    ip link delete here
    eventually has_ended
    wait "$watcher"
    tail -n 1 watch.log
  }
  has_ended() { ! kill -0 "$watcher" 2>/dev/null || [[ $(ps -o stat= -p "$watcher") == Z* ]]; }
  privately gone
  assert_line "there is no here any more"
}

@test "in the lab it shows what the link loses, and what is done about it" {
  lost() {
    start wire watch "$(program ch04_tcp/segment_watch)" live server
    lossy_link drop:server:data:1
    serve
    echo_through <<<"hello"
    says watch ' CLOSED '
    cat watch.log
  }
  play lost
  assert_line --regexp ' sent again, data$'
}

# ---- what it refuses

@test "bad input is refused with what is wrong" {
  run -2 watch
  assert_line --index 0 "segment_watch: live wants an interface, file a path"
  run -2 watch file
  run -2 watch tape x
  assert_line --index 0 "segment_watch: 'tape' is none of: live, file"
  run -2 watch file x --keep y
  assert_line --index 0 "segment_watch: '--keep' is not wanted here"
  run -2 watch live lo --keep
  assert_line --index 0 "segment_watch: '--keep' is not wanted here"
  run -1 watch file missing
  assert_output "segment_watch: open missing: No such file or directory"
  run -1 watch file .
  assert_output "segment_watch: . is not a file"
  : >empty
  run -1 watch file empty
  assert_output "segment_watch: not a pcap file: it has less than 24 bytes"
}

@test "an interface that is not there is an error" {
  private_networks_or_skip
  run -1 in_private_network "$(program ch04_tcp/segment_watch)" live nothing
  assert_line --index 0 "segment_watch: if_nametoindex nothing: No such device"
}

@test "without rights it says what to do" {
  local without=()
  ((EUID)) || without=(setpriv --bounding-set=-net_raw --inh-caps=-net_raw)
  run -1 "${without[@]}" "$(program ch04_tcp/segment_watch)" live lo
  assert_line --index 0 "segment_watch: socket: Operation not permitted"
  assert_line --index 1 "to see frames you need raw-socket rights: be root, or be in ./course lab NAME or unshare -rn"
}

@test "pcapng is read with the help of tshark, and refused with how to convert it where that is missing" {
  make_capture whole
  watch file all.pcap >expected
  tshark -r all.pcap -F pcapng -w "the new.pcapng" 2>tshark.log || { cat tshark.log; return 1; }
  run -0 watch file "the new.pcapng"
  assert_output "$(<expected)"
  PATH=/nonexistent run -1 "$(program ch04_tcp/segment_watch)" file "the new.pcapng"
  assert_output "segment_watch: the new.pcapng is pcapng; tshark would convert it, and that did not work. Where it is installed, this does, or says why not: tshark -r IN -F pcap -w OUT"
}
