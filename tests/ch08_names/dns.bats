#!/usr/bin/env bats
# dns_server and dns_query, each against a program that is not ours: dig, dnsmasq, broken packets.

setup() {
  load ../harness.bash
  contract=ch08_names/dns_server
}
teardown() { stop_server; }

ask() { client ch08_names/dns_query 127.0.0.1 "$port" <<<"$1"; }

# ours NAME TYPE, digs NAME TYPE: the records of dns_query's and dig's answer, in the same form.
ours() { ask "$1 $2" 2>/dev/null | sed -n 's/^  answer //p' | sort; }
digs() {
  dig @127.0.0.1 -p "$port" +noall +answer "$1" "$2" |
    awk '{ $3 = ""; gsub(/\.( |$)/, " "); $1 = $1; print tolower($1) " " $2 " " $3 " " substr($0, index($0, $4)) }' | sort
}
both_agree_about() {
  local question
  for question in "$@"; do
    # shellcheck disable=SC2086  # NAME and TYPE
    assert_equal "$(ours $question)" "$(digs $question)"
  done
}

@test "dig and dns query agree about our server" {
  start_server "$contract"
  both_agree_about "www.example.test A" "www.example.test AAAA" "web.example.test A" "web.example.test CNAME" \
    "example.test SOA" "example.test NS" "1.2.0.192.in-addr.arpa PTR" "nosuch.example.test A" "x.far.example.test A"
  run -0 ours www.example.test A
  assert_output "www.example.test 300 A 192.0.2.1
www.example.test 300 A 192.0.2.2"
}

# In a private network, where port 5300 is free for dnsmasq.
dnsmasq_is_asked() {
  /usr/sbin/dnsmasq --no-daemon --port=5300 --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts \
    --conf-file=/dev/null --host-record=www.example.test,192.0.2.1,2001:db8::1,300 \
    --cname=web.example.test,www.example.test,200 --ptr-record=4.2.0.192.in-addr.arpa,four.example.test 2>&1 &
  dnsmasq=$!
  trap 'kill "$dnsmasq"' EXIT
  eventually dnsmasq_answers
  port=5300
  local question
  for question in "www.example.test A" "www.example.test AAAA" "web.example.test A" "4.2.0.192.in-addr.arpa PTR"; do
    # shellcheck disable=SC2086  # NAME and TYPE
    diff <(ours $question) <(digs $question) && [[ -n $(ours $question) ]] || return 1
  done
  ours www.example.test A
}

dnsmasq_answers() { dig @127.0.0.1 -p 5300 +short +tries=1 +time=1 www.example.test | grep -q .; }

@test "dig and dns query agree about dnsmasq" {
  privately dnsmasq_is_asked
  assert_line "www.example.test 300 A 192.0.2.1"
}

@test "an unknown name, a missing type and a foreign zone get different answers" {
  start_server "$contract"
  run -0 ask nosuch.example.test
  assert_line --partial "nosuch.example.test A? NXDOMAIN, authoritative, "
  assert_line --partial "  authority example.test 3600 SOA "
  run -0 ask "ns.example.test AAAA"
  assert_line --partial "ns.example.test AAAA? NOERROR, authoritative, "
  assert_line --partial "  authority example.test 3600 SOA "
  run -0 ask www.example.org
  assert_line --partial "www.example.org A? REFUSED, "
  run -0 dig @127.0.0.1 -p "$port" +opcode=STATUS www.example.test
  assert_output --partial "status: NOTIMP"
}

@test "a name above another one exists, without records" {
  start_server "$contract"
  run -0 ask far.test
  assert_line --partial "REFUSED"
  printf '%s\n' "test 60 SOA ns.test me.test 1 1 1 1 1" "a.b.test 60 A 192.0.2.9" >"$BATS_TEST_TMPDIR/zone"
  stop_server
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 ask b.test
  assert_line --partial "b.test A? NOERROR"
  run -0 ask c.test
  assert_line --partial "c.test A? NXDOMAIN"
}

# The chain of name servers, walked by hand: the first server refers to the second.
@test "a referral names the server that knows, and that one answers" {
  start_server "$contract"
  run -0 ask www.far.example.test
  assert_line --regexp '^www.far.example.test A\? NOERROR, [0-9]+ bytes by UDP$'
  assert_line "  authority far.example.test 300 NS ns.far.example.test"
  assert_line "  additional ns.far.example.test 300 A 192.0.2.53"
  stop_server
  printf '%s\n' "far.example.test 60 SOA ns.far.example.test me.test 1 1 1 1 1" \
    "www.far.example.test 60 A 192.0.2.99" >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 ask www.far.example.test
  assert_line "  answer www.far.example.test 60 A 192.0.2.99"
}

