#!/usr/bin/env bats
# datagram_loss_sender and datagram_loss_receiver: loss, order and duplicates,
# counted by number. Nothing here depends on luck: the receiver is stopped, or a
# relay follows its rule.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  end_server
  server_pid=${receiver_pid:-}
  end_server
}

# start_behind_relay RULE: a receiver and a relay before it; port is the relay's.
start_behind_relay() {
  log_file=$PWD/receiver.log start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 100000
  receiver_pid=$server_pid
  start_server ch06_udp/unreliable_relay 0 127.0.0.1 "$port" "$1"
}

# reports TEXT COUNT: a sender of COUNT datagrams gets this report.
reports() {
  run -0 --separate-stderr client ch06_udp/datagram_loss_sender 127.0.0.1 "$port" "$2"
  assert_output "$1"
  # shellcheck disable=SC2154  # stderr is bats's
  assert_equal "$stderr" "$2 datagrams sent without an error"
}

@test "with room for all datagrams none is lost" {
  start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 100000
  reports "received 50 of 50: 0 lost, 0 twice, 0 late" 50
  wait_for_log "received 50 of 50: 0 lost, 0 twice, 0 late"
}

@test "a datagram that does not fit into the receive buffer is lost, and no send fails" {
  start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 4096
  pause_server
  traced -o sends -e trace=sendto
  timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/datagram_loss_sender)" 127.0.0.1 "$port" 250 >report 2>said 3>&- &
  local sender=$!
  eventually grep -qx '250 datagrams sent without an error' said
  kill -CONT "$server_pid"
  wait "$sender"
  [[ $(<report) =~ ^received\ ([0-9]+)\ of\ 250:\ ([0-9]+)\ lost,\ 0\ twice,\ 0\ late$ ]]
  ((BASH_REMATCH[1] >= 1 && BASH_REMATCH[1] < 50))
  ((BASH_REMATCH[1] + BASH_REMATCH[2] == 250))
  grep -qxF "$(<report)" "$server_log"
  # Each of them was a call that has sent 500 bytes, and so was each question after them.
  (($(grep -c ' = 500$' sends) > 250))
  run ! grep -v ' = 500$' sends
}

# judges: ch06_udp/datagram_loss_receiver
@test "the kernel counts what it threw away" {
  start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 4096
  pause_server
  local i
  for i in {1..40}; do
    printf '%0500d' "$i" >"/dev/udp/127.0.0.1/$port"
  done
  run -0 ss -Huanm "sport = :$port"
  [[ $output =~ ,d([0-9]+)\) ]]
  ((BASH_REMATCH[1] >= 20))
}

# judges: ch06_udp/datagram_loss_receiver
@test "a receiver that reads late loses datagrams" {
  start_server ch06_udp/datagram_loss_receiver
  run -0 client ch06_udp/datagram_loss_sender 127.0.0.1 "$port"
  assert_line --regexp '^received [0-9]+ of 200: [1-9][0-9]* lost, 0 twice, 0 late$'
}

@test "the missing number shows a dropped datagram" {
  start_behind_relay kdk
  reports "received 4 of 5: 1 lost, 0 twice, 0 late" 5
}

@test "a doubled datagram is counted once" {
  start_behind_relay ktk
  reports "received 5 of 5: 0 lost, 1 twice, 0 late" 5
}

@test "a datagram that was overtaken is late" {
  start_behind_relay klk
  reports "received 5 of 5: 0 lost, 0 twice, 1 late" 5
}

# The sender confesses it in its header.
@test "a datagram that arrives after the first report is called lost" {
  start_behind_relay kkkklk
  reports "received 4 of 5: 1 lost, 0 twice, 0 late" 5
}

@test "lost, doubled and late datagrams are counted apart" {
  start_behind_relay dktkllkdd
  reports "received 7 of 10: 3 lost, 1 twice, 2 late" 10
  grep -qx "received 7 of 10: 3 lost, 1 twice, 2 late" receiver.log
}

