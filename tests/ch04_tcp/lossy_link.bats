#!/usr/bin/env bats
# lossy_link: what a connection looks like on the wire, and how TCP repairs the damage.

setup() {
  load ../harness.bash
  load wire.bash
  private_networks_or_skip
}

# ---- a connection

a_talk() {
  lossy_link
  serve
  head -c 100 /dev/zero | echo_through | wc -c
  passes 'FIN ACK .* win'
  says server closed
  passes '--> ACK +seq 102 +ack 102'
  rows >rows
  segments
}
# Each step of a_talk, with the states of both ends.
each_step_is_told() {
  assert_equal "$(<rows)" "SYN-SENT --> SYN 0 SYN-RECEIVED handshake 1/3
ESTABLISHED <-- SYN ACK 0 1 SYN-RECEIVED handshake 2/3
ESTABLISHED --> ACK 1 1 ESTABLISHED handshake 3/3
ESTABLISHED --> PSH ACK 1 1 100 ESTABLISHED data
ESTABLISHED <-- ACK 1 101 ESTABLISHED acknowledges 100 bytes
ESTABLISHED <-- PSH ACK 1 101 100 ESTABLISHED data
ESTABLISHED --> ACK 101 101 ESTABLISHED acknowledges 100 bytes
FIN-WAIT-1 --> FIN ACK 101 101 CLOSE-WAIT FIN: no more to send
FIN-WAIT-2 <-- ACK 101 102 CLOSE-WAIT acknowledges FIN
TIME-WAIT <-- FIN ACK 101 102 LAST-ACK FIN: no more to send
TIME-WAIT --> ACK 102 102 CLOSED acknowledges FIN"
}

@test "three segments make a connection, and the third is an ACK alone" {
  play a_talk
  assert_line --index 1 --regexp '^--> SYN +seq 0 +win [0-9]{5}  mss 1460$'
  assert_line --index 2 --regexp '^<-- SYN ACK +seq 0 +ack 1 +win [0-9]{5}  mss 1460$'
  assert_line --index 3 --regexp '^--> ACK +seq 1 +ack 1 +win [0-9]{5}$'
  # Only then data, whose ACK shows that the numbers go on from these; at the end both sides say so.
  assert_line --index 4 --regexp '^--> PSH ACK +seq 1 +ack 1 +100 bytes '
  assert_line --index 5 --regexp '^<-- ACK +seq 1 +ack 101 +win '
  assert_equal "$(grep -c SYN <<<"$output") $(tail -n 4 <<<"$output" | grep -c FIN)" "2 2"
  each_step_is_told
}

@test "each SYN says how much its sender can take in one segment" {
  short_segments() {
    lossy_link
    on server ip link set eth0 mtu 1000
    head -c 10000 /dev/zero >in
    sink out
    on client socat -u - TCP:10.0.4.2:9190 <in
    eventually sink_is_full
    segments
  }
  play short_segments
  assert_line --index 0 --regexp '^--> SYN .*  mss 1460$'
  assert_line --index 1 --regexp '^<-- SYN ACK .*  mss 960$' # 1000 less two headers of 20 bytes
  assert_line --index 2 --regexp '^--> ACK .* win [0-9]+$'
  assert_equal "$(sizes <<<"$output" | sort -n | tail -n 1)" 948 # time stamps take 12
}
# sizes: of the data in these segments.
sizes() { sed -nE 's/.* ([0-9]+) bytes.*/\1/p'; }

# All of the server's ACKs are lost but the SYN ACK, so the client knows no other window.
@test "from the SYN ACK on the client knows the window" {
  no_more_acks() {
    lossy_link drop:server:ack
    on server sysctl -qw net.ipv4.tcp_rmem='4096 8192 8192'
    head -c 100000 /dev/zero >in
    sink out
    on client socat -u - TCP:10.0.4.2:9190 <in &
    passes ' seq 1 +ack 1 .* bytes' 3 # it sends the first bytes again
    segments '<-- SYN ACK'
    echo "sent $(segments '^--> .* bytes' | sed -nE 's/.*seq ([0-9]+) .* ([0-9]+) bytes.*/\1 \2/p' |
      awk '$1 + $2 - 1 > last { last = $1 + $2 - 1 } END { print last }')"
  }
  play no_more_acks
  [[ ${lines[0]} =~ win\ ([0-9]+) ]]
  local window=${BASH_REMATCH[1]}
  ((window < 10 * 1448)) # without it a new connection would send ten segments
  [[ ${lines[1]} =~ ^sent\ ([0-9]+)$ ]]
  ((BASH_REMATCH[1] <= window && BASH_REMATCH[1] > window - 1448))
}

