#!/usr/bin/env bats
# dns_server and dns_query, each against a program that is not ours: dig, dnsmasq, broken packets.
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() {
  load ../harness.bash
  contract=ch08_names/dns_server
}
teardown() { stop_server; }

ask() { client ch08_names/dns_query 127.0.0.1 "$port" <<<"$1"; }

# start_with_zone LINE...: dns_server with a zone file of these lines.
start_with_zone() {
  printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
}

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

# hint: Show each record of each section: name, TTL, type and data. Pointers in names must be followed, in the data too.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
# bats test_tags=first
@test "dig and dns query agree about our server" {
  start_server "$contract"
  both_agree_about "www.example.test A" "www.example.test AAAA" "web.example.test A" "web.example.test CNAME" \
    "example.test SOA" "example.test NS" "2.0.192.in-addr.arpa NS" "1.2.0.192.in-addr.arpa PTR" "nosuch.example.test A" "x.far.example.test A"
  run -0 ours www.example.test A
  assert_output "www.example.test 300 A 192.0.2.1
www.example.test 300 A 192.0.2.2"
  run -0 ours 192.0.2.1 PTR
  assert_output "1.2.0.192.in-addr.arpa 300 PTR www.example.test"
  run -0 ours 2.0.192.in-addr.arpa NS  # RFC 1034 4.2.1: each zone has them at its top
  assert_output "2.0.192.in-addr.arpa 3600 NS ns.example.test"
  # An IPv6 address is one too, there and back.
  run -0 ours www.example.test AAAA
  assert_output "www.example.test 300 AAAA 2001:db8::1"
  stop_server
  local zone=8.b.d.0.1.0.0.2.ip6.arpa
  start_with_zone "$zone 60 SOA ns.test me.test 1 1 1 1 1" "1$(printf '.0%.0s' {1..23}).$zone 60 PTR www.example.test"
  run -0 ours 2001:db8::1 PTR
  assert_output "1$(printf '.0%.0s' {1..23}).$zone 60 PTR www.example.test"
}

# In a private network, where port 5300 is free for dnsmasq.
dnsmasq_is_asked() {
  /usr/sbin/dnsmasq --no-daemon --port=5300 --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts \
    --conf-file=/dev/null --host-record=www.example.test,192.0.2.1,2001:db8::1,300 \
    --cname=web.example.test,www.example.test,200 --ptr-record=4.2.0.192.in-addr.arpa,four.example.test \
    '--ptr-record=_ipp._tcp.local,My Printer._ipp._tcp.local' 2>&1 &
  dnsmasq=$!
  trap 'kill "$dnsmasq"' EXIT
  eventually dnsmasq_answers
  port=5300
  local question
  for question in "www.example.test A" "www.example.test AAAA" "web.example.test A" "4.2.0.192.in-addr.arpa PTR" \
    "_ipp._tcp.local PTR"; do
    # shellcheck disable=SC2086  # NAME and TYPE
    diff <(ours $question) <(digs $question) && [[ -n $(ours $question) ]] || return 1
  done
  ours www.example.test A
}

dnsmasq_answers() { dig @127.0.0.1 -p 5300 +short +tries=1 +time=1 www.example.test | grep -q .; }

# judges: nobody
@test "dig and dns query agree about dnsmasq" {
  privately dnsmasq_is_asked
  assert_line "www.example.test 300 A 192.0.2.1"
}

# hint: NXDOMAIN: no such name. NOERROR without records: the name has other types. REFUSED: not your zone.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "an unknown name, a missing type and a foreign zone get different answers" {
  start_server "$contract"
  run -0 ask nosuch.example.test
  assert_line --partial "nosuch.example.test A? NXDOMAIN, authoritative, "
  assert_line --partial "  authority example.test 60 SOA "
  run -0 ask "ns.example.test AAAA"
  assert_line --partial "ns.example.test AAAA? NOERROR, authoritative, "
  assert_line --partial "  authority example.test 60 SOA "
  run -0 ask www.example.org
  assert_line --partial "www.example.org A? REFUSED, "
  run -0 dig @127.0.0.1 -p "$port" +opcode=STATUS www.example.test
  assert_output --partial "status: NOTIMP"
}

@test "a name above another one exists, without records" {
  start_server "$contract"
  run -0 ask far.test
  assert_line --partial "REFUSED"
  stop_server
  start_with_zone "test 60 SOA ns.test me.test 1 1 1 1 1" "a.b.test 60 A 192.0.2.9"
  run -0 ask b.test
  assert_line --partial "b.test A? NOERROR"
  run -0 ask c.test
  assert_line --partial "c.test A? NXDOMAIN"
}

in_their_sections() {
  run -0 dig @127.0.0.1 -p "$port" +norecurse +noall +authority www.far.example.test
  assert_output --regexp '^far\.example\.test\.[[:space:]]+300[[:space:]]+IN[[:space:]]+NS[[:space:]]+ns\.far\.example\.test\.$'
  run -0 dig @127.0.0.1 -p "$port" +norecurse +noall +additional www.far.example.test
  assert_output --regexp '^ns\.far\.example\.test\.[[:space:]]+300[[:space:]]+IN[[:space:]]+A[[:space:]]+192\.0\.2\.53$'
}

# The chain of name servers, walked by hand: the first server refers to the second.
@test "a referral names the server that knows, and that one answers" {
  start_server "$contract"
  run -0 ask www.far.example.test
  assert_line --regexp '^www.far.example.test A\? NOERROR, [0-9]+ bytes by UDP$'
  assert_line "  authority far.example.test 300 NS ns.far.example.test"
  assert_line "  additional ns.far.example.test 300 A 192.0.2.53"
  refute_line --partial "  answer "
  # Each record is in its own section also for others.
  is_stranger "$contract" || in_their_sections
  stop_server
  start_with_zone "far.example.test 60 SOA ns.far.example.test me.test 1 1 1 1 1" \
    "www.far.example.test 60 A 192.0.2.99"
  run -0 ask www.far.example.test
  assert_line --regexp '^www.far.example.test A\? NOERROR, authoritative, '
  assert_line "  answer www.far.example.test 60 A 192.0.2.99"
  run -0 ask gone.far.example.test
  assert_line --regexp '^gone.far.example.test A\? NXDOMAIN, authoritative, '
}

