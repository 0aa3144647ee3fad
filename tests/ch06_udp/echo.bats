#!/usr/bin/env bats
# echo_server and echo_client over UDP: one socket, no connection.

setup() {
  load ../harness.bash
  load ../echo.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server; }

# comes_back TEXT: a new client gets the text back.
comes_back() {
  did "a client sent a line: $1"
  run -0 client ch06_udp/echo_client 127.0.0.1 "$port" <<<"$1"
  assert_output "$1"
}

# one_datagram_from DESCRIPTOR: writes out the next one, whole.
one_datagram_from() {
  timeout "$patience" dd bs=65536 count=1 status=none <&"$1" || fail "no datagram came back"
}
# sends DESCRIPTOR TEXT, gets DESCRIPTOR TEXT: one datagram.
sends() {
  did "socket $1 sent a datagram: $2"
  printf %s "$2" >&"$1"
}
gets() {
  run one_datagram_from "$1"
  assert_output "$2"
}

# hint: One datagram is one question. The server sends its bytes back to the address that recvfrom wrote down; the client waits for one answer to each.
# page: ch06_udp/README.md#echo
# bats test_tags=first
@test "a datagram comes back" {
  start_server ch06_udp/echo_server
  comes_back "two words"
  comes_back "and again"
  exec 8<>"/dev/udp/127.0.0.1/$port" 9<>"/dev/udp/127.0.0.1/$port" # two at once; each datagram comes back once
  sends 8 "from eight"
  sends 9 "to the last byte"
  gets 9 "to the last byte"
  sends 9 "next"
  gets 9 "next"
  gets 8 "from eight"
  is_stranger ch06_udp/echo_server || wait_for_log "16 bytes from 127.0.0.1:"
  is_stranger ch06_udp/echo_client || assert_equal "$(client ch06_udp/echo_client 127.0.0.1 "$port" <<<"x" | od -An -c | tr -d ' ')" 'x\n'
}

# hint: recvfrom returns how many bytes came. Count them; a zero byte is no end.
# page: ch06_udp/README.md#echo
@test "binary data comes back exactly" {
  start_server ch06_udp/echo_server
  head -c 100000 /dev/urandom >in
  did "a client sent 100000 bytes of all values"
  client ch06_udp/echo_client 127.0.0.1 "$port" <in >back || true
  same_bytes in back
}

# hint: One datagram is one question. Send its bytes back to the address that recvfrom wrote down.
# page: ch06_udp/README.md#echo
# bats test_tags=first
@test "a stranger gets its datagram back" {
  start_server ch06_udp/echo_server
  exec 9<>"/dev/udp/127.0.0.1/$port"
  sends 9 "a stranger"
  gets 9 "a stranger"
}

# hint: What does not fit into the buffer of recvfrom is lost. How long can a datagram be?
# page: ch06_udp/README.md#one-datagram-one-recvfrom
# judges: ch06_udp/echo_server
@test "the largest datagram comes back" {
  start_server ch06_udp/echo_server
  head -c 65507 /dev/urandom >in
  exec 9<>"/dev/udp/127.0.0.1/$port"
  did "sent one datagram of 65507 bytes"
  dd if=in bs=65507 count=1 status=none >&9
  one_datagram_from 9 >back
  same_bytes in back
}

# hint: UDP has no end of a stream. When recvfrom returns 0, an empty datagram has come: answer it like any other.
# page: ch06_udp/README.md#one-datagram-one-recvfrom
# judges: ch06_udp/echo_server
@test "an empty datagram is a datagram, not the end" {
  start_server ch06_udp/echo_server
  did "sent an empty datagram"
  timeout "$patience" socat -t 30 - "UDP:127.0.0.1:$port,shut-null,null-eof" </dev/null || fail "no empty datagram came back"
  comes_back "still here"
}

