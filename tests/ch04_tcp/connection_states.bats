#!/usr/bin/env bats
# connection_states: the states that the two ends of a connection go through.

setup() { load ../harness.bash; }

four_calls_have_hello() { (($(grep -c '"hello".* = 5$' "$BATS_TEST_TMPDIR/calls") == 4)); }

# hint: An end that is deaf (IP_MINTTL) drops what comes, so a state lasts until it hears again. Wait for the state that you print.
# page: ch04_tcp/README.md#a-connections-life
# bats test_tags=first
@test "connect, exchange and disconnect take both ends through their states" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto,recvfrom
  run -0 timeout "$client_limit" "${server_wrapper[@]}" "$(program ch04_tcp/connection_states)"
  assert_equal "$(grep -v accept <<<"$output")" "listen: server LISTEN
SYN, SYN+ACK lost: client SYN-SENT, server SYN-RECV
SYN+ACK, ACK: client ESTAB, server ESTAB
bytes both ways: client ESTAB, server ESTAB
client's FIN lost: client FIN-WAIT-1, server ESTAB
client's FIN, ACK: client FIN-WAIT-2, server CLOSE-WAIT
server's FIN lost: client FIN-WAIT-2, server LAST-ACK
server's FIN, ACK: client TIME-WAIT, server nothing"
  is_stranger ch04_tcp/connection_states && return
  # Bytes went both ways: two descriptors send, and the other of the two receives.
  eventually four_calls_have_hello
  run -0 sed -nE 's/^(sendto|recvfrom)\(([0-9]+), "hello".* = 5$/\1 \2/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${#lines[@]}" 4
  assert_equal "${lines[0]#* } ${lines[1]#* }" "${lines[3]#* } ${lines[2]#* }"
  assert_equal "${lines[*]/% *}" "sendto recvfrom sendto recvfrom"
  each_line_is_measured
}
# each_line_is_measured: just before a line with states it looks at the kernel's table, once for each state (and at least once more
# while it waits for the first connection); just before a line about accept it asks poll.
each_line_is_measured() {
  ! is_stranger ch04_tcp/connection_states || return 0
  traced -s 100 -o "$BATS_TEST_TMPDIR/calls" -e trace=openat,poll,ppoll,connect,listen,sendto,recvfrom,shutdown,write
  timeout "$client_limit" "${server_wrapper[@]}" "$(program ch04_tcp/connection_states)" >"$BATS_TEST_TMPDIR/said"
  eventually grep -q '^write(1, ".*server nothing' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(awk '/^openat.*net\/tcp"/ { looks++; polls = 0; next } /^p?poll/ { polls = 1; looks = 0; next }
    /^write\(1, "  accept/ { print (polls ? "poll" : "none") } /^write\(1, "[^ ]/ { print (looks > 3 ? 3 : looks + 0) }
    /^(sendto|recvfrom|shutdown)/ { sub(/\(.*/, ""); print } { looks = polls = 0 }' "$BATS_TEST_TMPDIR/calls" | xargs)" \
    "1 3 poll 2 poll sendto recvfrom sendto recvfrom 2 shutdown 2 2 shutdown 2 2"
}

# hint: accept finds complete connections only. Ask it, without waiting, before and after the third segment.
# page: ch04_tcp/README.md#a-connections-life
@test "accept has a connection only after the third segment" {
  run -0 client ch04_tcp/connection_states
  assert_line --index 1 --partial "server SYN-RECV"
  assert_line --index 2 "  accept would wait"
  assert_line --index 3 --partial "server ESTAB"
  assert_line --index 4 "  accept would return"
  each_line_is_measured
}

@test "afterwards ss finds one end in TIME-WAIT, and the kernel has counted the dropped segments" {
  private_networks_or_skip
  # shellcheck disable=SC2016  # for the inner shell
  run -0 in_private_network bash -ec 'timeout 20 "$1" >/dev/null
    ss -Htan; nstat -asz TcpExtTCPMinTTLDrop' - "$(program ch04_tcp/connection_states)"
  assert_line --index 0 --regexp '^TIME-WAIT '
  assert_line --index 1 "#kernel"
  assert_line --index 2 --regexp '^TcpExtTCPMinTTLDrop +([3-9]|[1-9][0-9]+) '
}

# With SYN cookies (tcp(7)) the server's kernel keeps nothing of a half-open connection.
@test "where no connection is ever half open, the program ends and says what it waited for" {
  private_networks_or_skip
  # shellcheck disable=SC2016  # for the inner shell
  run -1 in_private_network bash -ec 'echo 2 >/proc/sys/net/ipv4/tcp_syncookies; timeout 60 "$1"' - \
    "$(program ch04_tcp/connection_states)"
  assert_line --index 1 "connection_states: waited 10 seconds for a half-open connection at the server"
}

@test "wrong arguments are wrong usage" {
  run -2 client ch04_tcp/connection_states more
  assert_line --index 0 "connection_states: too many arguments: 'more'"
}