@test "an ACK names the byte that is wanted next" {
  play a_talk
  assert_line --index 0 100
  assert_line --index 1 --regexp '^--> SYN +seq 0 ' # a SYN counts as a byte does
  assert_line --index 2 --regexp '^<-- SYN ACK +seq 0 +ack 1 '
  assert_line --index 4 --regexp '^--> PSH ACK +seq 1 +ack 1 +100 bytes '
  assert_line --index 5 --regexp '^<-- ACK +seq 1 +ack 101 '
  assert_line --regexp '^<-- PSH ACK +seq 1 +ack 101 +100 bytes '
  assert_line --regexp '^--> FIN ACK +seq 101 +ack 101 '
  assert_line --regexp '^<-- FIN ACK +seq 101 +ack 102 '
  each_step_is_told
}

@test "TCP numbers the bytes and answers each of them, UDP does neither" {
  a_datagram() {
    a_talk
    start server sink socat -d -d -u UDP-RECV:9190 CREATE:out
    printf hello | socat -u - UDP:10.0.4.2:9190,shut-none
    eventually grep -qs hello out
    segments UDP
    rows UDP >udp
  }
  play a_datagram
  assert_line --regexp '^--> PSH ACK +seq 1 +ack 1 +100 bytes '
  assert_line --regexp '^<-- ACK +seq 1 +ack 101 +win '
  assert_line --regexp '^--> FIN ACK +seq 101 +ack 101 '
  assert_equal "$(grep UDP <<<"$output" | tr -s ' ')" "--> UDP 5 bytes"
  each_step_is_told
  assert_equal "$(<udp)" "10.0.4.1 --> UDP 5 10.0.4.2 to port 9190"
}

@test "four segments end a connection, and an ACK number comes twice without any loss" {
  play a_talk
  ends_with_four "$output"
}
ends_with_four() {
  assert_equal "$(tail -n 4 <<<"$1" | tr -s ' ' | sed 's/ win .*//')" "--> FIN ACK seq 101 ack 101
<-- ACK seq 101 ack 102
<-- FIN ACK seq 101 ack 102
--> ACK seq 102 ack 102"
  assert_equal "$(grep -c FIN <<<"$1")" 2 # one from each side
  each_step_is_told
}

# The ACK waits only some 40 ms, and sometimes the server closes later than that: so it may try 20 times.
@test "an ACK that waits for the FIN goes with it, and three segments end a connection" {
  three() {
    lossy_link
    serve
    delay_acks
    for i in {1..20}; do
      echo_through </dev/null
      eventually closed "$i"
      [[ $(segments . | tail -n 3 | cut -c 1-11 | xargs) != "--> FIN ACK <-- FIN ACK --> ACK" ]] || { rows | tail -n 3; return 0; }
    done
    segments .
    return 1
  }
  closed() { (($(segments '--> ACK +seq 2' | wc -l) >= $1)); }
  play a_talk
  ends_with_four "$output"
  play three
  assert_output "FIN-WAIT-1 --> FIN ACK 1 1 CLOSE-WAIT FIN: no more to send
TIME-WAIT <-- FIN ACK 1 2 LAST-ACK FIN: no more to send
TIME-WAIT --> ACK 2 2 CLOSED acknowledges FIN"
}

@test "until the server closes too the connection is half closed" {
  late_close() {
    lossy_link
    serve
    local server=$!
    exec 9<>/dev/tcp/10.0.4.2/9190
    says server connected
    kill -STOP "$server"
    exec 9>&-
    passes '<-- ACK'
    eventually states_are "client FIN-WAIT-2 server CLOSE-WAIT"
    kill -CONT "$server"
    passes '<-- FIN'
    says server closed
    eventually states_are "client TIME-WAIT server"
  }
  states_are() { [[ "client $(state client) server $(state server)" == "$1"*( ) ]]; }
  state() { on "$1" ss -Htan "sport = :9190 or dport = :9190" | awk '$1 != "LISTEN" { print $1 }'; }
  play late_close
}

