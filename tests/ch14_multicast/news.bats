#!/usr/bin/env bats
# news_sender and news_receiver: a text for many receivers, and how much of it each one has got.
# shellcheck disable=SC2030,SC2031 # each test has its own port

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab routed
  cd "$BATS_TEST_TMPDIR" || return
  group=239.$((RANDOM % 256)).$((RANDOM % 256)).$((RANDOM % 254 + 1))
  receivers=()
}
teardown() {
  end_server
  for server_pid in "${receivers[@]}"; do end_server; done
}

# receiver NAME [ARGUMENT...]: starts one more; its output goes to NAME.log.
receiver() {
  log_file=$PWD/$1.log
  start_news_receiver "${@:2}"
  receivers+=("$server_pid")
}
start_news_receiver() {
  PYTHONUNBUFFERED=1 start_server ch14_multicast/news_receiver "$@"
  # A stranger may bind before it joins.
  [[ -z ${JUDGED:-} ]] || patience=1 eventually is_listed || true
}
is_listed() { ip -4 maddress show dev lo | grep -qwF "$group"; }
send_news() { client ch14_multicast/news_sender "$group" "$port" <"$1"; }
# tell DATAGRAM...: sends them with socat, one after another.
tell() {
  local datagram
  for datagram in "$@"; do
    did "sent to the group: $datagram"
    printf %s "$datagram" | socat -u - "UDP4-DATAGRAM:$group:$port,ip-multicast-if=127.0.0.1,shut-none"
  done
}

# hint: A receiver prints each line, and answers the end with 'has all N lines' or 'misses NUMBERS of N lines', from a socket of its own. The sender prints the answers.
# page: ch14_multicast/README.md#the-news
# judges: ch14_multicast/news_receiver ch14_multicast/news_sender
# bats test_tags=first
@test "every member gets every line and tells the sender" {
  seq -f 'news %g' 1 20 >text
  receiver one 0 "$group"
  receiver two "$port" "$group"
  receiver three "$port" "$group"
  run -0 send_news text
  is_stranger ch14_multicast/news_sender || assert_line --index 0 "sent 20 lines"
  run grep '^127.0.0.1:[0-9]* ' <<<"$output"
  assert_equal "$(cut -d ' ' -f 2- <<<"$output")" "has all 20 lines
has all 20 lines
has all 20 lines"
  local name
  for name in one two three; do
    is_stranger ch14_multicast/news_receiver || eventually grep -qx 'has all 20 lines' "$name.log"
    assert_equal "$(grep '^news' "$name.log")" "$(<text)"
  done
}

# answered END ANSWER: this end gets that answer.
answered() {
  did "sent to the group: $1"
  run ask "$1"
  assert_output "$2"
}
ask() { printf %s "$1" | timeout "$patience" socat -t 0.5 - "UDP4-DATAGRAM:$group:$port,ip-multicast-if=127.0.0.1,shut-none"; }

# hint: Remember which numbers have come. When the end comes, name those that have not, to whom it came from.
# page: ch14_multicast/README.md#the-news
# judges: ch14_multicast/news_receiver
@test "the answer to an end names the missing lines" {
  start_news_receiver 0 "$group"
  tell "line 1 a" "line 3 c" "line 6 f"
  answered "end 7" "misses 2 4 5 7 of 7 lines"
  tell "line 2 b" "line 4 d" "line 5 e" "line 7 g"
  answered "end 7" "has all 7 lines"
}

# hint: The network may deliver a datagram twice, and in another order. So count numbers, not datagrams.
# page: ch14_multicast/README.md#the-news
# judges: ch14_multicast/news_receiver
@test "a copy of a line does not count, and is not printed" {
  start_news_receiver 0 "$group"
  tell "line 2 b" "line 1 a" "line 2 b"
  answered "end 3" "misses 3 of 3 lines"
  run cat "$server_log"
  assert_line a
  assert_equal "$(grep -cx b <<<"$output")" 1
}

# A member that writes down what comes, and answers the end.
# hint: Each line is a datagram, "line NUMBER TEXT" from 1 on; then "end COUNT". Then wait for the answers, and print who sent which.
# page: ch14_multicast/README.md#the-news
# judges: ch14_multicast/news_sender
@test "each line has its number, the end has the count, and the answers are shown" {
  cat >"$BATS_TEST_TMPDIR/member.py" <<'END'
import socket, sys
member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(sys.argv[2]) + socket.inet_aton("127.0.0.1"))
member.bind((sys.argv[2], int(sys.argv[1])))
while True:
    datagram, sender = member.recvfrom(2048)
    print(repr(datagram.decode())[1:-1], flush=True)
    if datagram.startswith(b"end"):
        member.sendto(b"has all of it", sender)
