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

# both_talk: a message in each direction.
both_talk() {
  echo "from the client" >&9
  said server "from the client"
  echo "from the server" >&8
  said client "from the server"
}

@test "Ctrl-D of the client ends both sides, without a zombie or an orphan" {
  a_chat
  both_talk
  exec 9>&-
  said server "SIGUSR1: the other side has ended"
  both_are_gone
  wait "$server_group"
  wait "$client_group"
}

# The notes' buffer has 1024 bytes, and what is in it from the last message.
@test "Ctrl-D of either side ends both, and a message is whole, however long the one before was" {
  local long closes other
  printf -v long 'x%.0s' {1..1024}
  for closes in client server; do
    mkdir "$BATS_TEST_TMPDIR/$closes"
    cd "$BATS_TEST_TMPDIR/$closes"
    a_chat
    both_talk
    printf '%s\nshort\n' "$long" >&9
    said server "$long"
    said server short
    printf '%s\nshort\n' "$long" >&8
    said client "$long"
    said client short
    if [[ $closes == client ]]; then
      other=server
      exec 9>&-
    else
      other=client
      exec 8>&-
    fi
    said "$other" "SIGUSR1: the other side has ended"
    both_are_gone
    wait "$server_group"
    wait "$client_group"
    exec 8>&- 9>&-
  done
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

@test "a line that is too long ends the chat with an error" {
  a_chat
  head -c 5000 /dev/zero | tr '\0' x >&9
  said server "peer_chat_server: a line longer than 4096 bytes"
  both_are_gone
  local status=0
  wait "$server_group" || status=$?
  assert_equal "$status" 1
  exec 8>&- 9>&-
}

# The server under strace; the peer, a socat, is the only client.
@test "the child sends what is typed, the parent prints what comes, and ends its child by a signal" {
  traced -f -y -o calls -e trace=setsockopt,read,recvfrom,sendto,kill
  mkfifo server.keys peer.keys
  set -m
  timeout --foreground 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/peer_chat_server)" 0 <server.keys >server.said 2>&1 3>&- 4>&- &
  server_group=$!
  set +m
  exec 8>server.keys
  eventually grep -q '^listening on ' server.said
  local address
  address=$(sed -n 's/^listening on //p' server.said)
  timeout 30 socat - "TCP:$address" <peer.keys >peer.said 3>&- 8>&- &
  exec 9>peer.keys
  echo typed >&8
  eventually grep -qsx typed peer.said
  echo sent >&9
  said server sent
  run -1 client ch10_multiprocess/peer_chat_client "${address%:*}" "${address##*:}" </dev/null
  assert_output --partial "Connection refused"
  exec 9>&-
  eventually group_is_gone "$server_group"
  exec 8>&-
  grep -qx "SIGUSR1: the other side has ended" server.said
  local parent child
  parent=$(awk 'NR == 1 { print $1 }' calls)
  child=$(awk '/sendto/ { print $1 }' calls | sort -u)
  assert_equal "$(wc -w <<<"$child")" 1
  refute [ "$child" = "$parent" ]
  assert_equal "$(awk '/(read|recvfrom)\([0-9]+<(TCP|socket):/ { print $1 }' calls | sort -u)" "$parent"
  grep -qE "^$parent +kill\\($child, SIGUSR1" calls
  grep -qE "^$parent +setsockopt\\(.*, SOL_SOCKET, SO_REUSEADDR, \\[1\\], 4\\) = 0" calls
  # A child that signals its parent asks for its number by getppid.
  run -0 client ch10_multiprocess/orphan subreaper
  assert_line --regexp "^orphan [0-9]+: .*, now it is ${lines[0]#I am }\$"
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