@test "one ACK answers many segments" {
  many() {
    lossy_link
    delay_acks
    head -c 200000 /dev/zero >in
    sink out
    on client socat -u - TCP:10.0.4.2:9190 <in
    eventually sink_is_full
    echo "$(segments | grep -c ' 1448 bytes') $(segments | grep -c '^<-- ACK')"
    segments '^<--' | tail -n 1
    grep -oE 'acknowledges [0-9]+' link.log | awk '{ sum += $2 } END { print sum }'
  }
  play many
  assert_line --index 2 200000
  assert_line --index 1 --regexp ' ack 20000[12] ' # all have been answered
  [[ ${lines[0]} =~ ^([0-9]+)\ ([0-9]+)$ ]]
  echo "$output: segments, ACKs"
  ((BASH_REMATCH[1] > 100 && BASH_REMATCH[2] > 0 && BASH_REMATCH[2] < BASH_REMATCH[1]))
}

# ---- what the wire does, and how TCP repairs it

# through_it RULE...: 1,000 bytes go to the echo server and back.
through_it() {
  lossy_link "$@"
  serve
  head -c 1000 /dev/urandom >in
  echo_through <in >out
  cmp in out
}

# took MICROSECONDS: keeps how many milliseconds have passed since then.
took() { echo "$(((${EPOCHREALTIME/[.,]/} - $1) / 1000))" >took; }

# The first repetition is a probe (TLP); only the waits after it are doubled.
@test "a lost segment is sent again, each time after twice the time, and arrives once" {
  lost() {
    local begin=${EPOCHREALTIME/[.,]/}
    through_it drop:client:data:1:3
    took "$begin"
    times ' seq 1 +ack 1 .* bytes' | xargs
    segments . | sed '1,3d' | head -n 5 | cut -c 1-12 | xargs
    segments '<-- ACK .* ack 1001 ' | wc -l
    rows | sed -n '4,8p'
  }
  play lost
  # Nobody answers what is lost; what arrives is answered, once.
  assert_line --index 1 "--x PSH ACK --x PSH ACK --x PSH ACK --> PSH ACK <-- ACK"
  assert_line --index 2 1
  assert_equal "$(sed 1,3d <<<"$output")" "ESTABLISHED --x PSH ACK 1 1 1000 ESTABLISHED drop, data
ESTABLISHED --x PSH ACK 1 1 1000 ESTABLISHED drop, sent again, data
ESTABLISHED --x PSH ACK 1 1 1000 ESTABLISHED drop, sent again, data
ESTABLISHED --> PSH ACK 1 1 1000 ESTABLISHED sent again, data
ESTABLISHED <-- ACK 1 1001 ESTABLISHED acknowledges 1000 bytes"
  local sent
  read -ra sent <<<"${lines[0]}"
  # 200, 200 and 400 ms by the kernel's clock; on a busy machine the link may show a frame late.
  ((sent[1] - sent[0] >= 100 && sent[2] - sent[1] >= 100 && sent[3] - sent[2] >= 300 && sent[3] - sent[1] >= 500))
  ((sent[3] <= $(<took))) # as on the clock of the test
}

@test "a lost answer is sent again too" {
  answer_lost() {
    through_it drop:server:data:1
    segments ' bytes' | cut -c 1-3 | xargs
  }
  play answer_lost
  assert_output -- "--> x-- <--"
}

@test "a damaged segment fails its checksum, is dropped in silence, and is sent again" {
  damaged() {
    through_it damage:client:data:1
    counter Tcp InCsumErrors
    segments | grep -c 'damage$'
    rows | sed -n '4,5p'
  }
  play damaged
  assert_output "1
1
ESTABLISHED --> PSH ACK 1 1 1000 ESTABLISHED damage, data
ESTABLISHED --> PSH ACK 1 1 1000 ESTABLISHED sent again, data"
}

# into_the_sink RULE...: 100,000 bytes go one way.
into_the_sink() {
  lossy_link "$@"
  head -c 100000 /dev/urandom >in
  sink out
  on client socat -u - TCP:10.0.4.2:9190 <in
  eventually sink_is_full
}

# only_doubles COUNT: what the server says has come twice is COUNT segments, and those that were sent again.
only_doubles() {
  local sent old
  sent=$(segments ' bytes' | grep -oE 'seq [0-9]+')
  old=$(($(counter TcpExt TCPDSACKOldSent) + $(counter TcpExt TCPDSACKOfoSent)))
  ((old == $1 + $(wc -l <<<"$sent") - $(sort -u <<<"$sent" | wc -l)))
}