# hint: These clients had gone before their answers came. That is no error of the others: do not connect the socket to a client.
# page: ch06_udp/README.md#a-connected-socket
# judges: ch06_udp/echo_server
@test "a client that does not wait for its answer does not end the server" {
  start_server ch06_udp/echo_server
  local i
  did "20 clients sent a datagram each, and did not wait"
  for i in {1..20}; do
    printf 'gone' >"/dev/udp/127.0.0.1/$port"
  done
  comes_back "still here"
}

# hint: Keep no client between two datagrams. Each answer goes to the sender of its own question.
# page: ch06_udp/README.md#echo
@test "two clients that take turns get their own answers" {
  start_server ch06_udp/echo_server
  exec 8<>"/dev/udp/127.0.0.1/$port" 9<>"/dev/udp/127.0.0.1/$port"
  sends 8 "from eight"
  sends 9 "from nine"
  gets 9 "from nine"
  gets 8 "from eight"
  sends 8 "eight again" # a socket connected to the other client would not get it
  gets 8 "eight again"
  sends 9 one
  sends 9 two # and they stay two
  gets 9 one
  gets 9 two
}

# judges: ch06_udp/echo_server
@test "one socket serves two clients" {
  start_server ch06_udp/echo_server
  exec 8<>"/dev/udp/127.0.0.1/$port" 9<>"/dev/udp/127.0.0.1/$port"
  printf 'from eight' >&8
  printf 'from nine' >&9
  run -0 one_datagram_from 9
  assert_output "from nine"
  run -0 one_datagram_from 8
  assert_output "from eight"
  printf 'eight again' >&8 # a socket connected to the other client would not get it
  run -0 one_datagram_from 8
  assert_output "eight again"
  run -0 ss -Huan "sport = :$port"
  assert_equal "${#lines[@]}" 1
  run -0 bash -c 'ls -l "/proc/$1/fd" | grep -c socket:' - "$server_pid"
  assert_output 1
  stop_server
  exec 8>&- 9>&-
  start_server ch04_tcp/echo_server # TCP needs one for each connection, and the listener
  exec 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
  run -0 ss -Htan exclude time-wait "sport = :$port"
  assert_equal "$(awk '{ print $1 }' <<<"$output" | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ,)" "2 ESTAB,1 LISTEN"
  printf x >&8
  reads_on 8 1 x
  run -0 bash -c 'ls -l "/proc/$1/fd" | grep -c socket:' - "$server_pid"
  assert_output 2 # and it serves the first one only
  exec 8>&- 9>&-
}

# hint: A datagram begins no conversation. Answer it, and take the next one, whose ever it is.
# page: ch06_udp/README.md#echo
# judges: ch06_udp/echo_server
@test "a client that says nothing delays nobody" {
  start_server ch06_udp/echo_server
  exec 9<>"/dev/udp/127.0.0.1/$port"
  sends 9 begun
  comes_back "served"
}

# socket_address IP:PORT: as strace shows it, a regular expression.
socket_address() { echo "\{sa_family=AF_INET, sin_port=htons\(${1#*:}\), sin_addr=inet_addr\(\"${1%:*}\"\)\}"; }

# judges: ch06_udp/echo_server
@test "recvfrom returns the client's own address and port" {
  traced -o calls -e trace=recvfrom
  start_server ch06_udp/echo_server
  exec 9<>"/dev/udp/127.0.0.1/$port"
  printf x >&9
  run -0 ss -Hun "dport = :$port"
  [[ $output =~ (127\.0\.0\.1:[0-9]+)\ +127\.0\.0\.1:$port ]]
  local client=${BASH_REMATCH[1]}
  wait_for_log "1 bytes from $client"
  # Socket, buffer, its size, flags, the address and its length, before and after.
  is_stranger ch06_udp/echo_server || eventually grep -qE "^recvfrom\([0-9]+, \"x\", 65536, 0, $(socket_address "$client"), \[[0-9]+ => 16\]\) += 1$" calls
  printf yz | timeout 20 socat -u - "UDP:127.0.0.1:$port,bind=127.0.0.2,shut-none"
  wait_for_log "2 bytes from 127.0.0.2:"
}

