#!/usr/bin/env bats
# one_to_many: one socket asks several servers.

setup() {
  load ../harness.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  end_server
  server_pid=${first_pid:-}
  end_server
}

# two_servers: sets first, second (ports), first_log and first_pid.
two_servers() {
  first_log=$BATS_TEST_TMPDIR/first.log
  log_file=$first_log start_server ch06_udp/echo_server
  first=$port first_pid=$server_pid
  start_server ch06_udp/echo_server
  second=$port
}

@test "two servers answer the same socket" {
  two_servers
  run -0 client ch06_udp/one_to_many 127.0.0.1 "$first" "$second"
  assert_line "127.0.0.1:$first answered: hello 127.0.0.1:$first"
  assert_line "127.0.0.1:$second answered: hello 127.0.0.1:$second"
  assert_equal "${#lines[@]}" 2
}

@test "the port decides which socket a datagram goes to" {
  two_servers
  run -0 client ch06_udp/one_to_many 127.0.0.1 "$first" "$second"
  wait_for_log " bytes from"
  run -0 grep -c ' bytes from' "$first_log" "$server_log"
  assert_output "$first_log:1
$server_log:1"
  assert_equal "$(sed -n 's/^.* from //p' "$first_log")" "$(sed -n 's/^.* from //p' "$server_log")"
}

@test "it makes one socket and names the destination each time" {
  two_servers
  traced -o calls -e trace=socket,sendto,connect
  timeout 20 "${server_wrapper[@]}" "$(program ch06_udp/one_to_many)" 127.0.0.1 "$first" "$second" >answers
  eventually grep -q "^sendto.*htons($second)" calls
  run -0 grep -c '^socket(AF_INET, SOCK_DGRAM' calls
  assert_output 1
  run -1 grep '^connect(.*AF_INET' calls
  run -0 grep -oE '^sendto.*sin_port=htons\([0-9]+\)' calls
  assert_line --index 0 --partial "htons($first)"
  assert_line --index 1 --partial "htons($second)"
  run -0 sort answers
  assert_output "$(printf '127.0.0.1:%s answered: hello 127.0.0.1:%s\n' "$first" "$first" "$second" "$second" | sort)"
}

@test "it gives up on a server that does not answer" {
  two_servers
  pause_server "$first_pid"
  run -1 client ch06_udp/one_to_many 127.0.0.1 "$first" "$second"
  assert_line "127.0.0.1:$second answered: hello 127.0.0.1:$second"
  assert_line "one_to_many: not all have answered within 2 seconds"
}

@test "servers at the address of all zeros are on this machine" {
  two_servers
  run -0 client ch06_udp/one_to_many 0.0.0.0 "$first" "$second"
  assert_line "127.0.0.1:$first answered: hello 127.0.0.1:$first"
  assert_line "127.0.0.1:$second answered: hello 127.0.0.1:$second"
}

@test "a bad port among several is wrong usage" {
  run -2 client ch06_udp/one_to_many 127.0.0.1 1 70000
  assert_line --index 0 "one_to_many: PORT must be a whole number from 1 to 65535, not '70000'"
}

@test "a second answer of a server is not taken for that of another" {
  two_servers
  end_server # the second
  start_server ch06_udp/unreliable_relay 0 127.0.0.1 "$first" t
  run -1 client ch06_udp/one_to_many 127.0.0.1 "$port" "$second"
  assert_line "127.0.0.1:$port answered: hello 127.0.0.1:$port"
  assert_line "one_to_many: not all have answered within 2 seconds"
  assert_equal "${#lines[@]}" 2
}

@test "a long answer is printed to its end" {
  printf '%s\n' '#!/bin/bash' 'head -c 1 >asked' "printf '%03000d' 7" >answer
  chmod +x answer
  # shellcheck disable=SC2016  # for the stranger
  stranger ch06_udp/echo_server 'exec socat "UDP-RECVFROM:$1,bind=127.0.0.1,fork" EXEC:./answer'
  start_server ch06_udp/echo_server
  run -0 client ch06_udp/one_to_many 127.0.0.1 "$port"
  assert_output "127.0.0.1:$port answered: $(printf '%03000d' 7)"
}

# A stranger writes to it all the time.
it_has_ended() {
  printf more >&9 || true
  ! kill -0 "$asker" 2>/dev/null
}

@test "two seconds are the limit for all answers, whatever else arrives" {
  two_servers
  pause_server "$first_pid"
  timeout 20 "$(program ch06_udp/one_to_many)" 127.0.0.1 "$first" "$second" >said 2>&1 3>&- &
  local asker=$! status=0
  wait_for_log " bytes from"
  exec 9>"/dev/udp/127.0.0.1/$(sed -n 's/.* bytes from .*://p' "$server_log")"
  patience=15 eventually it_has_ended
  wait "$asker" || status=$?
  assert_equal "$status" 1
  run -0 tail -n 1 said
  assert_output "one_to_many: not all have answered within 2 seconds"
}
