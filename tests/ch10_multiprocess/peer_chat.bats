#!/usr/bin/env bats
# peer_chat_server and peer_chat_client: each side sees what the other types, and both end together.

setup() {
  load ../harness.bash
  load ../echo.bash
  load ../screen.bash
  load ../ch04_tcp/messages.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  end_server
  kill -KILL -- "-${server_group:-}" "-${client_group:-}" 2>/dev/null || true
}

# a_server: peer_chat_server; descriptor 8 is its keyboard. a_client: peer_chat_client, and 9. The array tracer, if set,
# comes before each.
a_server() {
  mkfifo server.keys
  exec 8<>server.keys
  # A judge shows what the server has said.
  local log=${STORY:-$PWD/the_server}.log
  ln -s "$log" server.said
  a_screen server
  # shellcheck disable=SC2016  # for the other shell
  server_wrapper=(bash -c 'exec <server.keys >server.screen 2>&1 8>&- 9>&-; exec "$@"' - "${tracer[@]}")
  log_file=$log start_server ch10_multiprocess/peer_chat_server
}
a_client() {
  mkfifo client.keys
  exec 9<>client.keys
  a_screen client
  find_program ch10_multiprocess/peer_chat_client
  did "started ch10_multiprocess/peer_chat_client"
  set -m
  "${tracer[@]}" "$found" 127.0.0.1 "$port" <client.keys >client.screen 2>&1 3>&- 4>&- 8>&- 9>&- &
  client_group=$!
  set +m
}

# a_chat: starts both sides; both are connected. (A socket without a process waits in the queue of the listener.)
a_chat() {
  a_server
  a_client
  eventually both_are_connected || { echo "the client has not connected, or the server has not accepted it"; return 1; }
}
both_are_connected() {
  local sockets
  sockets=$(ss -Htnp state established "sport = :$port")
  [[ $sockets == *users:* ]]
}

# types FD WHO LINE: on the keyboard of the server (8) or of the client (9).
types() {
  did "typed at the $2: ${3:0:40}"
  printf '%s\n' "$3" >&"$1"
}
# said WHO LINE: that is on its screen.
said() {
  eventually grep -qxF -- "$2" "$1.said" || {
    echo "it was not on the screen of the $1: ${2:0:40}"
    echo "on it was:"
    tail -n 4 "$1.said" | cut -c 1-60
    return 1
  }
}
# ours_said WHO LINE: a judge looks at processes, not at our words.
ours_said() { [[ -n ${JUDGED:-} && -z ${PROMISES:-} ]] || said "$@"; }
# shows WHO LINE...: these are the last lines on its screen, from their first to their last byte.
shows() {
  local expected
  expected=$(printf '%s\n' "${@:2}")
  eventually screen_ends_with "$1" "$expected" || {
    echo "the last lines on the screen of the $1 (the first 40 letters of each):"
    assert_equal "$(tail -n $(($# - 1)) "$1.said" | cut -c 1-40)" "$(cut -c 1-40 <<<"$expected")"
    echo "but they are longer, or shorter"
    return 1
  }
}
screen_ends_with() { [[ $(tail -n "$(wc -l <<<"$2")" "$1.said") == "$2" ]]; }

# both_are_gone: without a zombie or an orphan, and without an error.
both_are_gone() {
  local what=("the server" "the client") group=("$server_pid" "$client_group") i status
  for i in 0 1; do
    eventually group_is_gone "${group[i]}" || {
      echo "${what[i]} goes on: $(pgrep -c -g "${group[i]}") of its processes are left"
      return 1
    }
  done
  server_ends_with 0
  status=0
  wait "$client_group" || status=$?
  client_group=
  ((!status)) || may_end_with ch10_multiprocess/peer_chat_client "$status" ||
    { echo "the client ended with status $status"; return 1; }
}

# both_talk: a message in each direction.
both_talk() {
  types 9 client "from the client"
  said server "from the client"
  types 8 server "from the server"
  said client "from the server"
}

# hint: Two things may come next, a line from the keyboard or one from the other side. Wait for both at once, and send each line with its end.
# page: ch10_multiprocess/README.md#a-chat-between-two-people
# bats test_tags=first
@test "what one person types the other sees, in any order" {
  a_chat
  types 9 client "from the client"
  said server "from the client"
  types 8 server one
  types 8 server two
  said client one
  said client two
  types 8 server three
  said client three
  exec 8>&- 9>&-
}

