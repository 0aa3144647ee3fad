#!/usr/bin/env bats
# What a peer sends must not command the terminal of whoever reads it: app::printable in every program
# that prints a peer's text, or passes it on to people. Chinese stays as it is. (A client whose output
# is a copy of what came, such as echo_client, file_client or hello_client, changes nothing.)

setup() {
  load harness.bash
  cd "$BATS_TEST_TMPDIR" || return
  group=239.$((RANDOM % 256)).$((RANDOM % 256)).$((RANDOM % 254 + 1))
}
teardown() {
  [[ -z ${client_pid:-} ]] || kill "$client_pid" 2>/dev/null || true
  end_server
}

# ESC, DEL, CSI as UTF-8, CSI as a byte, a right-to-left override, the first half of a letter.
hostile=$'你好\e[2J \x7f \xc2\x9b2J \x9b2J \xe2\x80\xae \xe4\xbd'
harmless='你好?[2J ? ?2J ?2J ? ??'

# A line with the end that telnet and Windows give it.
hostile_line() { printf '%s\r\n' "$hostile"; }
# shows FILE [BEGINNING]: a line of the file is the harmless text after this.
shows() { eventually grep -qaxF -- "${2:-}$harmless" "$1" || { cat -v "$1"; return 1; }; }

# hostile_answer: a program that answers with the line when it has been asked anything.
hostile_answer() {
  printf '%s\n' '#!/bin/bash' 'head -c 3 >asked' "printf '%s\r\n' $(printf %q "$hostile")" 'cat >asked' >answer
  chmod +x answer
}
# a_hostile_server NAME SOCKET: socat in the place of NAME gives every client this answer.
a_hostile_server() {
  hostile_answer
  stranger "$1" "exec socat $2 EXEC:./answer"
  start_server "$1"
}

@test "the members of a chat see harmless names and lines" {
  start_server ch18_threads/chat_server
  mkfifo keys
  timeout 60 "$(program ch18_threads/chat_client)" 127.0.0.1 "$port" <keys >heard 2>&1 3>&- &
  client_pid=$!
  exec 9>keys
  echo ann >&9
  eventually grep -q 'ann joined' heard
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf '%s\r\n%s\r\n' "$hostile" "$hostile" >&8
  shows heard "$harmless: "
  grep -qaxF "* $harmless joined" heard
  exec 8>&- 9>&-
}

@test "the client of a chat does not trust its server" {
  a_hostile_server ch18_threads/chat_server "TCP-LISTEN:\$1,bind=127.0.0.1,fork"
  echo ann | client ch18_threads/chat_client 127.0.0.1 "$port" >heard
  shows heard
}

@test "neither side of a chat between two trusts the other" {
  # The server's keyboard stays open: its end would end the chat, perhaps before the line is sent.
  # shellcheck disable=SC2016  # its own arguments
  server_wrapper=(bash -c 'exec "$@" <>"$0"' "$BUILD_DIR/tests/quiet")
  start_server ch10_multiprocess/peer_chat_server
  hostile_line | client ch10_multiprocess/peer_chat_client 127.0.0.1 "$port" >heard
  shows "$server_log"
  server_ends_with 0
  server_wrapper=()
  a_hostile_server ch10_multiprocess/peer_chat_server "TCP-LISTEN:\$1,bind=127.0.0.1,fork"
  echo hello | client ch10_multiprocess/peer_chat_client 127.0.0.1 "$port" >heard
  shows heard
}

@test "clients that print lines, packets or records print harmless ones" {
  start_server ch04_tcp/line_server
  hostile_line | client ch04_tcp/line_client 127.0.0.1 "$port" >heard
  shows heard
  end_server
  start_server ch04_tcp/packet_server
  printf %s "$hostile" | client ch04_tcp/packet_client 127.0.0.1 "$port" >heard
  shows heard
  end_server
  start_server ch04_tcp/fixed_record_server
  local text
  for text in $'\e[2J\xc2\x9b2J' '你好 alice'; do
    client ch04_tcp/fixed_record_client 127.0.0.1 "$port" <<<"$text"
  done >heard
  run -0 cat heard
  assert_output $'?[2J?2J\n你好 alice'
}

@test "a thank-you line is printed harmlessly" {
  echo hello >file
  start_server ch07_shutdown/file_server 0 127.0.0.1 "$PWD/file"
  hostile_line | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >/dev/null
  eventually grep -qaE ' says: ' "$server_log"
  run -0 sed -n 's/^.* says: //p' "$server_log"
  assert_output "$harmless"
}