# reply_by_tcp BYTES: the reply to these bytes, written as for printf, in hexadecimal digits.
reply_by_tcp() {
  local message=$BATS_TEST_TMPDIR/message size
  printf '%b' "$1" >"$message"
  size=$(printf '\\x%02x' $(($(stat -c %s "$message") >> 8)) $(($(stat -c %s "$message") & 255)))
  { printf '%b' "$size" && cat "$message"; } | timeout "$patience" socat -t 20 - "TCP:127.0.0.1:$port" |
    od -An -v -tx1 | tr -d ' \n' | tail -c +5
}

# gets RULE QUERY REPLY: QUERY is written as for printf, REPLY is a regular expression for the
# hexadecimal digits: id, flags, four counts of two bytes each, and what follows.
gets() {
  local reply
  did "by TCP: $1"
  reply=$(reply_by_tcp "$2")
  [[ $reply =~ ^$3 ]] || fail "$1: not '$3' but '$reply'"
}

# A stranger may write names in full, with the capitals of its zone, and is not asked for more than the RFCs say.
# Replies: 8 is QR, 4 is AA, the last digit of the flags is the RCODE: 1 FORMERR, 3 NXDOMAIN,
# 4 NOTIMP, 5 REFUSED.
# hint: The rule is named at the begin of what came. 8 is QR, 4 is AA; the last digit of the flags is the RCODE.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "messages of every kind get the reply that the RFCs want" {
  start_server "$contract"
  local id='\x12\x34' one='\x00\x01\x00\x00\x00\x00\x00\x00' in='\x00\x01'
  local name='\x03WwW\x07eXaMpLe\x04TeSt\x00' hex=03577757076558614d704c650454655374
  local question="$name\x00\x01$in" type small=03777777076578616d706c650474657374
  local no_more='(0000){4}$' miscounted='8101(0000){4}$' meta=(fe fd fc fb ff fa 80 29)
  # It may send a question that it cannot read back, overlook what comes after the first one, and know more types.
  ! is_stranger "$contract" || no_more='' miscounted='8(101|500)' meta=(fe fd fc fb)

  # RFC 1035 4.1.1: id, opcode and RD are copied; RFC 4343 4.1: so is the question, with its capitals.
  gets "question" "$id\x01\x00$one$question" "123485000001000200000000${hex}0000010001(c00c|${hex}00|${small}00)"
  gets "no RD" "$id\x00\x00$one$question" "123484000001"
  # RFC 9619 4: "MUST NOT include a QDCOUNT parameter whose value is greater than 1".
  gets "two questions" "$id\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00$question$question" "12348101$no_more"
  gets "no question" "$id\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00" "12348101$no_more"
  # RFC 1035 4.1.1: FORMERR, "unable to interpret the query".
  gets "fewer questions than it says" "$id\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00$question" "12348101$no_more"
  gets "fewer answers than it says" "$id\x01\x00\x00\x01\x00\x01\x00\x00\x00\x00$question" "1234$miscounted"
  gets "more than it says" "$id\x01\x00$one$question\x00" "1234$miscounted"
  gets "cut" "$id\x00\x00$one$name\x00\x01\x00" "12348001$no_more"
  # 2.3.4: a name has 255 octets at most.
  local long
  long=$(printf '\\x3f%.0s' {1..192})
  gets "255 octets" "$id\x00\x00$one$long\x3d$(printf 'a%.0s' {1..61})\x00\x00\x01$in" '12348005000100'
  gets "256 octets" "$id\x00\x00$one$long\x3e$(printf 'a%.0s' {1..62})\x00\x00\x01$in" "12348001$no_more"
  # 4.1.1: NOTIMP, the kind of query is not supported. An UPDATE (RFC 2136 2.4.1) has records without data.
  gets "STATUS" "$id\x11\x00$one$question" 12349104
  gets "UPDATE" \
    "$id\x28\x00\x00\x01\x00\x01\x00\x00\x00\x00$name\x00\x06$in$name\x00\x01\x00\xff\x00\x00\x00\x00\x00\x00" 1234a804
  # RFC 5936 2.2.1: "If the server does not implement AXFR", NOTIMP. RFC 6895 3.1: QTYPEs and Meta-TYPEs are 128
  # to 255, and 41 (OPT).
  for type in "${meta[@]}"; do
    gets "type $type" "$id\x00\x00$one$name\x00\x$type$in" "123480040001(0000){3}${hex}0000${type}0001\$"
  done
  # RFC 3597 1: a type that the server does not know is a type like others, here one without records.
  for type in '\x00\x63' '\x01\x00' '\xff\xff'; do
    gets "type $type" "$id\x00\x00$one$name$type$in" '123484000001000000010000'
  done
  # RFC 1034 3.6: a class has its own names; this server has those of IN only (3 is CHAOS, ff ANY).
  gets "CHAOS" "$id\x00\x00$one\x07version\x04bind\x00\x00\x10\x00\x03" 123480050001
  gets "class ANY" "$id\x00\x00$one$name\x00\x01\x00\xff" 123480050001
  # RFC 6891 7: a server without EDNS does not put an OPT record into its reply.
  gets "OPT" \
    "$id\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01$question\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00" '123484000001000200000000'
  # RFC 2181 11: "any binary string whatever can be used as the label".
  gets "any byte" "$id\x00\x00$one\x05 .\\\\\x00\xff\x07example\x04test\x00\x00\x01$in" \
    '12348403000100000001000005202e5c00ff076578616d706c6504746573740000010001(c012|076578616d706c65047465737400)'
  gets "the root" "$id\x00\x00$one\x00\x00\x01$in" '12348005(0001)(0000){3}0000010001$'
}