@test "an address is asked for as a name in reverse order" {
  start_server "$contract"
  run -0 ask "192.0.2.1 PTR"
  assert_line --partial "1.2.0.192.in-addr.arpa PTR? NOERROR"
  assert_line "  answer 1.2.0.192.in-addr.arpa 300 PTR www.example.test"
  run -0 ask "2001:db8::1 PTR"
  assert_line --partial "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR? REFUSED"
}

big_zone() {
  echo "test 60 SOA ns.test me.test 1 1 1 1 1"
  local i
  for i in {1..60}; do echo "big.test 60 A 192.0.2.$i"; done
}

@test "an answer too long for UDP comes by TCP" {
  big_zone >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 ask big.test
  assert_line --regexp '^big.test A\? NOERROR, authoritative, 986 bytes by TCP, too many for UDP$'
  assert_equal "$(grep -c '  answer big.test 60 A 192.0.2.' <<<"$output")" 60
  both_agree_about "big.test A"
  run -0 dig @127.0.0.1 -p "$port" +ignore big.test
  assert_output --partial "flags: qr aa tc rd"
}

# sends BYTES: one datagram with these bytes, written as for printf.
sends() { printf '%b' "$1" | timeout 20 socat -u - "UDP:127.0.0.1:$port,shut-none"; }
still_answers() {
  run -0 ask www.example.test
  assert_line "  answer www.example.test 300 A 192.0.2.1"
}

@test "broken packets get FORMERR or nothing, and the server goes on" {
  start_server "$contract"
  local head='\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00'
  sends '\x00'
  sends '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00'
  wait_for_log "ignored 1 bytes"
  wait_for_log "ignored 11 bytes"
  sends "$head"                                      # the question is missing
  sends "$head\x03www"                               # it ends inside a name
  sends "$head\x03www\x00\x00\x01"                   # it ends before the class
  sends "$head\xc0\x0c\x00\x01\x00\x01"              # a name that points to itself
  sends "$head\xc0\x0e\xc0\x0c\x00\x01\x00\x01"      # two that point to each other
  sends "$head\xc0\xff\x00\x01\x00\x01"              # beyond the end
  sends "$head\x80www\x00\x00\x01\x00\x01"           # a label of an unknown kind
  sends "$head\x03w\x00w\x00\x00\x01\x00\x01"        # a NUL in a name
  sends '\x12\x34\x01\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01' # it promises 65535 questions
  wait_for_log ": FORMERR" 9
  sends '\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01'
  wait_for_log "ignored 17 bytes" # a reply is never answered
  still_answers
}

# A server with one thread would have to wait for each of them. The client that reads nothing
# has a small buffer and asks for much, so the server soon cannot send to it.
@test "TCP clients that say nothing or read nothing delay nobody and are dropped" {
  local query='\x00\x1e\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x03big\x04test\x00\x00\x01\x00\x01' i
  printf "$query%.0s" {1..2000} >"$BATS_TEST_TMPDIR/queries"
  {
    echo "test 60 SOA ns.test me.test 1 1 1 1 1"
    echo "www.example.test 300 A 192.0.2.1"
    for i in {1..200}; do echo "www.big.test 60 A 192.0.2.$i"; done
  } >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  (for i in {1..20}; do cat "$BATS_TEST_TMPDIR/queries"; done) 2>/dev/null 3>&- |
    timeout 20 socat -u - "TCP:127.0.0.1:$port,rcvbuf=2048" 2>/dev/null 3>&- &
  wait_for_log "connected " 2
  still_answers
  wait_for_log "dropped " 2
  still_answers
  exec 8>&-
}

@test "a reply that comes by TCP is not answered" {
  start_server "$contract"
  printf '\x00\x0c\x12\x34\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00' |
    timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >"$BATS_TEST_TMPDIR/reply"
  [ ! -s "$BATS_TEST_TMPDIR/reply" ]
  wait_for_log "ignored 12 bytes"
}

@test "a question for any type is not implemented, and a serial may have ten digits" {
  printf '%s\n' "test 60 SOA ns.test me.test 2026112101 1 1 1 1" >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 dig @127.0.0.1 -p "$port" +noedns ANY +notcp test
  assert_output --partial "status: NOTIMP"
  both_agree_about "test SOA"
}

@test "a TCP client that resets or sends half a message does not end the server" {
  start_server "$contract"
  clients reset 1
  printf '\x00\x40\x12\x34' | timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >"$BATS_TEST_TMPDIR/reply"
  still_answers
}

# answered_by LINE...: a server that runs these lines of bash for each datagram, and sends back
# each write as a datagram.
answered_by() {
  printf '%s\n' '#!/bin/bash' "$@" >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR/answer"
  # shellcheck disable=SC2016  # its own $1
  stranger "$contract" 'exec socat "UDP-RECVFROM:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server "$contract"
}
query_to_file='dd bs=600 count=1 of=query.$$ status=none'
# The query sent back with QR set: an answer without records.
echo_as_answer='{ head -c 2 query.$$; printf "\x81"; tail -c +4 query.$$; } >reply.$$; cat reply.$$'