# Three servers: two with the same port, two with the same IP address. Each gets its own datagram only.
address_is_ip_and_port() {
  cd "$BATS_TEST_TMPDIR" || return
  local servers=() same
  log_file=first.log start_server ch06_udp/echo_server
  servers+=("$server_pid") same=$port
  log_file=second.log start_server ch06_udp/echo_server "$same" 127.0.0.2
  servers+=("$server_pid")
  log_file=third.log start_server ch06_udp/echo_server
  servers+=("$server_pid")
  printf x | socat -u - "UDP:127.0.0.1:$same,bind=127.0.0.3:40001,shut-none"
  printf xx | socat -u - "UDP:127.0.0.2:$same,bind=127.0.0.3:40002,shut-none"
  printf xxx | socat -u - "UDP:127.0.0.1:$port,bind=127.0.0.4:40002,shut-none"
  eventually three_datagrams_came
  grep bytes first.log second.log third.log
  for server_pid in "${servers[@]}"; do stop_server; done
}
three_datagrams_came() { (($(cat first.log second.log third.log | grep -c bytes) == 3)); }

@test "an address is an IP address and a port, the sender's and the receiver's" {
  privately address_is_ip_and_port
  assert_output "first.log:1 bytes from 127.0.0.3:40001
second.log:2 bytes from 127.0.0.3:40002
third.log:3 bytes from 127.0.0.4:40002"
}

# judges: ch06_udp/echo_server
@test "a port in use is reported" {
  start_server ch06_udp/echo_server
  run -1 timeout 20 "$(program ch06_udp/echo_server)" "$port"
  assert_line "echo_server: bind 127.0.0.1:$port: Address already in use"
  comes_back "the first one goes on"
}

# judges: ch06_udp/echo_server
@test "the same port is still free for TCP" {
  both() {
    cd "$BATS_TEST_TMPDIR" || return
    start_server ch06_udp/echo_server
    local udp_pid=$server_pid
    start_server ch04_tcp/echo_server "$port"
    client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"by TCP"
    stop_server
    server_pid=$udp_pid
    client ch06_udp/echo_client 127.0.0.1 "$port" <<<"by UDP"
    stop_server
  }
  privately both
  assert_output $'by TCP\nby UDP'
}

# judges: ch06_udp/echo_server
@test "a bad port or address is wrong usage" {
  local bad
  for bad in abc -1 70000 ""; do
    run -2 timeout 20 "$(program ch06_udp/echo_server)" "$bad"
    run -2 client ch06_udp/echo_client 127.0.0.1 "$bad" </dev/null
    run -2 client ch06_udp/echo_client_connected 127.0.0.1 "$bad" </dev/null
  done
  run -2 timeout 20 "$(program ch06_udp/echo_server)" 0 300.1.1.1
  run -2 client ch06_udp/echo_client 127.0.0.1 0 </dev/null
}

# judges: ch06_udp/echo_server
@test "it serves IPv6 when told to" {
  ipv6_or_skip
  start_server ch06_udp/echo_server 0 ::1
  run -0 client ch06_udp/echo_client ::1 "$port" <<<"six"
  assert_output six
  run -0 client ch06_udp/echo_client_connected ::1 "$port" <<<"six again"
  assert_output "six again"
  wait_for_log "4 bytes from [::1]:"
}

# judges: ch06_udp/echo_server
@test "it restarts at once on the same port" {
  local again=$((20000 + BASHPID % 10000))   # below the ports that the kernel chooses
  start_server ch06_udp/echo_server "$again"
  exec 9<>"/dev/udp/127.0.0.1/$port"
  printf x >&9
  run -0 one_datagram_from 9
  stop_server
  start_server ch06_udp/echo_server "$again"
  printf y >&9
  run -0 one_datagram_from 9
  assert_output y
}

# judges: ch06_udp/echo_server
@test "SIGINT ends it" {
  start_server ch06_udp/echo_server
  comes_back "one"
  stop_server 130 INT
}

