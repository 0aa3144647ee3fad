#!/usr/bin/env bats
# syn_flood: what half-open connections do to a listener, and what helps against them.

setup() {
  load ../harness.bash
  load wire.bash
  private_networks_or_skip
}

# a_server_with BACKLOG: a socat server, because ours have no argument for the backlog. SYN cookies are off.
a_server_with() {
  on server sysctl -qw net.ipv4.tcp_syncookies=0
  start server echo socat -d -d "TCP-LISTEN:9190,backlog=$1,fork" EXEC:cat
}
# flood COUNT [SENDERS]: returns when all the SYNs have passed the link.
flood() {
  "$(program ch04_tcp/syn_flood)" 9190 "$@"
  eventually has_passed "$1"
}
has_passed() { (($(segments '^--> SYN [^m]*$' | wc -l) >= $1)); }
half_open() { on server ss -Htan state syn-recv | wc -l; }
# told WORDS: how many rows end so.
told() { rows " $1\$" | wc -l; }
are_half_open() { (($(half_open) >= $1)); }
none_is_half_open() { (($(half_open) == 0)); }

flooded() {
  lossy_link
  a_server_with 8
  flood 90
  eventually are_half_open 8
  half_open
}

@test "SYNs from hosts that do not exist fill the queue, and the next client waits" {
  one_more() {
    flooded
    echo_through </dev/null &
    eventually comes_again
    on client ss -Htan state syn-sent | wc -l
    counter TcpExt TCPReqQFullDrop
    echo "$(told 'SYN-RECEIVED handshake 1/3') $(told 'SYN-RECEIVED handshake 2/3') $(told 'handshake 3/3')"
    rows '--> .* sent again' | head -n 1
  }
  comes_again() { (($(segments '^--> SYN .* mss' | wc -l) >= 2)); }
  play one_more
  assert_line --index 0 "90 SYNs sent"
  ((lines[1] == 8 || lines[1] == 9))
  assert_line --index 2 1
  ((lines[3] > 70))
  assert_line --index 4 "91 ${lines[1]} 0" # of 91 that began, only those in the queue were answered
  assert_line --index 5 "SYN-SENT --> SYN 0 SYN-RECEIVED sent again"
}

@test "with SYN cookies the server remembers nothing, and the next client connects" {
  with_cookies() {
    flooded
    on server sysctl -qw net.ipv4.tcp_syncookies=1
    echo_through <<<"let in"
    echo "$(counter TcpExt SyncookiesSent) $(counter TcpExt SyncookiesRecv)"
    on server sysctl -qw net.ipv4.tcp_synack_retries=1 # the other help: less patience
    eventually none_is_half_open
    segments '^<-- SYN ACK' | wc -l
    echo "$(told 'SYN-RECEIVED handshake 1/3') $(told 'SYN-RECEIVED handshake 2/3') $(told 'ESTABLISHED handshake 3/3')"
  }
  play with_cookies
  assert_line --index 0 "90 SYNs sent"
  ((lines[1] == 8 || lines[1] == 9)) # the queue was full
  assert_line --index 2 "let in"
  assert_line --index 3 "1 1"
  ((lines[4] > lines[1])) # they were repeated, and given up
  assert_line --index 5 "91 $((lines[1] + 1)) 1" # one more was answered, and it is the one that connected
}

@test "a half-open connection is given up after some repetitions" {
  given_up() {
    lossy_link
    a_server_with 8
    on server sysctl -qw net.ipv4.tcp_synack_retries=1
    flood 3
    eventually are_half_open 3
    half_open
    eventually none_is_half_open
    segments '^<-- SYN ACK' | wc -l
    rows | sort | uniq -c
  }
  play given_up
  assert_line --index 0 "3 SYNs sent"
  assert_line --index 1 3
  assert_line --index 2 6
  assert_equal "$(sed 1,3d <<<"$output" | tr -s ' ')" " 3 ESTABLISHED <-- SYN ACK 0 1 SYN-RECEIVED handshake 2/3
 3 ESTABLISHED <-- SYN ACK 0 1 SYN-RECEIVED sent again
 3 SYN-SENT --> SYN 0 SYN-RECEIVED handshake 1/3"
}

@test "complete and half-open connections wait in two queues" {
  both_queues() {
    lossy_link
    a_server_with 4
    local server=$!
    kill -STOP "$server"
    exec 5<>/dev/tcp/10.0.4.2/9190 6<>/dev/tcp/10.0.4.2/9190 7<>/dev/tcp/10.0.4.2/9190 8<>/dev/tcp/10.0.4.2/9190
    flood 100
    eventually are_half_open 4
    eventually all_are_counted
    echo "$(on server ss -Htan state established | wc -l) $(half_open)"
    kill -CONT "$server"
  }
  # Each SYN of the flood is in the queue, or found it full.
  all_are_counted() { (($(half_open) + $(counter TcpExt TCPReqQFullDrop) == 100)); }
  # only_complete BACKLOG SOMAXCONN: without half-open ones, the complete ones have the same limit.
  only_complete() {
    lossy_link
    on server sysctl -qw net.core.somaxconn="$2"
    a_server_with "$1"
    kill -STOP "$!"
    local count
    for count in {1..5}; do
      echo_through </dev/null &
      eventually queue_is "$count"
    done
    echo_through </dev/null &
    eventually comes_again
    on server ss -Hltn | awk '{ print $2 " of " $3 }'
  }
  queue_is() { [[ $(on server ss -Hltn | awk '{ print $2 }') == "$1" ]]; }
  comes_again() { (($(segments '^--> SYN .* mss' | wc -l) >= 7)); }
  play both_queues
  assert_line --index 0 "100 SYNs sent"
  assert_line --index 1 --regexp "^4 [45]$"
  play only_complete 4 4096
  assert_output "5 of 4"
  play only_complete 100 4 # a larger backlog is cut
  assert_output "5 of 4"
}

@test "a host that has sent no SYN answers with a reset, and there is no connection" {
  not_meant() {
    lossy_link
    serve
    flood 1 own
    passes RST
    eventually none_is_half_open
    on server ss -Htan state established | wc -l
    rows
  }
  play not_meant
  assert_output "1 SYNs sent
0
SYN-SENT --> SYN 0 SYN-RECEIVED handshake 1/3
ESTABLISHED <-- SYN ACK 0 1 SYN-RECEIVED handshake 2/3
CLOSED --> RST 1 LISTEN reset"
}

@test "it floods only the server of the lab, and not for long" {
  run -2 client ch04_tcp/syn_flood 9190 201
  assert_line --index 0 "syn_flood: COUNT must be a whole number from 1 to 200, not '201'"
  run -2 client ch04_tcp/syn_flood 9190 1 10.0.0.1
  run -1 in_private_network "$(program ch04_tcp/syn_flood)"
  assert_line --index 0 --partial "syn_flood: bind 10.0.4.1"
  assert_line --index 1 "this runs on client in ./course lab wire"
}