@test "answers over UDP are printed harmlessly" {
  a_hostile_server ch06_udp/echo_server "UDP-RECVFROM:\$1,bind=127.0.0.1,fork"
  client ch06_udp/one_to_many 127.0.0.1 "$port" >heard
  shows heard "127.0.0.1:$port answered: "
  run -1 client ch06_udp/datagram_loss_sender 127.0.0.1 "$port" 1 # it shows nothing but a report
  assert_line --index 0 "1 datagrams sent without an error"
  assert_line --index 1 --regexp '^datagram_loss_sender: no report within 5 seconds, but [0-9]+ other datagrams$'
  ((${#lines[@]} == 2))
}

# link-local addresses have the name of their interface behind a '%'.
named_by_an_enemy() {
  local name=$'a\e[2J\x9b'
  ip link add "$name" type veth peer name other
  ip link set other up
  ip link set "$name" up
  ip address add fe80::1/64 dev "$name" nodad
  start_server ch04_tcp/echo_server 0 "fe80::1%$name"
  cat "$server_log"
  stop_server
}

@test "the name of an interface behind an address is printed harmlessly" {
  ipv6_or_skip
  privately named_by_an_enemy
  assert_output --regexp '^listening on \[fe80::1%a\?\[2J\?\]:[0-9]+$'
}

@test "receivers of a group and of a broadcast print harmless lines" {
  local receiver address
  for receiver in multicast_receiver broadcast_receiver source_receiver; do
    address=$group
    [[ $receiver != broadcast* ]] || address=127.255.255.255
    start_server "ch14_multicast/$receiver" 0 "$address"
    hostile_line | timeout 20 socat -u - "UDP4-DATAGRAM:$address:$port,ip-multicast-if=127.0.0.1,broadcast"
    wait_for_log "from 127.0.0.1:"
    run -0 sed -n 's/^from [^ ]*: //p' "$server_log"
    assert_output "$harmless"
    end_server
  done
}

@test "news and the answers to them are printed harmlessly" {
  start_server ch14_multicast/news_receiver 0 "$group"
  { printf 'line 1 '; hostile_line; } | timeout 20 socat -u - "UDP4-DATAGRAM:$group:$port,ip-multicast-if=127.0.0.1"
  shows "$server_log"
  end_server
  hostile_answer
  stranger ch14_multicast/news_receiver "exec socat UDP4-RECVFROM:\$1,ip-add-membership=$group:127.0.0.1,fork EXEC:./answer"
  start_server ch14_multicast/news_receiver
  echo "one line" | client ch14_multicast/news_sender "$group" "$port" >heard
  eventually grep -qaF "$harmless" heard
  run -1 grep -aF $'\e' heard
}

@test "a record of what clients say is harmless to read" {
  start_server ch11_pipe/echo_server_recorder
  hostile_line | client ch04_tcp/echo_client 127.0.0.1 "$port" | cmp - <(hostile_line)
  eventually test -s record.txt
  run -0 sed 's/^[^ ]* //' record.txt
  assert_output "$harmless"
  stop_server 0
}

@test "a long line of Chinese is recorded without a torn letter" {
  start_server ch11_pipe/echo_server_recorder
  local long
  long=$(printf '你好%.0s' {1..2000})
  client ch04_tcp/echo_client 127.0.0.1 "$port" <<<"$long" >/dev/null
  stop_server 0
  assert_equal "$(sed 's/^[^ ]* //' record.txt | tr -d '\n')" "$long"
}

# what() of an exception ends at a byte 0.
@test "a complaint quotes a line with a byte 0 to its end" {
  start_server ch04_tcp/calculator_server # is only connected to
  printf 'bad.test 60 A 1.2.3.4\0junk\n' >zone
  local program said
  while IFS='|' read -r program said; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 bash -c 'printf "12345678901234567\0end\n" | timeout 20 "$@"' - "$(program "${program%% *}")" ${program#* }
    assert_line --partial "$said"
  done <<END
ch04_tcp/calculator_client 127.0.0.1 $port|not a calculation: '12345678901234567?end'; 12 24 36 + is one
ch04_tcp/fixed_record_client 127.0.0.1 $port|longer than a record of 16 bytes: '12345678901234567?end'
ch08_names/dns_server 0 127.0.0.1 zone|not an address of that kind: '1.2.3.4?junk'
END
  run -2 client ch18_threads/semaphore_turns < <(printf '1\0end\n')
  assert_line "semaphore_turns: not a number: '1?end'"
}

@test "a complaint that quotes somebody is harmless" {
  run -2 client ch04_tcp/echo_client 127.0.0.1 "$hostile"
  assert_line --index 0 "echo_client: PORT must be a whole number from 1 to 65535, not '$harmless'"
}