# hint: Names are compared without regard to capitals, but the question must come back as it was sent.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "capitals in a question come back, and names are compared without them" {
  start_server "$contract"
  run -0 dig @127.0.0.1 -p "$port" WwW.eXaMpLe.TeSt
  assert_line --regexp '^;WwW.eXaMpLe.TeSt.[[:space:]]+IN[[:space:]]+A$'
  local name='[Ww][Ww][Ww]\.[Ee][Xx][Aa][Mm][Pp][Ll][Ee]\.[Tt][Ee][Ss][Tt]' # the zone's capitals are right too
  is_stranger "$contract" || name='WwW\.eXaMpLe\.TeSt'
  assert_line --regexp "^$name\.[[:space:]]+300[[:space:]]+IN[[:space:]]+A[[:space:]]+192.0.2.1\$"
  run -0 ask "WwW.eXaMpLe.TeSt a"
  assert_line --partial "WwW.eXaMpLe.TeSt A? NOERROR, authoritative"
  assert_line --regexp "^  answer $name 300 A 192\.0\.2\.1\$"
}

@test "a dot at the end of a name changes nothing" {
  start_with_zone "test. 500 SOA ns.test. me.test. 1 1 1 1 1" "www.test. 60 CNAME web.test." "web.test 60 A 192.0.2.9"
  run -0 ask "www.test."
  assert_line --partial "www.test A? NOERROR, authoritative"
  assert_line "  answer www.test 60 CNAME web.test"
  assert_line "  answer web.test 60 A 192.0.2.9"
  stop_server
  start_with_zone ". 500 SOA ns.test. me.test. 1 1 1 1 1" ". 60 NS ns.test" "www.test. 60 A 192.0.2.9"
  both_agree_about "www.test A"
  run -0 ask ". NS"
  assert_line "  answer . 60 NS ns.test"
  run -0 ask gone
  assert_line --partial "gone A? NXDOMAIN"
}

# answers QUESTION RCODE LINE...: this is the reply, without its size and without anything more.
answers() {
  assert_equal "$(ask "$1" 2>/dev/null | sed 's/, [0-9]* bytes.*//')" "$(printf '%s\n' "$1? $2" "${@:3}")"
}

@test "what comes with an alias depends on its target" {
  start_with_zone "test 500 SOA ns.test me.test 1 1 1 1 40" "other 30 SOA ns.test me.test 1 1 1 1 400" \
    "gone.test 60 CNAME nowhere.test" "nodata.test 60 CNAME www.other" "lost.test 60 CNAME nowhere.other" \
    "self.test 60 CNAME SELF.test." "a.test 60 CNAME b.test" "b.test 60 CNAME c.test" "c.test 60 CNAME b.test" \
    "foreign.test 60 CNAME www.foreign" "below.test 60 CNAME www.part.test" "part.test 60 NS ns.part.test" \
    "ns.part.test 60 A 192.0.2.1" "www.other 60 A 192.0.2.2"
  local soa="  authority test 40 SOA ns.test me.test 1 1 1 1 40"
  local soa2="  authority other 30 SOA ns.test me.test 1 1 1 1 400"
  # RFC 6604 3: the RCODE is that of the last name; RFC 2308 2.1, 2.2 and 5: with the SOA of its zone, whose
  # time is the smaller one of its TTL and its MINIMUM (3).
  answers "gone.test A" "NXDOMAIN, authoritative" "  answer gone.test 60 CNAME nowhere.test" "$soa"
  answers "lost.test A" "NXDOMAIN, authoritative" "  answer lost.test 60 CNAME nowhere.other" "$soa2"
  answers "nodata.test AAAA" "NOERROR, authoritative" "  answer nodata.test 60 CNAME www.other" "$soa2"
  answers "nodata.test A" "NOERROR, authoritative" "  answer nodata.test 60 CNAME www.other" \
    "  answer www.other 60 A 192.0.2.2"
  answers "gone.test CNAME" "NOERROR, authoritative" "  answer gone.test 60 CNAME nowhere.test"
  # RFC 1034 4.3.2, step 3b: a target in a delegated part gets the referral; a target elsewhere nothing.
  answers "below.test A" "NOERROR, authoritative" "  answer below.test 60 CNAME www.part.test" \
    "  authority part.test 60 NS ns.part.test" "  additional ns.part.test 60 A 192.0.2.1"
  answers "foreign.test A" "NOERROR, authoritative" "  answer foreign.test 60 CNAME www.foreign"
  # RFC 2181 5: no record comes twice.
  answers "self.test A" "NOERROR, authoritative" "  answer self.test 60 CNAME self.test"
  answers "a.test A" "NOERROR, authoritative" "  answer a.test 60 CNAME b.test" "  answer b.test 60 CNAME c.test" \
    "  answer c.test 60 CNAME b.test"
}

@test "a record that the zone has twice is served once" {
  start_with_zone "test 500 SOA ns.test me.test 1 1 1 1 40" "test 60 NS ns.test" "TEST. 60 NS NS.test." \
    "www.test 60 AAAA 2001:db8::1" "www.test 60 AAAA 2001:DB8:0::1"
  answers "test NS" "NOERROR, authoritative" "  answer test 60 NS ns.test"
  answers "www.test AAAA" "NOERROR, authoritative" "  answer www.test 60 AAAA 2001:db8::1"
}