@test "a segment that comes too early waits for the one before it" {
  overtaken() {
    into_the_sink swap:client:data:2
    counter TcpExt TCPOFOQueue
    segments | grep -c 'swap$'
    eventually only_doubles 0 # it was late, and not lost
  }
  play overtaken
  ((lines[0] > 0))
  assert_line --index 1 1
}

@test "UDP repairs nothing" {
  datagrams() {
    local word
    lossy_link swap:client:udp:1 drop:client:udp:3 double:client:udp:4
    start server sink socat -d -d -u UDP-RECV:9190 CREATE:out
    for word in "one " "two " "three " "four "; do printf %s "$word" | socat -u - UDP:10.0.4.2:9190,shut-none; done
    eventually grep -qs 'four four' out
    cat out
  }
  play datagrams
  assert_output "two one four four "
}

# Four datagrams, and four sends of one stream, whose receiver looks when all of it has arrived. The first send
# may be repeated, so the fourth segment is the third send or the fourth.
@test "what UDP loses, doubles and turns round, TCP delivers once, in order, and in one piece" {
  both() {
    local word receiver
    lossy_link swap:client:udp:1 drop:client:udp:3 double:client:udp:4 \
      swap:client:data:1 drop:client:data:4 double:client:data:5
    start server udp_sink socat -d -d -u UDP-RECV:9190 CREATE:udp
    for word in "one " "two " "three " "four "; do printf %s "$word" | socat -u - UDP:10.0.4.2:9190,shut-none; done
    eventually grep -qs 'four four' udp
    cat udp
    echo
    start server sink socat -d -d -v -u TCP-LISTEN:9190,bind=10.0.4.2 CREATE:tcp
    receiver=$!
    exec 9<>/dev/tcp/10.0.4.2/9190
    says sink 'starting data transfer loop'
    kill -STOP "$receiver"
    for word in "one " "two " "three " "four "; do
      printf %s "$word" >&9
      [[ $word == "one " ]] || eventually all_acknowledged
    done
    exec 9>&-
    passes FIN
    kill -CONT "$receiver"
    eventually grep -qs four tcp
    cat tcp
    echo
    grep -o 'length=[0-9]*' sink.log
    segments ' bytes .*  (swap|drop|double)$' | sed 's/.* //' | xargs
    counter TcpExt TCPOFOQueue
    segments " $(segments ' bytes .*  drop$' | grep -oE 'seq [0-9]+') .* bytes" | cut -c 1-3 | xargs
    segments ' seq ' | head -n 3 | sed 's/ *seq.*//' | xargs
  }
  all_acknowledged() { [[ $(on client ss -Htn state established | awk '{ print $2 }') == 0 ]]; }
  play both
  assert_line --index 0 "two one four four "
  assert_line --index 1 "one two three four "
  assert_line --index 2 "length=19"
  assert_line --index 3 "swap drop double"
  ((lines[4] > 0)) # one came too early
  assert_line --index 5 --regexp '^--[x>]( --[x>])+$' # the lost one was sent again
  assert_line --index 6 -- "--> SYN <-- SYN ACK --> ACK" # it connected first
}

@test "messages are joined at the sender and cut at the MSS, and IP cuts no packet" {
  through_the_mss() {
    # The first message has come, and its sender does not know it yet; the others come much later.
    lossy_link drop:server:ack:1 drop:client:data:2
    start server receiver "$(program ch04_tcp/stream_receiver)" 9190 10.0.4.2
    "$(program ch04_tcp/stream_sender)" 10.0.4.2 9190 hello hello hello 2>&1
    says receiver closed
    grep recv receiver.log
    segments ' (5|10) bytes' | sizes | sort -nu | xargs
    start server receiver "$(program ch04_tcp/stream_receiver)" 9190 10.0.4.2
    "$(program ch04_tcp/stream_sender)" 10.0.4.2 9190 "$(printf 'x%.0s' {1..20000})" 2>&1
    says receiver closed
    segments | sizes | sort -n | tail -n 1
    counter Ip ReasmReqds
  }
  play through_the_mss
  assert_line --index 0 --partial "3 messages, 15 bytes"
  assert_line --index 1 "recv: 15 bytes"
  assert_line --index 2 "5 10" # the second and the third were held back, and joined
  assert_line --index 3 --partial "1 messages, 20000 bytes"
  assert_line --index 4 1448
  assert_line --index 5 0 # no fragment has arrived
}

