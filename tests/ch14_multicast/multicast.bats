#!/usr/bin/env bats
# multicast_sender and multicast_receiver on the loopback, which needs no rights. All tests of a
# machine share its loopback, so each test takes a group of its own.

setup() {
  load ../harness.bash
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
  log_file=$PWD/$1.log PYTHONUNBUFFERED=1 start_server ch14_multicast/multicast_receiver "${@:2}"
  receivers+=("$server_pid")
  # A stranger may bind before it joins.
  [[ -z ${JUDGED:-} ]] || patience=1 eventually is_listed "$3" || true
}
is_listed() { ip -4 maddress show dev lo | grep -qwF "$1"; }
# On the loopback a datagram arrives before send returns. So when a later line is in the log and an
# earlier one is not, the earlier one did not come.
send() { did "sent to $group: $1" && client ch14_multicast/multicast_sender "$group" "$port" "${@:2}" <<<"$1"; }
heard() {
  eventually grep -qE "^from 127\.0\.0\.1:[0-9]+: $2\$" "$1.log" ||
    fail "receiver $1 printed no line 'from 127.0.0.1:PORT: $2', but: $(<"$1.log")"
}
not_heard() { run ! grep -qF "$2" "$1.log" || fail "receiver $1 printed: $(grep -F "$2" "$1.log")"; }
silent() { run ! grep '^from' "$1.log"; }

# hint: Join the group on the loopback (127.0.0.1), at the receiver and at the sender. Print a line for each datagram at once.
# page: ch14_multicast/README.md#a-group-and-its-members
# judges: ch14_multicast/multicast_receiver ch14_multicast/multicast_sender
# bats test_tags=first
@test "a member of a group gets each message" {
  receiver one 0 "$group"
  send $'first\nsecond\nthird'
  heard one first
  heard one second
  heard one third
}

@test "a member of a group receives its messages" {
  receiver one 0 "$group"
  send $'first\nsecond\n\nfourth'
  heard one fourth
  run -0 sed 's/:[0-9]*//' one.log
  assert_output "listening on $group
joined $group on 127.0.0.1
from 127.0.0.1: first
from 127.0.0.1: second
from 127.0.0.1: 
from 127.0.0.1: fourth"
}

# hint: Several sockets may share a port if each sets SO_REUSEADDR before bind.
# page: ch14_multicast/README.md#a-group-and-its-members
# judges: ch14_multicast/multicast_receiver
@test "several receivers share a port, and each gets a copy" {
  receiver one 0 "$group"
  receiver two "$port" "$group"
  receiver three "$port" "$group"
  send hello
  heard one hello
  heard two hello
  heard three hello
}

# hint: A socket may join several groups, each with a setsockopt of its own. It can be bound to one address only: to which?
# page: ch14_multicast/README.md#a-group-and-its-members
# judges: ch14_multicast/multicast_receiver
@test "a receiver may join two groups" {
  receiver both 0 "$group" 239.255.1.1
  send "to the one"
  group=239.255.1.1 send "to the other"
  heard both "to the one"
  heard both "to the other"
}

@test "without a member nothing arrives, and no send fails" {
  receiver one 0 "$group" --join 0 --seconds 1
  send "to nobody"
  eventually grep -qx "silence for 1 second" one.log
  silent one
}

# judges: ch14_multicast/multicast_receiver
@test "a receiver that has not joined gets what others on its host have joined" {
  receiver member 0 "$group"
  receiver stranger "$port" "$group" --join 0
  receiver wildcard "$port" "$group" 239.255.1.1 --join 0
  send overheard
  heard member overheard
  heard stranger overheard
  heard wildcard overheard
}

# judges: ch14_multicast/multicast_receiver
@test "with IP MULTICAST ALL 0 only a member receives, with 1 others of its host too" {
  receiver member 0 "$group"
  receiver overhears "$port" "$group" --join 0
  receiver stranger "$port" "$group" --join 0 --all 0 --seconds 1
  receiver other "$port" 239.255.1.1 239.255.1.2 --all 0 --seconds 1
  send "for members"
  heard member "for members"
  heard overhears "for members"
  eventually grep -q "silence" stranger.log
  eventually grep -q "silence" other.log
  silent stranger
  silent other
}

# hint: To join filters nothing: the host gets all groups of its members. Bind to the group, or switch IP_MULTICAST_ALL off.
# page: ch14_multicast/README.md#a-receiver-that-has-not-joined
# judges: ch14_multicast/multicast_receiver
@test "a receiver bound to one group does not get another" {
  receiver one 0 "$group"
  receiver two "$port" 239.255.1.1
  send before
  heard one before
  group=239.255.1.1 send after
  heard two after
  not_heard one after
  not_heard two before
}

# judges: ch14_multicast/multicast_receiver
@test "a receiver that has left gets nothing more" {
  receiver stays 0 "$group"
  receiver never "$port" "$group" --join 0 --all 0 --seconds 1
  receiver leaves "$port" "$group" --leave-after 1 --all 0 --seconds 1
  send first
  heard leaves first
  eventually grep -qx "left $group on 127.0.0.1" leaves.log
  send late
  heard stays late
  eventually grep -q silence leaves.log
  run ! grep late leaves.log
  # And who has not joined got none of them.
  eventually grep -q silence never.log
  silent never
}