# RFC 2181 11 and RFC 1035 5.1: \DDD is the byte with that number, \X the character X.
@test "a name may have any byte, written as a zone file writes it" {
  # 255 bytes, each as four signs: three labels of 63, one of 55, and "local"
  local numbers longest
  numbers=$(printf '\\001%.0s' {1..63})
  longest="$numbers.$numbers.$numbers.${numbers:0:220}.\\108\\111\\099\\097\\108"
  start_with_zone "local 60 SOA ns.local me.local 1 1 1 1 1" '_ipp._tcp.local 60 PTR My\032Printer._ipp._tcp.local' \
    'my\032printer._ipp._tcp.local 60 A 192.0.2.9' 'dot\.\\\000\255.local 60 A 192.0.2.8' \
    'a\;b.local 60 A 192.0.2.7' 'end\\.local 60 A 192.0.2.6;a comment' "$longest 60 A 192.0.2.5"
  run -0 ask "$longest"
  assert_line --partial "  answer $numbers."
  answers 'a\059b.local A' "NOERROR, authoritative" '  answer a\059b.local 60 A 192.0.2.7'
  answers 'end\092.local A' "NOERROR, authoritative" '  answer end\092.local 60 A 192.0.2.6'
  run -0 ask "_ipp._tcp.local PTR"
  assert_line '  answer _ipp._tcp.local 60 PTR My\032Printer._ipp._tcp.local'
  run -0 ask 'My\032Printer._ipp._tcp.local'
  assert_line --partial 'My\032Printer._ipp._tcp.local A? NOERROR, authoritative'
  run -0 ask 'dot\046\092\000\255.local'
  assert_line '  answer dot\046\092\000\255.local 60 A 192.0.2.8'
  run -0 dig @127.0.0.1 -p "$port" +short PTR _ipp._tcp.local
  assert_output 'My\032Printer._ipp._tcp.local.'
  run -0 dig @127.0.0.1 -p "$port" +short 'My Printer._ipp._tcp.local'
  assert_output 192.0.2.9
  run -0 dig @127.0.0.1 -p "$port" +short 'dot\.\\\000\255.local'
  assert_output 192.0.2.8
  assert_equal "$(grep -c 'My\\032Printer._ipp._tcp.local A from ' "$server_log")" 2
}

@test "no zone is given away" {
  start_server "$contract"
  local way
  for way in AXFR IXFR=1; do
    run -0 dig @127.0.0.1 -p "$port" +tcp "$way" example.test
    assert_output --partial "Transfer failed"
    wait_for_log "NOTIMP"
  done
}

# delv follows aliases, remembers answers that say "no", and asks with EDNS, as a resolver does.
@test "delv is content with our server" {
  start_server "$contract"
  run -0 delv -i @127.0.0.1 -p "$port" wEb.example.test AAAA
  assert_line --regexp '^www.example.test.[[:space:]]+300[[:space:]]+IN[[:space:]]+AAAA[[:space:]]+2001:db8::1$'
  run delv -i @127.0.0.1 -p "$port" nosuch.example.test
  assert_line --regexp '^; nosuch.example.test.[[:space:]]+60[[:space:]].*NXDOMAIN$'
}

# digs_reply ARGUMENT...: what dig shows of the reply, with one question and no other try, in order: a server may
# choose another one each time.
digs_reply() {
  did "dig asked: $*"
  run dig @127.0.0.1 -p "$port" +tries=1 +time="$patience" "$@"
  output=$(sort <<<"$output")
}

# hint: Copy the id and the question, set QR, and count the answers. Each record repeats the name, or points to it.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
# bats test_tags=first
@test "a question gets the addresses of the name" {
  start_server "$contract"
  digs_reply +short +notcp www.example.test
  assert_output $'192.0.2.1\n192.0.2.2'
}

# hint: Over TCP each message comes after its length: two bytes, the high one first. Receive until the whole message is there.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "a question by TCP has its length before it, and so has the answer" {
  start_server "$contract"
  digs_reply +short +tcp www.example.test
  assert_output $'192.0.2.1\n192.0.2.2'
}

# hint: A message may come in pieces, and its length too. Receive until it is whole.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "a question by TCP may come in pieces" {
  start_server "$contract"
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  local piece
  for piece in '\x00' '\x22\x12\x34\x01' '\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07exam' 'ple\x04test\x00\x00\x01\x00\x01'; do
    did "sent by TCP: $piece"
    printf '%b' "$piece" >&9
    pause 0.1
  done
  run eval 'timeout "$patience" head -c 10 <&9 | od -An -v -tx1'
  exec 9>&-
  # 66 bytes: the id, QR and AA and RD, a question, two answers. A stranger's may have more, and RA.
  ! is_stranger "$contract" || [[ ! $output =~ ^\ 00\ [4-9a-f].\ 12\ 34\ 8[15]\ [08]0\ 00\ 01\ 00\ 02$ ]] || return 0
  assert_output " 00 42 12 34 85 00 00 01 00 02"
}

# hint: A client may connect and say nothing. Serve others meanwhile, and do not wait for it for ever.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "TCP clients that say nothing delay nobody" {
  start_server "$contract"
  idle_clients 8
  digs_reply +short +notcp www.example.test
  assert_output $'192.0.2.1\n192.0.2.2'
  digs_reply +short +tcp www.example.test
  assert_output $'192.0.2.1\n192.0.2.2'
}

# hint: Before each read, look whether the message has that many bytes left. A pointer must lead backwards, or it may never end.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "broken packets do not end the server" {
  start_server "$contract"
  local head='\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00' broken
  for broken in '\x00' "$head" "$head\x03www" "$head\x03www\x00\x00\x01" "$head\x3fwww\x00\x00\x01\x00\x01" \
    "$head\xc0\x0c\x00\x01\x00\x01" "$head\xc0\x0e\xc0\x0c\x00\x01\x00\x01" "$head\xc0\xff\x00\x01\x00\x01"; do
    did "sent the bytes $broken"
    sends "$broken"
    digs_reply +short +notcp www.example.test
    assert_output $'192.0.2.1\n192.0.2.2'
  done
}

# hint: QR is set in a reply. Two servers that answer replies would answer each other for ever.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "a reply is not answered" {
  start_server "$contract"
  exec 9<>"/dev/udp/127.0.0.1/$port"
  did "sent a reply, which has QR set"
  printf '\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01' >&9
  digs_reply +short +notcp www.example.test
  assert_output $'192.0.2.1\n192.0.2.2'
  run -1 read -rt 0 -u 9 || fail "the reply was answered"
  exec 9>&-
}

# hint: PTR wants the parts of the address in reverse order, below in-addr.arpa; IPv6 has one label for each hexadecimal digit, below ip6.arpa.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
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

# hint: More than 512 bytes do not go by UDP: the reply has TC set, and the client asks again by TCP.
# page: ch08_names/README.md#inside-a-dns-message
@test "an answer too long for UDP comes by TCP" {
  big_zone >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 ask big.test
  assert_line --regexp '^big.test A\? NOERROR, authoritative, [0-9]+ bytes by TCP'
  is_stranger "$contract" || is_stranger ch08_names/dns_query ||
    assert_line --regexp '^big.test A\? NOERROR, authoritative, 986 bytes by TCP, too many for UDP$'
  assert_equal "$(grep -c '  answer big.test 60 A 192.0.2.' <<<"$output")" 60
  both_agree_about "big.test A"
  run -0 dig @127.0.0.1 -p "$port" +ignore big.test
  assert_output --partial "flags: qr aa tc rd"
}