# hint: A signal may interrupt recvfrom, which then fails with EINTR. Call it again.
# page: ch06_udp/README.md#echo
# judges: ch06_udp/echo_server
@test "an interrupted recvfrom does not end the server" {
  traced -f -o /dev/null -e trace=recvfrom,recvmsg -e inject=recvfrom,recvmsg:error=EINTR:when=2
  start_server ch06_udp/echo_server
  comes_back one
  comes_back two
}

# hint: sendto may fail for one client (its port is 0, a firewall forbids it). Go on with the next one.
# page: ch06_udp/README.md#echo
# judges: ch06_udp/echo_server
@test "an answer that cannot be sent does not end the server" {
  traced -f -o /dev/null -e trace=sendto,sendmsg -e inject=sendto,sendmsg:error=EPERM:when=1
  start_server ch06_udp/echo_server
  did "made the first answer fail with EPERM"
  printf x >"/dev/udp/127.0.0.1/$port"
  comes_back "the next one is served"
}

# judges: ch06_udp/echo_server
@test "an answer that cannot be sent drops that client only" {
  traced -o /dev/null -e trace=sendto -e inject=sendto:error=EPERM:when=1
  start_server ch06_udp/echo_server
  printf x >"/dev/udp/127.0.0.1/$port"
  wait_for_log "dropped 127.0.0.1:"
  comes_back "the next one is served"
}

@test "server and client make their calls in the order of the notes" {
  traced -o server -e trace=network
  start_server ch06_udp/echo_server
  traced -o client -e trace=network,read,close
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/echo_client)" 127.0.0.1 "$port" <<<"x"
  assert_output x
  eventually grep -q '^sendto' server
  grep -qE "^bind\(.*sin_port=htons\(0\), sin_addr=inet_addr\(\"127.0.0.1\"\)\}, 16\) += 0" server
  run -0 calls server
  assert_output "socket bind getsockname recvfrom sendto"
  run -0 calls client
  assert_output "socket read sendto setsockopt recvfrom read close"
  # Both name the other end's address (recv would show as recvfrom, too, but without one).
  assert_equal "$(grep -cE "^(sendto|recvfrom)\\(.*sin_port=htons\\($port\\), sin_addr=inet_addr\\(\"127.0.0.1\"\\)" client)" 2
  [[ -n $(ss -Huan "sport = :$port") ]]
  stop_server # the server goes on until a signal ends it; then the kernel closes its socket
  run -0 ss -Huan "sport = :$port"
  assert_output ""
}
# calls FILE: the names of the calls in strace's FILE from the first UDP socket on; the server's
# wait for the next question may be there or not.
calls() {
  sed -n '/^socket(AF_INET, SOCK_DGRAM/,$p' "$1" | grep -v unfinished | grep -oE '^[a-z0-9]+\(' | tr -d '(' |
    paste -sd ' ' | sed 's/ sendto recvfrom$/ sendto/'
}

@test "a question and its answer are two packets, and over TCP many" {
  count_packets() {
    cd "$BATS_TEST_TMPDIR" || return
    local chapter before
    for chapter in ch06_udp ch04_tcp; do
      start_server "$chapter/echo_server"
      before=$(packets)
      client "$chapter/echo_client" 127.0.0.1 "$port" <<<"x" >/dev/null
      [[ $chapter == ch06_udp ]] || eventually no_connection_is_left
      echo "$chapter $(($(packets) - before))"
      stop_server
    done
  }
  packets() { awk '$1 == "lo:" { print $3 }' /proc/net/dev; }
  no_connection_is_left() { [[ -z $(ss -Htn state established state close-wait state fin-wait-2 "sport = :$port") ]]; }
  privately count_packets
  assert_line --index 0 "ch06_udp 2"
  [[ ${lines[1]} =~ ^ch04_tcp\ ([0-9]+)$ ]]
  ((BASH_REMATCH[1] >= 8))
}