# hint: Ctrl-D ends the stream only by shutdown, because another process holds the socket too. The other side reads the end, and must not wait for its keyboard then.
# page: ch10_multiprocess/README.md#a-chat-between-two-people
# judges: ch10_multiprocess/peer_chat_server ch10_multiprocess/peer_chat_client
@test "Ctrl-D of the client ends both sides, without a zombie or an orphan" {
  a_chat
  both_talk
  did "typed Ctrl-D at the client"
  exec 9>&-
  ours_said server "SIGUSR1: the other side has ended"
  both_are_gone
}

# hint: Ctrl-D ends the stream only by shutdown, because another process holds the socket too. The other side reads the end, and must not wait for its keyboard then.
# page: ch10_multiprocess/README.md#a-chat-between-two-people
@test "Ctrl-D of the server ends both sides too" {
  a_chat
  both_talk
  did "typed Ctrl-D at the server"
  exec 8>&-
  ours_said client "SIGUSR1: the other side has ended"
  both_are_gone
}

# hint: read returns how many bytes have come. What the buffer held before is behind them.
# page: ch04_tcp/README.md#one-message-is-not-one-read
@test "a message is whole, however long the one before was" {
  local long
  printf -v long 'x%.0s' {1..1000}
  a_chat
  types 9 client "$long"
  said server "$long"
  types 9 client short
  shows server "$long" short
  types 8 server "$long"
  said client "$long"
  types 8 server short
  shows client "$long" short
}

# The notes' buffer has 1024 bytes, and what is in it from the last message.
@test "Ctrl-D of either side ends both, and a message is whole, however long the one before was" {
  local long closes other tracer
  printf -v long 'x%.0s' {1..1024}
  traced -ff -y -o calls -e trace=shutdown,read,recvfrom,sendto,kill,wait4
  tracer=("${server_wrapper[@]}")
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
    # Ctrl-D ends the one direction of the one side.
    run -0 sed -nE 's/^shutdown\(.*, (.*)\) += /\1 /p' calls.*
    assert_output "SHUT_WR 0"
    # On each side one process sends; another prints what comes, and signals the first.
    assert_equal "$(those_with 'sendto\(' | wc -l)" 2
    assert_equal "$(those_with '(read|recvfrom)\([0-9]+<(TCP|socket):')" "$(those_with 'kill\([0-9]+, SIGUSR1\)')"
    assert_equal "$(sort -u <(those_with 'sendto\(') <(those_with 'kill\([0-9]+, SIGUSR1\)') | wc -l)" 4
    # Then it collects its child, so no zombie stays.
    collects_its_child
    exec 8>&- 9>&-
  done
}

those_with() { grep -lE "$1" calls.*; }
# collects_its_child: on each side, who signals a child waits for that one afterwards.
collects_its_child() {
  local calls child
  for calls in $(those_with 'kill\([0-9]+, SIGUSR1\)'); do
    child=$(sed -nE 's/^kill\(([0-9]+), SIGUSR1\) += 0$/\1/p' "$calls")
    run -0 sed -nE '/^kill\(/,$s/^wait4\(.*\) += ([0-9]+)$/\1/p' "$calls"
    assert_output "$child"
  done
}

# hint: A peer that was killed sends no line, but its connection ends. Every process of this side must end then, the one that waits for the keyboard too.
# page: ch10_multiprocess/README.md#a-chat-between-two-people
# judges: ch10_multiprocess/peer_chat_server
@test "a peer that is killed ends the other side" {
  a_chat
  types 9 client hello
  said server hello
  did "killed the client; the server's keyboard is silent"
  kill -KILL -- "-$client_group"
  ours_said server "SIGUSR1: the other side has ended"
  eventually group_is_gone "$server_pid" || { echo "the server goes on: $(pgrep -c -g "$server_pid") of its processes are left"; return 1; }
  server_ends_with 0
}

# hint: A peer that was killed sends no line, but its connection ends. Every process of this side must end then, the one that waits for the keyboard too.
# page: ch10_multiprocess/README.md#a-chat-between-two-people
# judges: ch10_multiprocess/peer_chat_client
@test "a server that is killed ends the client" {
  a_chat
  types 8 server hello
  said client hello
  did "killed the server; the client's keyboard is silent"
  end_server
  ours_said client "SIGUSR1: the other side has ended"
  eventually group_is_gone "$client_group" || { echo "the client goes on: $(pgrep -c -g "$client_group") of its processes are left"; return 1; }
}

@test "a line that is too long ends the chat with an error" {
  a_chat
  head -c 5000 /dev/zero | tr '\0' x >&9
  said server "peer_chat_server: a line longer than 4096 bytes"
  eventually group_is_gone "$client_group"
  server_ends_with 1
  exec 8>&- 9>&-
}