# RFC 2181 9: TC is not set "merely because some extra information could have been included"; RFC 9471 3: it is set if
# addresses of servers inside of the delegated part are left out, because nobody else has them.
@test "a referral is truncated only without addresses that nobody else has" {
  local i zone=("test 60 SOA ns.test me.test 1 1 1 1 1")
  for i in {1..16}; do
    zone+=("in.test 60 NS ns$i.in.test" "ns$i.in.test 60 AAAA 2001:db8::$i")
    zone+=("out.test 60 NS ns$i.Test" "ns$i.test 60 AAAA 2001:db8::$i")
  done
  start_with_zone "${zone[@]}"
  run -0 ask www.out.test
  assert_line --regexp '^www.out.test A\? NOERROR, [0-9]+ bytes by UDP$'
  assert_equal "$(grep -c '^  authority out.test 60 NS ' <<<"$output")" 16
  refute_output --partial "  additional"
  run -0 ask www.in.test
  assert_line --regexp '^www.in.test A\? NOERROR, [0-9]+ bytes by TCP, too many for UDP$'
  assert_equal "$(grep -c '^  additional ns' <<<"$output")" 16
  run -0 dig @127.0.0.1 -p "$port" +tcp +noall +comments www.out.test
  assert_output --partial "ADDITIONAL: 16"
}

# sends BYTES: one datagram with these bytes, written as for printf.
sends() { printf '%b' "$1" | timeout "$patience" socat -u - "UDP:127.0.0.1:$port,shut-none"; }
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
  sends '\x12\x34\x01\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01' # it promises 65535 questions
  wait_for_log ": FORMERR" 8
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

# memory_is_full, memory_is_free: the server gets no more memory, or as much as it wants; RLIMIT_DATA in setrlimit(2).
memory_is_full() {
  ! grep -q '^COURSE_SANITIZE:.*=.' "$BUILD_DIR/CMakeCache.txt" || skip "a sanitizer needs memory of its own"
  prlimit --pid "$server_pid" --data=1:
}
memory_is_free() { prlimit --pid "$server_pid" --data=unlimited:; }

@test "a TCP client for which no thread can be made is dropped and the server goes on" {
  start_server "$contract"
  memory_is_full
  printf '' | timeout 20 socat - "TCP:127.0.0.1:$port"
  wait_for_log "dropped 127.0.0.1:"
  wait_for_log ": Resource temporarily unavailable"
  memory_is_free
  still_answers
  clients reset 1
  wait_for_log "connected "
}

