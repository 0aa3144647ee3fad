#!/usr/bin/env bats
# broadcast_sender and broadcast_receiver on the loopback; routed.bats has them in several networks.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
  receivers=()
}
teardown() {
  end_server
  for server_pid in "${receivers[@]}"; do end_server; done
}

# receiver NAME [ARGUMENT...]: starts one more; its output goes to NAME.log.
receiver() {
  log_file=$PWD/$1.log PYTHONUNBUFFERED=1 start_server ch14_multicast/broadcast_receiver "${@:2}"
  receivers+=("$server_pid")
}
send() { did "sent to ${2:-127.255.255.255}: $1" && client ch14_multicast/broadcast_sender "${2:-127.255.255.255}" "$port" <<<"$1"; }
heard() {
  eventually grep -qx "from 127\.0\.0\.1:[0-9]*: $2" "$1.log" ||
    fail "receiver $1 printed no line 'from 127.0.0.1:PORT: $2', but: $(<"$1.log")"
}

# hint: The sender needs SO_BROADCAST; each receiver sets SO_REUSEADDR, and binds to the broadcast address or to 0.0.0.0.
# page: ch14_multicast/README.md#broadcast
# judges: ch14_multicast/broadcast_receiver ch14_multicast/broadcast_sender
# bats test_tags=first
@test "every receiver of the port gets a broadcast" {
  receiver one
  receiver two "$port"
  receiver all "$port" 0.0.0.0
  send $'first\nsecond'
  local name
  for name in one two all; do
    heard "$name" first
    heard "$name" second
  done
}

# judges: ch14_multicast/broadcast_receiver
@test "a receiver bound to the host's own address gets no broadcast" {
  receiver own 0 127.0.0.1 1
  receiver all "$port"
  send hello
  heard all hello
  eventually grep -qx "silence for 1 second" own.log
  run ! grep ^from own.log
}

# hint: The address that you bind to chooses what you get. Bind to the one that you are given.
# page: ch14_multicast/README.md#broadcast
# judges: ch14_multicast/broadcast_receiver
@test "a receiver bound to the broadcast address gets only broadcasts" {
  receiver all 0 0.0.0.0
  receiver broadcasts "$port" # of two that may have a datagram to one host, the later one gets it
  send "to one host" 127.0.0.1
  send "to all hosts"
  heard broadcasts "to all hosts"
  run ! grep "to one host" broadcasts.log
  heard all "to one host"
}

# judges: ch14_multicast/broadcast_sender
@test "without SO BROADCAST the kernel refuses, and a hint says what to do" {
  run -0 client ch14_multicast/broadcast_sender 127.255.255.255 9190 <<<hello
  run -1 client ch14_multicast/broadcast_sender 127.255.255.255 9190 plain <<<hello
  assert_output "broadcast_sender: sendto 127.255.255.255:9190: Permission denied
a broadcast address needs SO_BROADCAST; a route may prohibit others: ip route"
}

@test "a datagram to one host needs no SO BROADCAST" {
  receiver one 0 127.0.0.1
  client ch14_multicast/broadcast_sender 127.0.0.1 "$port" plain <<<hello
  heard one hello
}

# hint: The receiver prints what anybody sends, and the sender before it.
# page: ch14_multicast/README.md#broadcast
# judges: ch14_multicast/broadcast_receiver
@test "a broadcast of another program arrives too" {
  receiver one
  printf stranger | socat - "UDP4-DATAGRAM:127.255.255.255:$port,broadcast,shut-none"
  heard one stranger
}

# judges: ch14_multicast/broadcast_receiver
@test "a signal ends the receiver at once, silence ends it after its time" {
  start_server ch14_multicast/broadcast_receiver
  stop_server
  start_server ch14_multicast/broadcast_receiver 0 127.255.255.255 1
  server_ends_with 0
}

@test "wrong arguments are wrong usage" {
  run -2 client ch14_multicast/broadcast_receiver 0 127.255.255.255 1 more
  assert_line --index 0 "broadcast_receiver: too many arguments: 'more'"
  run -2 client ch14_multicast/broadcast_receiver 0 127.255.255.255 0
  run -2 client ch14_multicast/broadcast_receiver abc
  run -2 client ch14_multicast/broadcast_sender 127.255.255.255 9190 loud
  assert_line --index 0 "broadcast_sender: 'loud' is none of: plain"
  run -2 client ch14_multicast/broadcast_sender 127.255.255.255 0
}