# judges: ch14_multicast/multicast_receiver
@test "the kernel lists a group while it has a member" {
  listed() { ip -4 maddress show dev lo | grep -qwF "$group"; }
  not_listed() { ! listed; }
  not_listed
  receiver one 0 "$group" --leave-after 1
  listed
  send leave
  eventually not_listed
}

# judges: ch14_multicast/multicast_receiver
@test "the membership is an ip mreq with group and interface" {
  traced -e trace=setsockopt
  start_server ch14_multicast/multicast_receiver 0 "$group"
  wait_for_log "setsockopt(3, SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr(\"$group\"), imr_interface=inet_addr(\"127.0.0.1\")}, 8) = 0"
  run -1 client ch14_multicast/multicast_receiver 0 "$group" --interface 192.0.2.77
  assert_line --index 0 "multicast_receiver: setsockopt IP_ADD_MEMBERSHIP $group: No such device"
}

# judges: ch14_multicast/multicast_receiver
@test "an impossible join is an error with a hint" {
  run -1 client ch14_multicast/multicast_receiver 0 127.0.0.1
  assert_line --index 0 "multicast_receiver: setsockopt IP_ADD_MEMBERSHIP 127.0.0.1: Invalid argument"
  run -1 client ch14_multicast/multicast_receiver 0 "$group" "$group"
  assert_line --index 0 "multicast_receiver: setsockopt IP_ADD_MEMBERSHIP $group: Address already in use"
  assert_line --index 1 "this socket has joined that already"
  run -1 client ch14_multicast/multicast_receiver 0 "$group" --interface 192.0.2.77
  assert_line --index 0 "multicast_receiver: setsockopt IP_ADD_MEMBERSHIP $group: No such device"
  assert_line --index 1 --partial "ip address"
  run -1 client ch14_multicast/multicast_sender "$group" --interface 192.0.2.77
  assert_line --index 0 "multicast_sender: setsockopt IP_MULTICAST_IF: Cannot assign requested address"
  assert_line --index 1 --partial "ip address"
}

# judges: ch14_multicast/multicast_sender
@test "without a route the sender says what is missing" {
  private_networks_or_skip
  run -1 in_private_network "$(program ch14_multicast/multicast_sender)" 239.1.1.1 9190 --interface 0.0.0.0 <<<"x"
  assert_line --index 0 "multicast_sender: sendto 239.1.1.1:9190: Network is unreachable"
  assert_line --index 1 --partial "ip route"
}

@test "a group of IPv4 in an address of IPv6 is refused, its interface and TTL could not be chosen" {
  run -1 client ch14_multicast/multicast_sender "::ffff:$group" 9190 --ttl 7 <<<lost
  assert_line --index 0 "multicast_sender: sendto [::ffff:$group]:9190: Network is unreachable"
}

@test "a TCP connect to a group fails" {
  run -1 client ch04_tcp/echo_client "$group" 9190
  assert_output "echo_client: connect $group:9190: Network is unreachable
no route leads there: ip route; ip -6 route (TCP reaches no group, no broadcast address)"
}

# hint: Nothing but the text is in a datagram, and it goes out on the loopback interface.
# page: ch14_multicast/README.md#a-group-and-its-members
# judges: ch14_multicast/multicast_receiver ch14_multicast/multicast_sender
@test "other programs can send to the group and receive from it" {
  receiver one 0 "$group"
  printf 'from a stranger' | socat - "UDP4-DATAGRAM:$group:$port,ip-multicast-if=127.0.0.1,shut-none"
  heard one "from a stranger"
  set -m
  socat -u "UDP4-RECV:$port,reuseaddr,ip-add-membership=$group:127.0.0.1" CREATE:stranger.txt 3>&- &
  receivers+=("$!")
  set +m
  eventually eval '(($(ss -Hlun "sport = :$port" | wc -l) == 2))'
  send "to a stranger"
  eventually grep -q "to a stranger" stranger.txt
}

# judges: ch14_multicast/multicast_receiver
@test "control characters in a datagram do not reach the terminal" {
  receiver one 0 "$group"
  send $'red \e[31m'
  heard one 'red \?\[31m'
}

# judges: ch14_multicast/multicast_receiver
@test "a signal ends a receiver at once, silence ends it after its time" {
  start_server ch14_multicast/multicast_receiver 0 "$group"
  stop_server
  start_server ch14_multicast/multicast_receiver 0 "$group" --seconds 1
  server_ends_with 0
}

@test "wrong arguments are wrong usage" {
  run -2 client ch14_multicast/multicast_receiver 0 "$group" --ttl 3
  assert_line --index 0 "multicast_receiver: there is no option '--ttl'"
  run -2 client ch14_multicast/multicast_receiver 0 ::1
  run -2 client ch14_multicast/multicast_receiver 70000
  run -2 client ch14_multicast/multicast_sender "$group" 9190 more
  assert_line --index 0 "multicast_sender: too many arguments: 'more'"
  run -2 client ch14_multicast/multicast_sender --ttl
  assert_line --index 0 "multicast_sender: --ttl needs a value"
  run -2 client ch14_multicast/multicast_sender --ttl 1 --ttl 2
  run -2 client ch14_multicast/multicast_sender --ttl 256
  run -2 client ch14_multicast/multicast_sender --loop 2
  run -2 client ch14_multicast/multicast_sender "$group" 0
  run -2 client ch14_multicast/multicast_sender --interface lo
}