# Each client promises a message of 65535 bytes, and the server makes room for it.
@test "TCP clients for which there is no memory are dropped and the server goes on" {
  start_server "$contract"
  local client all=()
  while ((${#all[@]} < 64)); do
    exec {client}<>"/dev/tcp/127.0.0.1/$port"
    all+=("$client")
  done
  wait_for_log "connected " 64
  memory_is_full
  for client in "${all[@]}"; do printf '\xff\xff' >&"$client"; done
  wait_for_log ": std::bad_alloc"
  wait_for_log "dropped " 64
  memory_is_free
  still_answers
}

# slowly TEXT: its bytes, one every half second.
slowly() {
  local i
  for ((i = 0; i < ${#1}; i++)); do
    printf '%s' "${1:i:1}" 2>/dev/null || break
    pause 0.5
  done
}

# Each byte comes in time, the whole message does not.
@test "a TCP client that sends slowly is dropped" {
  start_server "$contract"
  slowly 0123456789abcdef 3>&- > >(timeout 20 socat -u - "TCP:127.0.0.1:$port") &
  wait_for_log "dropped "
  kill "$!" 2>/dev/null || true
}

# shellcheck disable=SC2016  # for the stranger
@test "a TCP server that answers slowly is left after three seconds" {
  start_server "$contract" # its port is free for both, afterwards
  stop_server
  printf '%s\n' '#!/bin/bash' 'for i in {1..16}; do printf 0; read -rt 0.5 -u 9; done 9<>quiet' >"$BATS_TEST_TMPDIR/slow"
  printf '%s\n' '#!/bin/bash' "$query_to_file" \
    '{ head -c 2 query.$$; printf "\x83"; tail -c +4 query.$$; } >cut; cat cut' >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR"/{slow,answer}
  mkfifo "$BATS_TEST_TMPDIR/quiet"
  stranger "$contract" 'setpriv --pdeathsig TERM socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" EXEC:./slow &' \
    'exec socat "UDP-RECVFROM:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server "$contract" "$port"
  run -1 ask www.example.test
  assert_output --partial "dns_query: no answer over TCP: the whole message did not come in time"
}

# RFC 1035, section 4.2.2. What came would be a good message, but its length says that there was more.
# shellcheck disable=SC2016  # for the stranger
@test "an answer over TCP that ends before its length says is an error" {
  start_server "$contract" # its port is free for both, afterwards
  stop_server
  printf '%s\n' '#!/bin/bash' "$query_to_file" \
    '{ printf "\0\x5a"; head -c 4 query.$$ | tail -c 2; printf "\x81"; tail -c +6 query.$$; } >part; cat part' \
    >"$BATS_TEST_TMPDIR/half"
  printf '%s\n' '#!/bin/bash' "$query_to_file" \
    '{ head -c 2 query.$$; printf "\x83"; tail -c +4 query.$$; } >cut; cat cut' >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR"/{half,answer}
  stranger "$contract" 'setpriv --pdeathsig TERM socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" EXEC:./half &' \
    'exec socat "UDP-RECVFROM:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server "$contract" "$port"
  run -1 ask www.example.test
  assert_output --partial "dns_query: no answer over TCP: the stream ended within a message"
}

@test "a question by TCP that ends before its length says gets no answer" {
  start_server "$contract"
  printf '\0\x5a\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\x04test\0\0\x01\0\x01' |
    timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >"$BATS_TEST_TMPDIR/reply"
  wait_for_log ": the stream ended within a message"
  [ ! -s "$BATS_TEST_TMPDIR/reply" ]
}

# start_deaf: its queue holds one connection, and has it; so the kernel drops each SYN that comes after it.
# shellcheck disable=SC2016  # for the stranger
start_deaf() {
  start_server "$contract" # its port is free for both, afterwards
  stop_server
  cat >"$BATS_TEST_TMPDIR/deaf" <<'END'
#!/usr/bin/env python3
import signal, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=0)
client = socket.create_connection(listener.getsockname())
print("full", flush=True)
signal.pause()
END
  printf '%s\n' '#!/bin/bash' "$query_to_file" \
    '{ head -c 2 query.$$; printf "\x83"; tail -c +4 query.$$; } >cut; cat cut' >"$BATS_TEST_TMPDIR/answer"
  chmod +x "$BATS_TEST_TMPDIR"/{deaf,answer}
  stranger "$contract" 'setpriv --pdeathsig TERM ./deaf "$1" &' 'exec socat "UDP-RECVFROM:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server "$contract" "$port"
  wait_for_log full
}

@test "a TCP server that does not accept is left after three seconds" {
  start_deaf
  run -1 ask www.example.test
  assert_output --partial "dns_query: no answer over TCP: connect 127.0.0.1:$port: no connection within 3 seconds"
}

# signal(7): then a call on a socket with a time limit fails with EINTR.
@test "Ctrl-Z and fg do not end the wait for a TCP connection" {
  start_deaf
  find_program ch08_names/dns_query
  setpriv --pdeathsig KILL "$found" 127.0.0.1 "$port" <<<www.example.test >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
  eventually is_connecting
  pause_server "$!"
  kill -CONT "$!"
  wait "$!" || assert_equal "$?" 1
  run -0 cat "$BATS_TEST_TMPDIR/said"
  assert_output --partial "no connection within 3 seconds"
}
is_connecting() { [[ -n $(ss -Htn state syn-sent "dport = :$port") ]]; }

@test "a reply that comes by TCP is not answered" {
  start_server "$contract"
  printf '\x00\x0c\x12\x34\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00' |
    timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" >"$BATS_TEST_TMPDIR/reply"
  [ ! -s "$BATS_TEST_TMPDIR/reply" ]
  wait_for_log "ignored 12 bytes"
}

# More than the buffers of both sides hold: the client can read only after it has sent all.
@test "answers over TCP are not lost if the client sends more than questions" {
  start_server "$contract"
  local query='\x00\x1e\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03nos\x03uch\x04test\x00\x00\x01\x00\x01' more
  for more in '\x00\x00' '\x00\x0c\x12\x34\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00'; do # no message, and a reply
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    { printf '%b' "$query$more" && head -c 30000000 /dev/zero; } >&9
    run -0 od -An -v -tx1 -N 4 <(timeout 20 cat <&9)
    assert_output ' 00 1e 12 34'
    exec 9>&-
  done
}

@test "a question for any type is not implemented, and a serial may have ten digits" {
  start_with_zone "test 60 SOA ns.test me.test 2026112101 1 1 1 1"
  run -0 dig @127.0.0.1 -p "$port" +noedns ANY +notcp test
  assert_output --partial "status: NOTIMP"
  both_agree_about "test SOA"
}

# hint: An error on one TCP connection ends this connection, and nothing else.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_server
@test "a TCP client that resets or sends half a message does not end the server" {
  start_server "$contract"
  clients reset 1
  printf '\x00\x40\x12\x34' | timeout "$patience" socat -t 20 - "TCP:127.0.0.1:$port" >"$BATS_TEST_TMPDIR/reply" || true
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
  # On a slow machine both come in one wait: then the second one is only counted.
  run -0 awk -v from="127.0.0.1:$port" '$1 == "ignored" { sum += $5 == from ? 1 : $2 } END { print sum }' "$BATS_TEST_TMPDIR/said"
  assert_output 2
  run -0 cat "$BATS_TEST_TMPDIR/said"
  assert_line --regexp '^www.example.test A\? NOERROR, [0-9]+ bytes by UDP$'
}

# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "an answer with another id and bytes that are not a message are ignored" {
  lies 'printf x' '{ printf "\0\0\x81"; tail -c +4 query.$$; } >other; cat other'
}

# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "an answer to another question and one with a loop are ignored" {
  lies '{ head -c 2 query.$$; printf "\x81\0\0\x01\0\0\0\0\0\0\x01x\0\0\x01\0\x01"; } >question; cat question' \
    '{ head -c 2 query.$$; printf "\x81\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01"; } >loop; cat loop'
}

# RFC 1035 4.1.1: a response has the opcode of its query; 0x91 is QR, opcode 2 (STATUS) and RD.
# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "an answer with another opcode is ignored" {
  lies '{ head -c 2 query.$$; printf "\x91"; tail -c +4 query.$$; } >other; cat other' 'printf x'
}

# RFC 3597 5: a class without a name is CLASS and its number. An address of class CHAOS is not one of ours.
# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "a record of another class is shown with its class" {
  answered_by "$query_to_file" '{ head -c 2 query.$$; printf "\x81\0\0\x01\0\x01\0\0\0\0"; tail -c +13 query.$$' \
    'printf "\xc0\x0c\0\x01\0\x03\0\0\0\x3c\0\x04\xc0\0\x02\x01"; } >reply.$$; cat reply.$$'
  run -0 ask www.example.test
  assert_line "  answer www.example.test 60 CLASS3 A 4 bytes"
}

# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "the question itself is not an answer" {
  lies 'cat query.$$' 'cat query.$$'
}