END
  stranger ch14_multicast/news_receiver 'exec python3 member.py "$@"'
  start_server ch14_multicast/news_receiver 0 "$group"
  printf 'rain in the morning\nsun at noon\n\n' >text
  did "the text was: rain in the morning, sun at noon, and an empty line"
  run send_news text
  assert_success
  assert_line --regexp '^127\.0\.0\.1:[0-9]+ has all of it$'
  assert_equal "$(sort -u "$server_log")" "end 3
line 1 rain in the morning
line 2 sun at noon
line 3 "
}

# judges: ch14_multicast/news_receiver
@test "a receiver with all lines ends with status 0, a second after the end" {
  start_server ch14_multicast/news_receiver 0 "$group"
  tell "line 1 all" "end 1"
  server_ends_with 0
}

# judges: ch14_multicast/news_receiver
@test "missing lines are named, and the status is 1" {
  start_server ch14_multicast/news_receiver 0 "$group"
  local long # another sender than ours may send it
  long=$(printf 'c%.0s' {1..3000})
  tell "line 1 a" "line 3 $long" "line 6 f" "end 7"
  wait_for_log "$long"
  wait_for_log "misses 2 4 5 7 of 7 lines"
  wait_for_log "news_receiver: the news is not complete"
  server_ends_with 1
}

# judges: ch14_multicast/news_receiver
@test "a line that comes twice is printed once, and lines may come out of order" {
  start_server ch14_multicast/news_receiver 0 "$group"
  tell "line 2 b" "line 1 a" "line 2 b" "end 2" "line 2 b"
  wait_for_log "has all 2 lines"
  run -0 grep -cx b "$server_log"
  assert_output 1
}

# judges: ch14_multicast/news_receiver
@test "a line that comes after the end still counts" {
  start_server ch14_multicast/news_receiver 0 "$group"
  tell "line 1 a" "end 2" "line 2 b"
  server_ends_with 0
  grep -qx 'has all 2 lines' "$server_log"
}

# judges: ch14_multicast/news_receiver
@test "without an end nothing is called complete" {
  start_server ch14_multicast/news_receiver 0 "$group" 127.0.0.1 1
  tell "line 1 a"
  wait_for_log "news_receiver: no end came, so lines may be missing"
  server_ends_with 1
}

# hint: The sender sends its end several times, because answers get lost too. Answer each.
# page: ch14_multicast/README.md#the-news
# judges: ch14_multicast/news_receiver
@test "each end gets an answer, the second one too" {
  start_news_receiver 0 "$group"
  answered "end 1" "misses 1 of 1 lines"
  answered "end 1" "misses 1 of 1 lines"
}

@test "a flood loses lines, and the receiver knows which" {
  receiver one 0 "$group"
  pause_server
  seq 1 3000 >text
  send_news text >sent 3>&- &
  local sender=$!
  eventually grep -qx 'sent 3000 lines' sent
  kill -CONT "$server_pid"
  wait "$sender"
  eventually grep -q '^misses .* of 3000 lines$' one.log
  local last
  last=$(grep -cxE '[0-9]+' one.log)
  ((last > 0 && last < 3000))
  grep -q "misses $((last + 1)) $((last + 2)) .*\.\.\. of 3000 lines\$" one.log
  grep -q '^127.0.0.1:[0-9]* misses ' sent
}

# judges: ch14_multicast/news_sender
@test "without an answer the sender does not claim to know why" {
  echo news >text
  port=9190
  run -0 send_news text
  assert_output "sent 1 lines
no answer: perhaps nobody has received it"
}

@test "an empty text is complete too" {
  receiver one 0 "$group"
  : >text
  run -0 send_news text
  assert_line --partial "has all 0 lines"
}

