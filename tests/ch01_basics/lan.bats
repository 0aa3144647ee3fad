#!/usr/bin/env bats
# Hosts on a LAN, and their way out of it, in the lab of chapter 2.

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab lan
}

# way_to ADDRESS: what route_lookup finds in this host's table, without the name of the interface.
way_to() { ip route | client ch01_basics/route_lookup - "$1" | sed 's/ dev .*//'; }
# greeter HOST ADDRESS: a hello_server on that host.
greeter() { start "$1" "$1" "$(program ch01_basics/hello_server)" 9190 "$2"; }
greeting_of() { client ch01_basics/hello_client "$1" 9190 2>&1 || true; }

without_and_with_gateway() {
  greeter mate 10.0.1.3
  greeter there 10.0.2.2
  ip route del default
  way_to 10.0.1.3
  greeting_of 10.0.1.3
  way_to 10.0.2.2
  greeting_of 10.0.2.2
  ip route add default via 10.0.1.1
  way_to 10.0.1.3
  way_to 10.0.2.2
  greeting_of 10.0.2.2
  way_to 192.0.2.1 # and so to any other network
}

@test "a host without a gateway reaches its own network only" {
  play without_and_with_gateway
  assert_output "10.0.1.3: 10.0.1.0/24
Hello!
10.0.2.2: Network is unreachable
hello_client: connect 10.0.2.2:9190: Network is unreachable
no route leads there: ip route; ip -6 route (TCP reaches no group, no broadcast address)
10.0.1.3: 10.0.1.0/24
10.0.2.2: default via 10.0.1.1
Hello!
192.0.2.1: default via 10.0.1.1"
}

both_sides() {
  way_to 10.0.2.2
  way_to 10.0.1.1
  on router "$(program ch01_basics/interface_info)"
}

@test "a gateway is an interface of a router, which has another one in another network" {
  play both_sides
  assert_line "10.0.2.2: default via 10.0.1.1"
  assert_line "10.0.1.1: 10.0.1.0/24" # the gateway is a neighbour
  assert_line --regexp '^lan: number [0-9]+, Ethernet, MAC 02:00:00:00:01:01, '
  assert_line --regexp '^lan: 10\.0\.1\.1/24'
  assert_line --regexp '^far: number [0-9]+, Ethernet, MAC 02:00:00:00:02:01, '
  assert_line --regexp '^far: 10\.0\.2\.1/24'
}

two_ports() {
  on router ip -o link show master lan | sed -E 's/^[0-9]+: ([a-z0-9]+)[@:].*/\1/'
  greeter mate 10.0.1.3
  way_to 10.0.1.3
  greeting_of 10.0.1.3
  way_to 10.0.2.2 # is no neighbour
}

@test "hosts at two ports of a router are neighbours" {
  play two_ports
  assert_output "port2
port3
10.0.1.3: 10.0.1.0/24
Hello!
10.0.2.2: default via 10.0.1.1"
}

listens() { [[ -n $(on mate ss -Hltn) ]]; }
# bytes_in HOST COLUMN: how many bytes its connection, if any, has in that column of ss.
bytes_in() { on "$1" ss -Htn | awk -v column="$2" '{ bytes = $column } END { print bytes + 0 }'; }
both_buffers_are_filled() { (($(bytes_in here 2) > 0 && $(bytes_in mate 3) > 0)); }

# The client's output goes to a pipe that nobody reads, so the client stops reading.
more_than_the_client_reads() {
  in_background mate lines socat -u EXEC:"yes abcd" TCP-LISTEN:9190
  eventually listens
  mkfifo pipe
  exec 9<>pipe
  "$(program ch01_basics/hello_client)" 10.0.1.3 9190 >pipe &
  local client_pid=$!
  eventually both_buffers_are_filled
  readlink "/proc/$client_pid/fd/"* | grep '^socket:'
  ss -Htne | sed -E 's/.* ino:([0-9]+) .*/socket:[\1]/'
  ss -Htnm | grep -oE '[rt]b[1-9][0-9]*' | tr -d 0-9 # room of its two buffers
  timeout "$patience" head -n 1 <&9 # what came from the other host
}

# judges: nobody
@test "a socket connects two hosts, is a descriptor, and has a buffer for each direction" {
  play more_than_the_client_reads
  assert_equal "${#lines[@]}" 5
  assert_regex "${lines[0]}" '^socket:\[[0-9]+\]$'
  assert_equal "${lines[0]}" "${lines[1]}"
  assert_equal "${lines[*]:2}" "rb tb abcd"
}

# What the client calls, and the frames that come to its peer: SYN, ACK and FIN, with headers but without data.
headers_of_the_stack() {
  capture mate eth0
  greeter mate 10.0.1.3
  env "ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}" strace -qq -o calls -e trace=network,write \
    "$(program ch01_basics/hello_client)" 10.0.1.3 9190
  passes eth0 '^02:00:00:00:01:03 ttl 64 protocol 6 10\.0\.1\.2 > 10\.0\.1\.3 .. .. 23 e6 (.. ){8}.. 02 '
  passes eth0 '^02:00:00:00:01:03 ttl 64 protocol 6 10\.0\.1\.2 > 10\.0\.1\.3 .. .. 23 e6 (.. ){8}.. 11 '
  sed -n '/^socket(AF_INET, SOCK_STREAM/,$ s/(.*//p' calls | uniq
}

@test "the client makes no header, and its frames have those of Ethernet, IP and TCP" {
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
  play headers_of_the_stack
  assert_output "Hello!
socket
connect
recvfrom
write
recvfrom"
}