# A late or doubled answer has the id and the question of an earlier query.
# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "a late answer is not taken for the answer to the next question" {
  answered_by "$query_to_file" 'n=0; until mkdir "asked$n" 2>/dev/null; do n=$((n + 1)); done; cp query.$$ "query$n"' \
    "case \$n in 1) set -- query0 ;; *) set -- \"query\$n\" ;; esac" \
    '{ head -c 2 "$1"; printf "\x81"; tail -c +4 "$1"; } >reply.$$; cat reply.$$'
  run -0 ask "a.test"$'\n'"b.test"
  assert_line --regexp '^a.test A\? NOERROR, [0-9]+ bytes by UDP$'
  assert_equal "$(grep -c "^ignored .* bytes from 127.0.0.1:$port\$" <<<"$output")" 1
  assert_line --regexp '^b.test A\? NOERROR, [0-9]+ bytes by UDP$'
}

# RFC 2181 9: "When a DNS client receives a reply with TC set, it should ignore that response, and query again,
# using a mechanism, such as a TCP connection". Nobody listens for TCP here.
# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "a truncated answer that is cut inside of a record is asked for again by TCP" {
  answered_by "$query_to_file" \
    '{ head -c 2 query.$$; printf "\x83\0\0\x01\0\x02\0\0\0\0"; tail -c +13 query.$$; printf "\xc0\x0c\0"; } >cut; cat cut'
  run -1 ask www.example.test
  assert_output --partial "dns_query: no answer over TCP: "
  refute_output --partial "ignored"
}

# shellcheck disable=SC2016  # for the stranger
# judges: nobody
@test "an answer without capitals is the answer to a question with them" {
  answered_by "$query_to_file" \
    '{ head -c 2 query.$$; printf "\x81"; tail -c +4 query.$$ | tr "[:upper:]" "[:lower:]"; } >small; cat small'
  run -0 ask WwW.example.test
  assert_line --partial "WwW.example.test A? NOERROR, "
}

# shellcheck disable=SC2030 # each test has its own status
# judges: nobody
@test "an answer from another address is ignored" {
  answered_by "$query_to_file" \
    'socat -u "FILE:query.$$" "UDP:127.0.0.1:$SOCAT_PEERPORT,shut-none"' 'printf ""'
  run -1 ask www.example.test
  assert_line --regexp '^ignored [0-9]+ bytes from 127.0.0.1:[0-9]+$'
  assert_line "dns_query: no answer from 127.0.0.1:$port"
}

# told LIE: a server that answers each question twice: first with a lie, which says NXDOMAIN or cannot be read,
# then with the truth, which says NOERROR and has no records.
told() {
  cat >"$BATS_TEST_TMPDIR/liar.py" <<'END'
import socket, sys
server, stranger = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
server.bind(("127.0.0.1", int(sys.argv[2])))
while True:
    query, client = server.recvfrom(600)
    other_id = bytes(byte ^ 255 for byte in query[:2])
    question, record = query[12:], b"\xc0\x0c\0\1\0\1\0\0\0\x3c"
    if sys.argv[1] == "id":
        server.sendto(other_id + b"\x81\3" + query[4:], client)
    elif sys.argv[1] == "address":
        stranger.sendto(query[:2] + b"\x81\3" + query[4:], client)
    elif sys.argv[1] == "question":
        server.sendto(query[:2] + b"\x81\3\0\1\0\0\0\0\0\0\1x\0\0\1\0\1", client)
    elif sys.argv[1] == "loop":
        server.sendto(query[:2] + b"\x81\0\0\1\0\1\0\0\0\0" + question + bytes((0xc0, len(query))) + record[2:] + b"\0\4abcd", client)
    elif sys.argv[1] == "length":
        server.sendto(query[:2] + b"\x81\0\0\1\0\1\0\0\0\0" + question + record + b"\xff\0abcd", client)
    server.sendto(query[:2] + b"\x81\0" + query[4:], client)
END
  stranger "$contract" "exec python3 liar.py $1 \"\$1\""
  start_server "$contract"
  did "the server told a lie about the $1, and then the truth, NOERROR"
  run ask www.example.test
  # shellcheck disable=SC2031 # run sets it
  ((status != 124)) || fail "after $client_limit seconds it was still busy"
  assert_line --regexp '^www.example.test A\? NOERROR'
  refute_line --partial "answer www"
}

# hint: The id of the answer must be that of your query. Otherwise go on waiting.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "an answer with another id is not taken" {
  told id
}

# hint: The question in the answer must be the one that you sent. Otherwise go on waiting.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "an answer to another question is not taken" {
  told question
}

# hint: Compare the sender that recvfrom wrote down with the server. Otherwise go on waiting.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "an answer from a stranger's address is not taken" {
  told address
}

# hint: A pointer must lead backwards, or the name may never end. Throw such a message away.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "a loop of pointers is not followed" {
  told loop
}

# hint: Before each read, look whether the message has that many bytes left. Throw a broken message away.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "a length beyond the end of the message is not believed" {
  told length
}

# hint: Give each question a limit, and give up after some of them.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "without an answer it does not wait for ever" {
  # shellcheck disable=SC2016  # for the stranger
  stranger "$contract" 'exec socat -u "UDP-RECV:$1,bind=127.0.0.1" /dev/null'
  start_server "$contract"
  did "the server said nothing"
  run timeout $((2 * patience)) "$(program ch08_names/dns_query)" 127.0.0.1 "$port" <<<"www.example.test"
  ((status != 124)) || fail "it was still waiting after $((2 * patience)) seconds"
}

# strays SECONDS-BETWEEN COUNT: a server that sends so many bytes that are no answer after a question, then
# the answer.
strays() {
  cat >"$BATS_TEST_TMPDIR/strays.py" <<'END'
import socket, sys, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[3])))
query, client = server.recvfrom(600)
for _ in range(int(sys.argv[2])):
    server.sendto(b"x", client)
    time.sleep(float(sys.argv[1]))
server.sendto(query[:2] + b"\x81" + query[3:], client)
while True:  # until it is ended
    server.recvfrom(600)
END
  stranger "$contract" "exec python3 strays.py $1 $2 \"\$1\""
  start_server "$contract"
}

