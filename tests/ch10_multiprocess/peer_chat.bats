#!/usr/bin/env bats
# peer_chat_server and peer_chat_client: each side sees what the other types, and both end together.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  kill -KILL -- "-${server_group:-}" "-${client_group:-}" 2>/dev/null || true
}

# a_chat: starts both sides; descriptors 8 (server) and 9 (client) are their keyboards.
a_chat() {
  mkfifo server.keys client.keys
  set -m
  "$(program ch10_multiprocess/peer_chat_server)" 0 <server.keys >server.said 2>&1 3>&- 4>&- &
  server_group=$!
  exec 8>server.keys
  eventually grep -q '^listening on ' server.said
  port=$(sed -n 's/^listening on .*://p' server.said)
  "$(program ch10_multiprocess/peer_chat_client)" 127.0.0.1 "$port" <client.keys >client.said 2>&1 3>&- 4>&- 8>&- &
  client_group=$!
  exec 9>client.keys
  set +m
  eventually grep -q '^connected ' server.said
}
said() { eventually grep -qxF "$2" "$1.said"; }
both_are_gone() {
  eventually group_is_gone "$server_group"
  eventually group_is_gone "$client_group"
}

@test "what one person types the other sees, in any order" {
  a_chat
  echo "from the client" >&9
  said server "from the client"
  echo "one" >&8
  echo "two" >&8
  said client one
  said client two
  exec 8>&- 9>&-
  both_are_gone
}

@test "Ctrl-D of the client ends both sides, without a zombie or an orphan" {
  a_chat
  exec 9>&-
  said server "SIGUSR1: the other side has ended"
  both_are_gone
  wait "$server_group"
  wait "$client_group"
}

@test "Ctrl-D of the server ends both sides too" {
  a_chat
  exec 8>&-
  said client "SIGUSR1: the other side has ended"
  both_are_gone
  wait "$server_group"
  wait "$client_group"
}

@test "a peer that is killed ends the other side" {
  a_chat
  echo hello >&9
  said server hello
  kill -KILL -- "-$client_group"
  said server "SIGUSR1: the other side has ended"
  eventually group_is_gone "$server_group"
  wait "$server_group"
}

@test "the parent ends its child by a signal" {
  mkfifo server.keys
  set -m
  env "ASAN_OPTIONS=detect_leaks=0" timeout 20 strace -f -qq -o calls -e trace=kill "$(program ch10_multiprocess/peer_chat_server)" 0 <server.keys >server.said 2>&1 3>&- 4>&- &
  server_group=$!
  set +m
  exec 8>server.keys
  eventually grep -q '^listening on ' server.said
  timeout 20 socat -u OPEN:/dev/null "TCP:$(sed -n 's/^listening on //p' server.said)"
  eventually grep -q 'kill([0-9]*, SIGUSR1) *= 0' calls
  eventually group_is_gone "$server_group"
  exec 8>&-
}

@test "the server takes one client only" {
  a_chat
  run -1 client ch10_multiprocess/peer_chat_client 127.0.0.1 "$port" </dev/null
  assert_output --partial "Connection refused"
  exec 8>&- 9>&-
}

@test "wrong arguments are wrong usage" {
  run -2 client ch10_multiprocess/peer_chat_server abc
  run -2 client ch10_multiprocess/peer_chat_client 127.0.0.1 0
}