# The server under strace; the peer, a socat, is the only client.
@test "the child sends what is typed, the parent prints what comes, and ends its child by a signal" {
  traced -f -y -o calls -e trace=setsockopt,read,recvfrom,sendto,kill,wait4
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
  assert_equal "$(grep -cx sent server.said) $(grep -cx typed peer.said)" "1 1"
  local parent child
  parent=$(awk 'NR == 1 { print $1 }' calls)
  child=$(awk '/sendto/ { print $1 }' calls | sort -u)
  assert_equal "$(wc -w <<<"$child")" 1
  refute [ "$child" = "$parent" ]
  assert_equal "$(awk '/(read|recvfrom)\([0-9]+<(TCP|socket):/ { print $1 }' calls | sort -u)" "$parent"
  grep -qE "^$parent +kill\\($child, SIGUSR1" calls
  eventually grep -qE "^$parent +(wait4\\($child, .*|<\\.\\.\\. wait4 resumed>.*)\\) += $child\$" calls # no zombie stays
  grep -qE "^$parent +setsockopt\\(.*, SOL_SOCKET, SO_REUSEADDR, \\[1\\], 4\\) = 0" calls
  # A child that signals its parent asks for its number by getppid.
  run -0 client ch10_multiprocess/orphan subreaper
  assert_line --regexp "^orphan [0-9]+: .*, now it is ${lines[0]#I am }\$"
}

# compiles CODE: in a function, after the headers of sockets.
compiles() {
  c++ -fsyntax-only -include sys/socket.h -include arpa/inet.h -x c++ - \
    <<<"void chat(int listener, sockaddr_in address, char* text) { int on = 1; $1 }" 2>"$BATS_TEST_TMPDIR/errors"
}

# Each pair: what the notes' listings have, and what is right. Ours makes the calls.
@test "names and calls are spelled as the headers spell them" {
  local right wrong
  while IFS='|' read -r wrong right; do
    run ! compiles "$wrong"
    run -0 compiles "$right"
  done <<'END'
address.sin_Family = AF_INET;|address.sin_family = AF_INET;
setscockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);|setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
accept(listen, nullptr, nullptr);|accept(listener, nullptr, nullptr);
address.sin_addr.s_addr = inet_Addr("127.0.0.1");|address.sin_addr.s_addr = inet_addr("127.0.0.1");
recv(listener, Recvbuf, 1, 0);|recv(listener, text, 1, 0);
on = 2 address = {};|on = 2; address = {};
END
  run ! c++ -fsyntax-only -include arpa/inet/h -x c++ - </dev/null
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=setsockopt,bind,accept4
  start_server ch10_multiprocess/peer_chat_server
  eventually grep -q '^accept4(3, ' "$BATS_TEST_TMPDIR/calls"
  run -0 cat "$BATS_TEST_TMPDIR/calls"
  assert_line --partial "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0"
  assert_line --partial 'bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0'
}

# judges: ch10_multiprocess/peer_chat_server
@test "the server takes one client only" {
  a_chat
  run -1 client ch10_multiprocess/peer_chat_client 127.0.0.1 "$port" </dev/null
  assert_output --partial "Connection refused"
  exec 8>&- 9>&-
}

# judges: ch10_multiprocess/peer_chat_client
@test "a keyboard that cannot be read is an error, and ends the chat" {
  a_server
  run -1 client ch10_multiprocess/peer_chat_client 127.0.0.1 "$port" </
  assert_output "read: Is a directory
peer_chat_client: what was typed could not be read or sent"
  server_ends_with 0
  exec 8>&-
}

# A socket that is closed with bytes unread resets its connection.
@test "a reset is an error, and ends the chat" {
  local close_early='peer.recv(1); peer.close()'
  a_server
  timeout 30 python3 -c "import socket; peer = socket.create_connection(('127.0.0.1', $port)); $close_early" 3>&- 4>&- 8>&- &
  types 8 server hello
  said server "peer_chat_server: read: Connection reset by peer"
  server_ends_with 1

  timeout 30 python3 -c "import socket; listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True); peer, _ = listener.accept(); $close_early" >port 3>&- 4>&- 8>&- &
  eventually [ -s port ]
  types 8 client hello
  run -1 client ch10_multiprocess/peer_chat_client 127.0.0.1 "$(<port)" <server.keys
  assert_line "peer_chat_client: read: Connection reset by peer"
  exec 8>&-
}

@test "wrong arguments are wrong usage" {
  run -2 client ch10_multiprocess/peer_chat_server abc
  run -2 client ch10_multiprocess/peer_chat_client 127.0.0.1 0
}