# lies FIRST SECOND: the first question gets the first lie, the second one the second, the third
# one the answer. (One datagram each, because two writes could travel as one.)
lies() {
  # shellcheck disable=SC2016  # for the stranger
  answered_by "$query_to_file" 'n=0; until mkdir "asked$n" 2>/dev/null; do n=$((n + 1)); done' \
    "case \$n in 0) $1 ;; 1) $2 ;; *) $echo_as_answer ;; esac"
  ask www.example.test >"$BATS_TEST_TMPDIR/said" 2>&1
  run -0 grep -c "^ignored .* bytes from 127.0.0.1:$port\$" "$BATS_TEST_TMPDIR/said"
  assert_output 2
  run -0 cat "$BATS_TEST_TMPDIR/said"
  assert_line --regexp '^www.example.test A\? NOERROR, [0-9]+ bytes by UDP$'
}

# shellcheck disable=SC2016  # for the stranger
@test "an answer with another id and bytes that are not a message are ignored" {
  lies 'printf x' '{ printf "\0\0\x81"; tail -c +4 query.$$; } >other; cat other'
}

# shellcheck disable=SC2016  # for the stranger
@test "an answer to another question and one with a loop are ignored" {
  lies '{ head -c 2 query.$$; printf "\x81\0\0\x01\0\0\0\0\0\0\x01x\0\0\x01\0\x01"; } >question; cat question' \
    '{ head -c 2 query.$$; printf "\x81\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01"; } >loop; cat loop'
}

# shellcheck disable=SC2016  # for the stranger
@test "the question itself is not an answer" {
  lies 'cat query.$$' 'cat query.$$'
}

@test "an answer from another address is ignored" {
  answered_by "$query_to_file" \
    'socat -u "FILE:query.$$" "UDP:127.0.0.1:$SOCAT_PEERPORT,shut-none"' 'printf ""'
  run -1 ask www.example.test
  assert_line --regexp '^ignored [0-9]+ bytes from 127.0.0.1:[0-9]+$'
  assert_line "dns_query: no answer from 127.0.0.1:$port"
}

@test "a lost question is asked again" {
  # shellcheck disable=SC2016  # for the stranger
  answered_by "$query_to_file" 'mkdir lost 2>/dev/null && exit' "$echo_as_answer"
  run -0 ask www.example.test
  assert_line "no answer within a second"
  assert_line --regexp '^www.example.test A\? NOERROR'
}

@test "without a server it gives up after three questions" {
  start_server "$contract"
  local nobody=$port
  stop_server
  run -1 client ch08_names/dns_query 127.0.0.1 "$nobody" <<<"www.example.test"
  assert_equal "$(grep -c 'no answer within a second' <<<"$output")" 3
  assert_line "dns_query: no answer from 127.0.0.1:$nobody"
}

@test "a bad question is wrong usage" {
  local line
  for line in "" "www.example.test MX7" "www.example.test A more" "a..b" ".a"; do
    run -2 client ch08_names/dns_query 127.0.0.1 1 <<<"$line"
    assert_output --partial "usage: dns_query"
  done
}

@test "the error for a bad zone file names the line" {
  local line
  for line in "www.example.test A 192.0.2.1" "www.example.test 60 MX 10" "www.example.test 60 A 300.1.1.1" \
    "www.example.test 60 AAAA 192.0.2.1" "a..b 60 A 192.0.2.1" "web.test 60 CNAME a b" \
    "test 60 SOA ns.test me.test 1 2 3"; do
    printf '%s\n' "; a comment" "ok.test 60 A 192.0.2.1" "$line" >"$BATS_TEST_TMPDIR/zone"
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
    assert_output --partial "zone:3: "
  done
  run -1 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/nosuch"
  assert_output --partial "No such file or directory"
}

@test "it answers over IPv6 too" {
  ipv6_or_skip
  start_server "$contract" 0 ::1
  run -0 client ch08_names/dns_query ::1 "$port" <<<"www.example.test"
  assert_line "  answer www.example.test 300 A 192.0.2.1"
}

@test "a port in use is reported" {
  start_server "$contract"
  run -1 timeout 20 "$(program "$contract")" "$port"
  assert_output --partial "Address already in use"
}

@test "a bad port or address is wrong usage" {
  local bad
  for bad in abc -1 70000 ""; do
    run -2 timeout 20 "$(program "$contract")" "$bad"
  done
  run -2 timeout 20 "$(program "$contract")" 0 300.1.1.1
}