# The receiver sleeps for a second, so that the datagrams wait together.
@test "a datagram socket has no connection, keeps boundaries, and some of it is lost, doubled or late" {
  traced -o calls -e trace=network
  log_file=$PWD/receiver.log start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 1 100000
  receiver_pid=$server_pid server_wrapper=()
  start_server ch06_udp/unreliable_relay 0 127.0.0.1 "$port" dktkllkdd
  reports "received 7 of 10: 3 lost, 1 twice, 2 late" 10
  grep -qx "received 7 of 10: 3 lost, 1 twice, 2 late" receiver.log
  run -0 grep -c '^socket(AF_INET, SOCK_DGRAM' calls
  assert_output 1
  run -1 grep -E '^(listen|accept4?|connect)\(' calls
  run -0 sed -n 's/^recvfrom(.* = //p' calls
  assert_equal "$(sort -u <<<"$output")" 500
  ((${#lines[@]} >= 9)) # the question is one of them
}

@test "a lost question is asked again" {
  start_behind_relay kkkdd
  reports "received 3 of 3: 0 lost, 0 twice, 0 late" 3
}

# judges: ch06_udp/datagram_loss_sender
@test "the sender gives up on a receiver that does not answer" {
  start_server ch06_udp/datagram_loss_receiver
  pause_server
  run -1 client ch06_udp/datagram_loss_sender 127.0.0.1 "$port" 2
  assert_line "datagram_loss_sender: no report within 5 seconds"
}

# The header confesses it: the ICMP error about one datagram comes back on the next send.
@test "every send succeeds, except if there is no receiver at all" {
  start_server ch06_udp/datagram_loss_receiver
  stop_server
  run -1 client ch06_udp/datagram_loss_sender 127.0.0.1 "$port" 2
  assert_line --index 0 "datagram_loss_sender: send: Connection refused"
}

# judges: ch06_udp/datagram_loss_sender
@test "an echo of the sender's own datagrams is not a report" {
  start_server ch06_udp/echo_server
  run -1 client ch06_udp/datagram_loss_sender 127.0.0.1 "$port" 2
  assert_line --regexp '^datagram_loss_sender: no report within 5 seconds, but [0-9]+ other datagrams$'
  refute_line --partial "received"
}

@test "a server that sends other datagrams all the time does not lengthen the wait" {
  cat >floods.py <<'END'
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
_, client = server.recvfrom(600)
while True:  # until it is ended
    server.sendto(b"no report", client)
END
  # shellcheck disable=SC2016  # for the stranger
  stranger ch06_udp/datagram_loss_receiver 'exec python3 floods.py "$1"'
  start_server ch06_udp/datagram_loss_receiver
  local begin=$SECONDS
  run -1 client ch06_udp/datagram_loss_sender 127.0.0.1 "$port" 2
  assert_line --regexp '^datagram_loss_sender: no report within 5 seconds, but [0-9]+ other datagrams$'
  ((SECONDS - begin < 12))
}

# answers LINE...: a server whose first answer is the first line, and so on.
answers() {
  printf '%s\n' "$@" >lines
  # shellcheck disable=SC2016  # for the stranger
  printf '%s\n' '#!/bin/bash' 'cat >/dev/null &' 'n=0; until mkdir "asked$n" 2>/dev/null; do n=$((n + 1)); done' \
    'sed -n "$((n + 1))p" lines' >answer
  chmod +x answer
  # shellcheck disable=SC2016  # for the stranger
  stranger ch06_udp/datagram_loss_receiver 'exec socat "UDP-RECVFROM:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server ch06_udp/datagram_loss_receiver
}

# judges: ch06_udp/datagram_loss_sender
@test "a report about another number of datagrams, or with other words, is not taken" {
  answers "hello" "received 3 of 3: 0 lost, 0 twice, 0 late" "received 1 of 1: 0 lost, 0 twice, 0 late, and more" \
    "received 1 of 1: -1 lost, 0 twice, 0 late" "received 2 of 1: 0 lost, 0 twice, 0 late" \
    "received 1 of 1: 99999999999999999999 lost, 0 twice, 0 late" "received 1 of 1: 0 lost, 0 twice, 0 late"
  reports "received 1 of 1: 0 lost, 0 twice, 0 late" 1
}

# judges: ch06_udp/datagram_loss_receiver
@test "two senders one after another are counted apart" {
  start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 100000
  reports "received 5 of 5: 0 lost, 0 twice, 0 late" 5
  reports "received 5 of 5: 0 lost, 0 twice, 0 late" 5
  run -0 grep -c '^first number from' "$server_log"
  assert_output 2
}

# The relay gives both the same address.
# judges: ch06_udp/datagram_loss_receiver
@test "two senders behind one relay are counted apart" {
  start_behind_relay k
  reports "received 5 of 5: 0 lost, 0 twice, 0 late" 5
  reports "received 5 of 5: 0 lost, 0 twice, 0 late" 5
}

# numbered NUMBER COUNT RUN: to descriptor 9. Each of the three is below 256; zeros follow.
numbered() {
  { printf '%b' "$(printf '\\0\\0\\0\\0%03o' "$@")" && head -c 488 /dev/zero; } | dd bs=500 iflag=fullblock status=none >&9
}

# judges: ch06_udp/datagram_loss_receiver
# The relay may hold back a question of one run, and send it in the middle of the next.
@test "a late datagram of the run before changes no report" {
  start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 100000
  exec 9<>"/dev/udp/127.0.0.1/$port"
  numbered 0 2 1
  numbered 2 2 1 # the question
  run -0 timeout "$patience" head -n 1 <&9
  assert_output "received 1 of 2: 1 lost, 0 twice, 0 late"
  numbered 0 2 7
  numbered 1 2 1
  numbered 2 2 1
  numbered 1 2 7
  numbered 2 2 7
  run -0 timeout "$patience" head -n 1 <&9
  exec 9>&-
  assert_output "received 2 of 2: 0 lost, 0 twice, 0 late"
}

# judges: ch06_udp/datagram_loss_receiver
@test "a datagram without numbers is dropped" {
  start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 100000
  printf 'short' >"/dev/udp/127.0.0.1/$port"
  printf '%0500d' 7 >"/dev/udp/127.0.0.1/$port"
  wait_for_log ": not a numbered datagram" 2
  reports "received 5 of 5: 0 lost, 0 twice, 0 late" 5
}

packets() { awk '$1 == "lo:" { print $3 }' /proc/net/dev; }

# On the loopback frame_parse sees each frame twice: when it leaves and when it arrives.
@test "a datagram has no number, and nothing comes back when it arrives" {
  one_way() {
    start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 100000
    : >frames
    timeout 50 "$(program ch02_packets/frame_parse)" live lo 14 20 >frames 3>&- &
    local watcher=$! before i
    eventually grep -q ready frames
    before=$(packets)
    exec 9<>"/dev/udp/127.0.0.1/$port"
    for i in {1..7}; do printf x >&9; done
    wait_for_log ": not a numbered datagram" 7
    echo "$(($(packets) - before)) packets"
    wait "$watcher"
    grep '^  transport udp ' frames | sort | uniq -c | awk '{ print $1, "times the header", $4 }'
    # Nor when the program has numbered them: only the question after the last one is answered.
    before=$(packets)
    for i in {0..6}; do numbered "$i" 7 1; done
    numbered 7 7 1
    timeout "$patience" head -n 1 <&9
    echo "$(($(packets) - before)) packets"
    stop_server
  }
  privately one_way
  assert_line --index 0 "7 packets"
  assert_line --index 1 --regexp '^14 times the header source_port=[0-9]+$'
  assert_line --index 2 "received 7 of 7: 0 lost, 0 twice, 0 late"
  assert_line --index 3 "9 packets"
  assert_equal "${#lines[@]}" 4
}

# No packet begins or ends a connection, and a full buffer holds back no sender. Each
# that arrives has its sender's address.
@test "forty datagrams are forty packets, also where there is no room for them" {
  without_room() {
    start_server ch06_udp/datagram_loss_receiver 0 127.0.0.1 0 4096
    pause_server
    local before i sender lost
    before=$(packets)
    exec 9>"/dev/udp/127.0.0.1/$port"
    for i in {1..40}; do printf '%0500d' "$i" >&9; done
    sender=$(ss -Hun "dport = :$port" | grep -o '127\.0\.0\.1:[0-9]*' | head -n 1)
    exec 9>&-
    echo "$(($(packets) - before)) packets"
    lost=$(ss -Huanm "sport = :$port" | sed -n 's/.*,d\([0-9]*\).*/\1/p')
    echo "$lost lost"
    kill -CONT "$server_pid"
    wait_for_log "dropped $sender: not a numbered datagram" $((40 - lost))
    grep -c dropped "$server_log"
    end_server
    echo "$(($(packets) - before)) packets" # nothing tells the sender which of them arrived
  }
  privately without_room
  assert_line --index 0 "40 packets"
  [[ ${lines[1]} =~ ^([23][0-9])\ lost$ ]]
  assert_line --index 2 "$((40 - BASH_REMATCH[1]))"
  assert_line --index 3 "40 packets"
}

# TCP tells its sender, so that it waits.
@test "one datagram is one packet and no sender waits, with TCP it is six and the sender does" {
  both() {
    start_server ch06_udp/datagram_loss_receiver
    before=$(packets)
    for _ in 1 2; do printf x >"/dev/udp/127.0.0.1/$port"; done
    wait_for_log dropped 2 # had anything come back for the first one, it would count
    echo "UDP: $(($(packets) - before)) for two"
    pause_server
    timeout 20 bash -c 'head -c 20000000 /dev/zero | dd bs=20000 iflag=fullblock status=none >"/dev/udp/127.0.0.1/$1"' - "$port"
    # A thousand, of which few found room: that is the price.
    lost=$(ss -Huanm "sport = :$port" | sed -n 's/.*,d\([0-9]*\).*/\1/p')
    ((lost >= 990)) || echo "$lost lost"
    echo "UDP: sent"
    end_server
    start_server ch04_tcp/echo_server
    before=$(packets)
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf x >&9
    exec 9>&-
    eventually six_packets
    echo "TCP: six"
    pause_server
    timeout 1 bash -c 'head -c 20000000 /dev/zero >"/dev/tcp/127.0.0.1/$1"' - "$port" || echo "TCP: $?"
    end_server
  }
  six_packets() { (($(packets) - before >= 6)); }
  local before lost
  privately both
  assert_output "UDP: 2 for two
UDP: sent
TCP: six
TCP: 124"
}

@test "it counts over IPv6 too" {
  ipv6_or_skip
  start_server ch06_udp/datagram_loss_receiver 0 ::1 0 100000
  run -0 client ch06_udp/datagram_loss_sender ::1 "$port" 5
  assert_line "received 5 of 5: 0 lost, 0 twice, 0 late"
}