@test "a gap is filled, and what came after it is not lost" {
  gap() {
    into_the_sink drop:client:data:5
    counter TcpExt TCPOFOQueue
    segments ' seq 5793 ' | cut -c 1-3 | xargs
  }
  play gap
  ((lines[0] > 0))
  assert_line --index 1 --regexp '^--x -->'
}

@test "a segment that comes twice is taken once" {
  doubled() {
    into_the_sink double:client:data:3:12
    counter TcpExt TCPDSACKOldSent
    segments | grep -c 'double$'
    eventually only_doubles 10
  }
  play doubled
  ((lines[0] >= 10))
  assert_line --index 1 10
}

@test "until the third segment arrives the connection is half open" {
  third_lost() {
    lossy_link drop:client:ack:1
    serve
    exec 9<>/dev/tcp/10.0.4.2/9190
    passes 'ACK .* drop'
    states server
    says server connected # the SYN ACK comes again, and is answered again
    states server
    segments '^<-- SYN ACK'
  }
  states() { on "$1" ss -Htan "sport = :9190" | awk '$1 != "LISTEN" { print $1 }'; }
  play third_lost
  assert_line --index 0 SYN-RECV
  assert_line --index 1 ESTAB
  assert_equal "$(grep -c 'SYN ACK' <<<"$output")" 2
}

@test "the end that sends the last ACK waits, because it may have to send it again" {
  last_lost() {
    local begin=${EPOCHREALTIME/[.,]/}
    lossy_link drop:client:ack:2
    serve
    exec 9<>/dev/tcp/10.0.4.2/9190
    says server connected
    exec 9>&-
    passes '--> ACK +seq 2 .*[0-9]$'
    took "$begin"
    on client ss -Htan | awk '{ print $1 }'
    times FIN
    segments '^<-- FIN| seq 2 +ack 2 '
    rows TIME-WAIT >rows
  }
  play last_lost
  assert_line --index 0 TIME-WAIT
  ((lines[3] - lines[2] >= 100)) # the server repeats its FIN after 200 ms; the link may show the first one late
  ((lines[3] <= $(<took)))
  assert_equal "$(sed 1,4d <<<"$output" | tr -s ' ' | sed 's/ win [0-9]*//')" "<-- FIN ACK seq 1 ack 2
--x ACK seq 2 ack 2 drop
<-- FIN ACK seq 1 ack 2
--> ACK seq 2 ack 2"
  assert_equal "$(<rows)" "TIME-WAIT <-- FIN ACK 1 2 LAST-ACK FIN: no more to send
TIME-WAIT --x ACK 2 2 LAST-ACK drop, acknowledges FIN
TIME-WAIT <-- FIN ACK 1 2 LAST-ACK sent again
TIME-WAIT --> ACK 2 2 CLOSED the same ACK again"
}

@test "what is not a rule is wrong usage" {
  local rule
  for rule in x drop:client drop:client:data:1:2:3 ''; do
    run -2 "$(program ch04_tcp/lossy_link)" "$rule"
    assert_line --index 0 "lossy_link: '$rule' is not a rule like drop:client:data:2"
  done
  # refused RULE REASON
  refused() {
    run -2 "$(program ch04_tcp/lossy_link)" "$1"
    assert_line --index 0 "lossy_link: $2"
  }
  refused drop:us:data "'us' is none of: client, server"
  refused lose:client:data "'lose' is none of: drop, double, damage, swap"
  refused drop:client:all "'all' is none of: syn, ack, data, fin, rst, udp"
  refused drop:client:data:0 "FIRST must be a whole number from 1 to 1000000, not '0'"
  refused drop:client:data:2x "FIRST must be a whole number from 1 to 1000000, not '2x'"
  refused drop:client:data:3:2 "LAST must be a whole number from 3 to 1000000, not '2'"
}

@test "outside the lab it says where it can run" {
  run -1 in_private_network "$(program ch04_tcp/lossy_link)"
  assert_line --index 0 "lossy_link: if_nametoindex client: No such device"
  assert_line --index 1 "this runs on wire in ./course lab wire"
}
