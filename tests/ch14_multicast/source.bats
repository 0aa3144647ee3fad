#!/usr/bin/env bats
# source_receiver: memberships for one source, and IPv6.

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab routed
  cd "$BATS_TEST_TMPDIR" || return
  group=232.$((RANDOM % 256)).$((RANDOM % 256)).$((RANDOM % 254 + 1))
  receivers=()
}
teardown() {
  end_server
  for server_pid in "${receivers[@]}"; do end_server; done
}

# receiver NAME [ARGUMENT...]: starts one more; its output goes to NAME.log.
receiver() {
  log_file=$PWD/$1.log PYTHONUNBUFFERED=1 start_server ch14_multicast/source_receiver "${@:2}"
  receivers+=("$server_pid")
  # A stranger may bind before it joins.
  [[ -z ${JUDGED:-} ]] || patience=1 eventually is_listed || true
}
is_listed() { ip -4 maddress show dev lo | grep -qwF "$group"; }
# Every address of 127.0.0.0/8 is this host, so it can be two sources.
send() { did "sent to $group from $2: $1" && client ch14_multicast/multicast_sender "$group" "$port" --interface "$2" <<<"$1"; }

heard() {
  eventually grep -qE "^from $2:[0-9]+: $3\$" "$1.log" ||
    fail "receiver $1 printed no line 'from $2:PORT: $3', but: $(<"$1.log")"
}

# hint: Join with MCAST_JOIN_SOURCE_GROUP, once for the source; a membership of the whole group takes everybody's packets.
# page: ch14_multicast/README.md#one-source-and-ipv6
# judges: ch14_multicast/source_receiver
@test "a member for one source gets nothing from others" {
  receiver one 0 "$group" 127.0.0.1
  receiver other "$port" "$group" 127.0.0.2
  receiver all "$port" "$group"
  send "by the first" 127.0.0.1
  send "by the second" 127.0.0.2
  heard one 127.0.0.1 "by the first"
  heard other 127.0.0.2 "by the second"
  heard all 127.0.0.1 "by the first"
  heard all 127.0.0.2 "by the second"
  run ! grep second one.log
  run ! grep first other.log
}

@test "a member for one source gets nothing that another program has joined on another interface" {
  scene() {
    local sender
    start r one "$(program ch14_multicast/source_receiver)" 9190 232.1.1.1 10.1.1.2 --interface r1
    start r all "$(program ch14_multicast/source_receiver)" 9190 232.1.1.1 --interface r2
    sender=$(program ch14_multicast/multicast_sender)
    on h2 "$sender" 232.1.1.1 9190 --interface 10.1.2.2 <<<"by a stranger"
    says all '^from 10\.1\.2\.2:[0-9]+: by a stranger$'
    on h1 "$sender" 232.1.1.1 9190 --interface 10.1.1.2 <<<"by the source"
    says one '^from 10\.1\.1\.2:[0-9]+: by the source$'
  }
  play scene
  never_said one stranger
  never_said all source
}

@test "the report for one source names it" {
  local report='^01:00:5e:00:00:16 ttl 1 protocol 2 10\.1\.2\.2 > 224\.0\.0\.22 22 00 .. .. 00 00 00 01'
  scene() {
    capture r r2
    start h2 h2 "$(program ch14_multicast/source_receiver)" 9190 232.1.1.1 10.1.1.2 --interface v2
    # type 5, allow new sources; one of them; group 232.1.1.1, source 10.1.1.2
    passes r2 "$1 05 00 00 01 e8 01 01 01 0a 01 01 02"
  }
  play scene "$report"
}

# The record in an MLD report of version 2 is like that of IGMP.
@test "an IPv6 receiver joins by MLD, receives, and leaves" {
  scene() {
    capture r r2
    start h2 h2 "$(program ch14_multicast/source_receiver)" 9190 ff15::1:1 --interface v2
    local receiver=$!
    capture h2 v2
    eventually grep -qE '^ 33 33 00 00 00 16 .* 04 00 00 00 ff 15( 00){11} 01 00 01' r2.log
    on r "$(program ch14_multicast/multicast_sender)" ff15::1:1 9190 --interface r2 <<<hello
    says h2 '^from \[fd00:2::1\]:[0-9]+: hello$'
    eventually grep -qE '^ 33 33 00 01 00 01 .* 86 dd 60 .. .. .. .. .. 11 01 ' v2.log
    kill "$receiver"
    eventually grep -qE '^ 33 33 00 00 00 16 .* 03 00 00 00 ff 15( 00){11} 01 00 01' r2.log
  }
  play scene
}

@test "with LOOP 0 an IPv6 member on the sender's own host gets nothing" {
  scene() {
    start h2 h2 "$(program ch14_multicast/source_receiver)" 9190 ff15::1:1 --interface v2
    start r r "$(program ch14_multicast/source_receiver)" 9190 ff15::1:1 --interface r2
    on r "$(program ch14_multicast/multicast_sender)" ff15::1:1 9190 --interface r2 --loop 0 --ttl 9 <<<others
    on r "$(program ch14_multicast/multicast_sender)" ff15::1:1 9190 --interface r2 <<<all
    says r all
    says h2 all
  }
  play scene
  grep -q others h2.log
  never_said r others
}

@test "on the loopback IPv6 multicast needs a route" {
  alone() {
    "$(program ch14_multicast/multicast_sender)" ff15::1:1 9190 <<<lost || echo "status $?"
    ip -6 route add local ff00::/8 dev lo
    "$(program ch14_multicast/source_receiver)" 9190 ff15::1:1 --seconds 1 &
    eventually eval '[[ -n $(ss -Hlun "sport = :9190") ]]'
    "$(program ch14_multicast/multicast_sender)" ff15::1:1 9190 <<<heard
    wait
  }
  privately alone
  assert_line --index 0 "multicast_sender: sendto [ff15::1:1]:9190: Network is unreachable"
  assert_line --index 1 --partial "ip -6 route"
  assert_line --regexp '^from \[::1\]:[0-9]+: heard$'
}

@test "an impossible join is an error, some with a hint" {
  run -1 client ch14_multicast/source_receiver 0 127.0.0.1
  assert_line --index 0 "source_receiver: setsockopt MCAST_JOIN_GROUP: Invalid argument"
  run -1 client ch14_multicast/source_receiver 0 "$group" --interface nosuch
  assert_line --index 0 "source_receiver: if_nametoindex nosuch: No such device"
  assert_line --index 1 --partial "ip address"
  run -1 client ch14_multicast/multicast_sender ff15::1:1 9190 --interface 127.0.0.1
  assert_line --index 0 "multicast_sender: if_nametoindex 127.0.0.1: No such device"
  run -2 client ch14_multicast/source_receiver 0 "$group" nobody
  assert_line --index 0 "source_receiver: not an IP address: 'nobody'"
  run -2 client ch14_multicast/source_receiver 0 "$group" 127.0.0.1 more
  run -2 client ch14_multicast/source_receiver 0 "$group" --ttl 1
}

@test "a signal ends the receiver at once, silence ends it after its time" {
  start_server ch14_multicast/source_receiver 0 "$group"
  stop_server
  start_server ch14_multicast/source_receiver 0 "$group" --seconds 1
  server_ends_with 0
}

@test "a group and a source of two families are wrong usage" {
  run -2 client ch14_multicast/source_receiver 0 ff3e::1 127.0.0.1
  assert_line --index 0 "source_receiver: GROUP and SOURCE must both be IPv4 or both IPv6"
  run -2 client ch14_multicast/source_receiver 0 232.1.1.1 ::1
}