# judges: nobody
@test "many datagrams at once that are no answer do not hide the answer" {
  strays 0 100
  run -0 ask www.example.test
  assert_line --regexp '^www.example.test A\? NOERROR'
  is_stranger ch08_names/dns_query || assert_line --regexp '^ignored [0-9]+ more$'
  (($(grep -c '^ignored ' <<<"$output") <= 6)) # two lines for each of three questions
}

# A stray each 0.3 seconds: about three for each of the three questions.
# judges: nobody
@test "datagrams that are no answer do not lengthen the wait" {
  strays 0.3 1000
  run -1 ask www.example.test
  assert_equal "$(grep -cx 'no answer within a second' <<<"$output")" 3
  (($(grep -c '^ignored ' <<<"$output") <= 6))
}

# hint: A datagram can get lost. Without an answer, ask again.
# page: ch08_names/README.md#inside-a-dns-message
# judges: ch08_names/dns_query
@test "a lost question is asked again" {
  # shellcheck disable=SC2016  # for the stranger
  answered_by "$query_to_file" 'mkdir lost 2>/dev/null && exit' "$echo_as_answer"
  run -0 ask www.example.test
  is_stranger ch08_names/dns_query || assert_line "no answer within a second"
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

# judges: nobody
@test "a bad question is wrong usage" {
  local line
  for line in "" "www.example.test MX7" "www.example.test A more" "a..b" ".a" ".." "a\\" "a\\25" "a\\256"; do
    run -2 client ch08_names/dns_query 127.0.0.1 1 <<<"$line"
    assert_output --partial "usage: dns_query"
  done
}

@test "a byte 0 does not hide what stands behind an address" {
  printf 't 60 SOA a b 1 2 3 4 5\nx.t 60 A 1.2.3.4\0junk\n' >"$BATS_TEST_TMPDIR/zone"
  run -2 client ch08_names/dns_server 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  assert_output --partial "zone:2: not an address of that kind"
  start_with_zone 't 60 SOA a b 1 2 3 4 5'
  run client ch08_names/dns_query 127.0.0.1 "$port" < <(printf '9.8.7.6\0no PTR\n')
  refute_output --partial in-addr.arpa
}

@test "a zone file may begin with a byte order mark and have the lines of Windows" {
  printf '\xef\xbb\xbftest 60 SOA ns.test me.test 1 1 1 1 1\r\nwww.test 60 A 192.0.2.1\r\n' >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 ask www.test
  assert_line "  answer www.test 60 A 192.0.2.1"
}

# RFC 1035 5.2: "Exactly one SOA RR should be present at the top of the zone."
@test "a record that is in no zone is an error, and so is a file without a record" {
  local zone
  for zone in "www.test 60 A 192.0.2.1" $'test 60 SOA ns.test me.test 1 1 1 1 1\nwww.tset 60 A 192.0.2.1' \
    $'www.test 60 SOA ns.test me.test 1 1 1 1 1\ntest 60 A 192.0.2.1'; do
    echo "$zone" >"$BATS_TEST_TMPDIR/zone"
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
    assert_output --regexp "zone: [a-z.]+ is in no zone: neither it nor a name above it has an SOA record"
  done
  for zone in '' '; nothing'; do
    echo "$zone" >"$BATS_TEST_TMPDIR/zone"
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
    assert_output --partial "zone: there is no record in it"
  done
}

# If each were compared with all before it, this would take minutes.
@test "twenty thousand records of one name do not hold up the start" {
  {
    echo "test 60 SOA ns.test me.test 1 1 1 1 1"
    seq 0 19999 | awk '{ printf "many.test 60 A 10.0.%d.%d\n", $1 / 256, $1 % 256 }'
    seq 0 19999 | awk '{ printf "MANY.test 60 A 10.0.%d.%d\n", $1 / 256, $1 % 256 }'
    echo "www.test 60 A 192.0.2.1"
    echo "www.test 60 A 192.0.2.1"
  } >"$BATS_TEST_TMPDIR/zone"
  start_server "$contract" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  run -0 ours www.test A
  assert_output "www.test 60 A 192.0.2.1"
  echo "many.test 60 CNAME www.test" >>"$BATS_TEST_TMPDIR/zone"
  run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
  assert_output --partial ":40004: an alias has no other record"
}

@test "the error for a bad zone file names the line" {
  local line
  for line in "www.example.test A 192.0.2.1" "www.example.test 60 MX 10" "www.example.test 60 A 300.1.1.1" \
    "www.example.test 60 AAAA 192.0.2.1" "a..b 60 A 192.0.2.1" "web.test 60 CNAME a b" \
    "test 60 SOA ns.test me.test 1 2 3" "test 60 CNAME web.test" \
    "test 60 SOA ns.test me.test 2 2 2 2 2" "www.example.test 2147483648 A 192.0.2.1" \
    "two.test 61 A 192.0.2.2" "two.test 61 A 192.0.2.1" "@ 60 SOA ns.test me.test 1 1 1 1 1" \
    "test 60 NS @" 'www.test 60 CNAME @ ; the zone'; do
    printf '%s\n' "two.test 60 A 192.0.2.1" "test 60 SOA ns.test me.test 1 1 1 1 1" "$line" >"$BATS_TEST_TMPDIR/zone"
    run -2 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/zone"
    assert_output --partial "zone:3: "
  done
  run -1 timeout 20 "$(program "$contract")" 0 127.0.0.1 "$BATS_TEST_TMPDIR/nosuch"
  assert_output --partial "No such file or directory"
  run -1 timeout 20 "$(program "$contract")" 0 127.0.0.1 /
  assert_output "dns_server: read /: Is a directory"
}

# Linux sends to the loopback address instead, and the answer comes from there.
@test "a server at the address of all zeros is this machine" {
  start_server "$contract"
  run -0 client ch08_names/dns_query 0.0.0.0 "$port" <<<"www.example.test"
  assert_line "  answer www.example.test 300 A 192.0.2.1"
}

@test "it answers over IPv6 too" {
  ipv6_or_skip
  start_server "$contract" 0 ::1
  run -0 client ch08_names/dns_query ::1 "$port" <<<"www.example.test"
  assert_line "  answer www.example.test 300 A 192.0.2.1"
  run -0 client ch08_names/dns_query :: "$port" <<<"www.example.test"
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
