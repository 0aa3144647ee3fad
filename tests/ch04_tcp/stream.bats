#!/usr/bin/env bats
# stream_sender and stream_receiver: TCP keeps bytes and their order, but not messages.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { end_server; }

# received: the sizes that recv returned, in order.
received() { sed -n 's/^recv: \([0-9]*\) bytes$/\1/p' "$server_log" | paste -sd ' '; }

# hint: The receiver waits until the sender has finished, and then asks for 4096 bytes. The sender closes its side after the last message.
# page: ch04_tcp/README.md#one-read-is-not-enough
# bats test_tags=first
@test "three sends arrive as one read" {
  start_server ch04_tcp/stream_receiver
  run -0 client ch04_tcp/stream_sender 127.0.0.1 "$port"
  assert_output --regexp '^3 messages, 15 bytes, [1-3] segments$'
  server_ends_with 0
  assert_equal "$(received)" 15
}

# sends SIZE...: stream_sender sends one message of each size; that is as many sends.
sends() {
  local size messages=()
  for size; do messages+=("$(head -c "$size" /dev/zero | tr '\0' x)"); done
  traced -o calls -e trace=sendto
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/stream_sender)" 127.0.0.1 "$port" "${messages[@]}"
  server_wrapper=()
  server_ends_with 0
  run -0 sed -nE 's/^sendto\(.*, ([0-9]+), MSG_NOSIGNAL, NULL, 0\) += ([0-9]+)$/\1 \2/p' calls
  assert_output "$(for size; do echo "$size $size"; done)"
}

@test "how often one end sends and how often the other one reads are two numbers" {
  start_server ch04_tcp/stream_receiver
  sends 5 5 5
  assert_equal "$(received)" 15
  run ! grep 'more than' "$server_log"
  start_server ch04_tcp/stream_receiver
  sends 512 1024
  assert_equal "$(received)" 1536
  start_server ch04_tcp/stream_receiver 0 127.0.0.1 4
  sends 10
  assert_equal "$(received)" "4 4 2"
}

# hint: All that has arrived is returned by one recv, up to the size of the buffer.
# page: ch04_tcp/README.md#one-read-is-not-enough
@test "512 and 1024 bytes cannot be told apart" {
  start_server ch04_tcp/stream_receiver
  client ch04_tcp/stream_sender 127.0.0.1 "$port" "$(printf 'a%.0s' {1..512})" "$(printf 'b%.0s' {1..1024})"
  server_ends_with 0
  assert_equal "$(received)" 1536
}

# hint: The third argument is the size of the receiver's buffer; recv never returns more.
# page: ch04_tcp/README.md#one-message-is-not-one-read
@test "one send arrives as three reads" {
  start_server ch04_tcp/stream_receiver 0 127.0.0.1 4
  client ch04_tcp/stream_sender 127.0.0.1 "$port" 0123456789
  server_ends_with 0
  assert_equal "$(received)" "4 4 2"
}

# hint: Receive until recv returns 0, and send until all bytes are taken.
# page: ch04_tcp/README.md#one-message-is-not-one-read
@test "a message longer than the buffers is read in pieces, and none is missing" {
  start_server ch04_tcp/stream_receiver
  client ch04_tcp/stream_sender 127.0.0.1 "$port" "$(printf 'x%.0s' {1..100000})"
  server_ends_with 0
  [[ -n ${JUDGED:-} ]] || grep -q 'more than 65536 bytes' "$server_log"
  assert_equal "$(($(received | tr ' ' +)))" 100000
  (($(received | wc -w) > 20)) || fail_with_log "$(received | wc -w) reads with a buffer of 4096 bytes"
}

# over_an_mtu_of_1500 SIZE: a message of this size. An MTU of 1500 leaves 1448 bytes for a segment:
# two headers have 20 bytes each, the time stamps 12.
over_an_mtu_of_1500() {
  in_private_network bash -c "
    ip link set lo mtu 1500
    '$(program ch04_tcp/stream_receiver)' 0 >log & receiver=\$!
    exec 9<> <(:)
    until grep -q listening log; do read -rt 0.02 -u 9; done
    '$(program ch04_tcp/stream_sender)' 127.0.0.1 \$(sed -n 's/.*://p;q' log) $(printf 'x%.0s' $(seq "$1")) 2>said
    wait \$receiver" 3>&-
}

@test "a message longer than the MSS takes two segments" {
  private_networks_or_skip
  over_an_mtu_of_1500 1448
  grep -qx '1 messages, 1448 bytes, 1 segments' said
  over_an_mtu_of_1500 1449
  grep -qx '1 messages, 1449 bytes, 2 segments' said
  # The number is the kernel's: with another answer of getsockopt it is another.
  start_server ch04_tcp/stream_receiver
  traced -o /dev/null -e inject=getsockopt:poke_exit=@arg4="$(printf %0320d 0)"
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch04_tcp/stream_sender)" 127.0.0.1 "$port" hello
  assert_output "1 messages, 5 bytes, 0 segments"
}

# hint: The receiver prints what recv returned, whoever the sender is, and ends when recv returns 0.
# page: ch04_tcp/README.md#one-read-is-not-enough
# judges: ch04_tcp/stream_receiver
@test "any sender will do" {
  start_server ch04_tcp/stream_receiver
  bash -c "exec 9<>/dev/tcp/127.0.0.1/$port; printf ab >&9; printf cd >&9"
  server_ends_with 0
  assert_equal "$(received)" 4
}

@test "a buffer of 0 bytes is wrong usage" {
  run -2 client ch04_tcp/stream_receiver 0 127.0.0.1 0
  assert_line --index 0 "stream_receiver: BUFFER-SIZE must be a whole number from 1 to 1048576, not '0'"
  run -2 client ch04_tcp/stream_sender 127.0.0.1 x
}