# judges: ch14_multicast/news_receiver
@test "what is not news is ignored" {
  start_server ch14_multicast/news_receiver 0 "$group"
  tell "line 0 zero" "line x" "line 1" "line" "end" "end 1x" "end -1" "line -18446744073709551615 wraps" "line +1 plus" "line 1000001 far" "line -1 minus" "hello" ""
  tell $'line 1 red \e[31m' "end 1"
  server_ends_with 0
  run -0 sed 1d "$server_log"
  assert_output "red ?[31m
has all 1 lines"
}

@test "the news goes through a router to members in two networks" {
  scene() {
    start h2 h2 "$(program ch14_multicast/news_receiver)" 9190 239.1.1.1 10.1.2.2
    start h3 h3 "$(program ch14_multicast/news_receiver)" 9190 239.1.1.1 10.1.3.2
    start r router "$(program ch14_multicast/multicast_router)" 239.1.1.1 10.1.1.1 10.1.2.1 10.1.3.1
    seq 1 9 | "$(program ch14_multicast/news_sender)" 239.1.1.1 9190 10.1.1.2 1
    seq 1 9 | "$(program ch14_multicast/news_sender)" 239.1.1.1 9190 10.1.1.2 2 | sed 's/:[0-9]*//' | sort
  }
  play scene
  assert_output "sent 9 lines
no answer: perhaps nobody has received it
10.1.2.2 has all 9 lines
10.1.3.2 has all 9 lines
sent 9 lines"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch14_multicast/news_sender "$group" 9190 127.0.0.1 256
  run -2 client ch14_multicast/news_sender "$group" 9190 lo
  run -2 client ch14_multicast/news_sender "$group" 9190 127.0.0.1 1 more
  run -2 client ch14_multicast/news_receiver 0 "$group" 127.0.0.1 0
  run -2 client ch14_multicast/news_receiver 0 nowhere
}

# judges: ch14_multicast/news_sender
@test "news go to an IPv4 group only, and another is wrong usage" {
  run -2 client ch14_multicast/news_sender ff02::1 <<<"x"
  assert_line --index 0 "news_sender: GROUP must be an IPv4 address, not [ff02::1]:9190"
}

# its_port PID: of the child of timeout, once it has one. A stranger writes to it all the time.
its_port() {
  [[ $(ss -Huanp | grep "pid=$(pgrep -P "$1"),") =~ :([0-9]+)\  ]] && stranger_to=${BASH_REMATCH[1]}
}
it_has_ended() {
  printf more >&9 || true
  ! kill -0 "$talker" 2>/dev/null
}

# Another program of the same group.
a_heartbeat_ends_it() {
  printf heartbeat >&9 || true
  server_is_gone
}

# judges: ch14_multicast/news_receiver
@test "what is not news does not keep the receiver for ever" {
  start_server ch14_multicast/news_receiver 0 "$group"
  tell "line 1 a" "end 1"
  wait_for_log a
  exec 9> >(socat -u - "UDP4-DATAGRAM:$group:$port,ip-multicast-if=127.0.0.1" 2>/dev/null 3>&-)
  patience=10 eventually a_heartbeat_ends_it
  server_ends_with 0
  grep -qx 'has all 1 lines' "$server_log"
}

# judges: ch14_multicast/news_receiver
@test "a receiver without an end is not kept for ever either, nor by a line that comes again" {
  start_server ch14_multicast/news_receiver 0 "$group" 127.0.0.1 1
  exec 9> >(socat -u - "UDP4-DATAGRAM:$group:$port,ip-multicast-if=127.0.0.1" 2>/dev/null 3>&-)
  a_copy_ends_it() {
    printf 'line 1 a' >&9 || true
    server_is_gone
  }
  patience=10 eventually a_heartbeat_ends_it
  server_ends_with 1
  wait_for_log "news_receiver: no end came, so lines may be missing"
  start_server ch14_multicast/news_receiver "$port" "$group" 127.0.0.1 1
  patience=10 eventually a_copy_ends_it
  server_ends_with 1
}

# judges: ch14_multicast/news_sender
@test "answers that never end do not keep the sender for ever" {
  start_server ch14_multicast/news_receiver 0 "$group"
  echo news >text
  timeout 20 "$(program ch14_multicast/news_sender)" "$group" "$port" <text >said 2>&1 3>&- &
  local talker=$! stranger_to
  eventually its_port "$talker"
  exec 9>"/dev/udp/127.0.0.1/$stranger_to"
  patience=15 eventually it_has_ended
  wait "$talker"
  grep -qx "127.0.0.1:[0-9]* has all 1 lines" said
}
