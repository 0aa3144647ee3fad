#!/usr/bin/env bats
# A name may have several addresses, of both families, and a server may listen on one of them only. So
# every TCP client tries all of them in turn, and when all fail it says why each did.

setup() {
  load harness.bash
  clients=$(client_table)
  cd "$BATS_TEST_TMPDIR" || return
}

# client | server | more arguments of the client | input | what it prints
client_table() {
  cat <<'END'
ch01_basics/hello_client|ch01_basics/hello_server|||Hello!
ch04_tcp/echo_client|ch04_tcp/echo_server||hello|hello
ch04_tcp/echo_client_one_read|ch04_tcp/echo_server||hello|hello
ch04_tcp/calculator_client|ch04_tcp/calculator_server||1 2 +|3
ch04_tcp/fixed_record_client|ch04_tcp/fixed_record_server||hello|hello
ch04_tcp/line_client|ch04_tcp/line_server||hello|hello
ch04_tcp/packet_client|ch04_tcp/packet_server||hello|hello
ch04_tcp/stream_sender|ch04_tcp/stream_receiver|hello||1 messages
ch07_shutdown/file_client|ch07_shutdown/file_server|copy||bytes in copy
ch10_multiprocess/echo_client_split|ch04_tcp/echo_server||hello|hello
ch10_multiprocess/peer_chat_client|ch10_multiprocess/peer_chat_server||hello|
ch17_epoll/load_client|ch17_epoll/echo_server_level|2 1||requests/s
ch18_threads/chat_client|ch18_threads/chat_server||ann|ann joined
END
}

# with_both_names FUNCTION [ARGUMENT...]: runs it in a network of its own, where the name both.test has
# an address of each family. It must succeed.
with_both_names() {
  private_networks_or_skip
  unshare -rnm true 2>/dev/null || skip "private names (unshare -rnm) are forbidden here"
  ipv6_or_skip
  mkdir etc
  printf '127.0.0.1 both.test\n::1 both.test\n' >etc/hosts
  echo "hosts: files" >etc/nsswitch.conf
  echo "multi on" >etc/host.conf # or else the C library stops at the first line with the name
  export BUILD_DIR BATS_TEST_TMPDIR clients
  # shellcheck disable=SC2016  # its own arguments
  run -0 unshare -rnm bash -c 'ip link set lo up; mount --bind "$1" /etc; shift; exec "$@"' - "$PWD/etc" \
    timeout 80 bash -ec "$(declare -f); server_wrapper=(); \"\$@\"" - "$@"
}

# all_reach ADDRESS: each client of the table reaches its server there by the name.
all_reach() {
  local client server arguments input expected said status
  while IFS='|' read -r client server arguments input expected; do
    start_server "$server" 0 "$1"
    status=0
    # shellcheck disable=SC2086  # several arguments
    said=$(timeout 20 "$(program "$client")" both.test "$port" $arguments <<<"$input" 2>&1) || status=$?
    [[ $status == 0 && $said == *"$expected"* ]] || { echo "$client to $1: status $status, $said"; return 1; }
    end_server
  done <<<"$clients"
}
# UDP: no answer tells that an address is wrong, but the kernel knows where it has no route.
no_route_for_ipv4() {
  printf '192.0.2.7 other.test\n::1 other.test\n' >>/etc/hosts
  start_server ch06_udp/echo_server 0 ::1
  local client
  for client in echo_client echo_client_connected one_to_many; do
    [[ $(client "ch06_udp/$client" other.test "$port" <<<hello) == *hello* ]] || return 1
  done
  stop_server
}

@test "a UDP client takes the address of a name to which there is a route" {
  with_both_names no_route_for_ipv4
}

# No such address tells the kernel's connect for datagrams that it may be used: a broadcast address wants
# SO_BROADCAST, a group an interface (ip(7)).
for_many() {
  printf '%s\n' '127.255.255.255 all.test' '::1 all.test' '239.1.1.1 group.test' '::1 group.test' >>/etc/hosts
  start_server ch14_multicast/broadcast_receiver
  client ch14_multicast/broadcast_sender all.test "$port" <<<hello
  eventually grep -q hello "$server_log"
  end_server
  start_server ch14_multicast/multicast_receiver 0 239.1.1.1
  client ch14_multicast/multicast_sender group.test "$port" <<<hello
  eventually grep -q hello "$server_log"
  end_server
  client ch14_multicast/news_sender group.test 9190 <<<hello
}

@test "the broadcast address or group of a name is used, although the name has another address too" {
  with_both_names for_many
  assert_line "sent 1 lines"
}

only_ipv4() {
  printf '192.0.2.7 other.test\n::1 other.test\n' >>/etc/hosts
  ! client ch02_packets/ping other.test 1 2>&1 || return 1
  ! client ch02_packets/ip_fragments lo other.test 2>&1
}

@test "what only knows IPv4 takes the IPv4 address of a name, also without a route to it" {
  with_both_names only_ipv4
  assert_line "ping: sendto 192.0.2.7:0: Network is unreachable"
  assert_line "ip_fragments: connect 192.0.2.7:9: Network is unreachable"
}

# RFC 4007, section 11, lets every address have a zone, but only those of one link are in several (ipv6(7)).
zone_without_a_link() {
  start_server ch06_udp/echo_server 0 ::1
  local client
  for client in echo_client echo_client_connected one_to_many; do
    [[ $(client "ch06_udp/$client" ::1%1 "$port" <<<hello) == *hello* ]] || return 1
  done
  end_server
  start_server ch08_names/dns_server 0 ::1
  client ch08_names/dns_query ::1%1 "$port" <<<www.example.test
}

@test "a client knows its server also if it was given a zone that the address does not need" {
  ipv6_or_skip
  privately zone_without_a_link
  assert_line --partial "www.example.test A? NOERROR"
}

without_ipv6() {
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
  all_reach 127.0.0.1
}

@test "a server that listens on the IPv6 address of a name only is reached" {
  with_both_names all_reach ::1
}

@test "a server that listens on the IPv4 address of a name only is reached" {
  with_both_names all_reach 127.0.0.1
}

@test "where IPv6 is switched off the IPv4 address of a name is reached" {
  with_both_names without_ipv6
}

@test "when no address of a name accepts, the reason of each is given" {
  all_fail() {
    local client said
    for client in ch01_basics/hello_client ch04_tcp/line_client; do
      said=$(timeout 20 "$(program "$client")" both.test 1 </dev/null 2>&1) && return 1
      [[ $said == "${client#*/}: "*"connect [::1]:1: Connection refused"* ]]
      [[ $said == *"connect 127.0.0.1:1: Connection refused"* ]]
      [[ $said == *$'\nnobody listens there: is the server running, and on this port?' ]]
    done
  }
  with_both_names all_fail
}

# Of these, one address is of no use on this host, and says nothing about the server.
@test "where one family is missing the refusal of the other one counts" {
  refused() {
    local client said name
    printf '127.0.0.1 no_route.test\n2001:db8::9 no_route.test\n' >>/etc/hosts
    for name in no_route.test both.test; do
      for client in ch01_basics/hello_client ch18_threads/chat_client; do
        said=$(timeout 20 "$(program "$client")" "$name" 1 </dev/null 2>&1) && return 1
        [[ $said == "${client#*/}: connect ["*"; connect 127.0.0.1:1: Connection refused"$'\n'"nobody listens there"* ]] ||
          { echo "$said"; return 1; }
      done
      echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
    done
  }
  with_both_names refused
}

@test "an address of one link without its interface fails with the advice to name it" {
  local words
  for words in "ch04_tcp/echo_client fe80::1" "ch06_udp/echo_client_connected fe80::1" "ch04_tcp/echo_server 0 fe80::1" \
    "ch06_udp/echo_client fe80::1" "ch06_udp/one_to_many fe80::1" "ch06_udp/datagram_loss_sender fe80::1" "ch08_names/dns_query fe80::1"; do
    # shellcheck disable=SC2086  # words are wanted
    run -1 client $words <<<hello
    assert_output --regexp ' \[fe80::1\]:[0-9]+: Invalid argument
.*needs the interface too: fe80::1%eth0$'
  done
}

@test "an address with an interface that is not there asks whether it is" {
  local program
  for program in ch04_tcp/echo_client ch06_udp/echo_client; do
    run -1 client "$program" fe80::1%nosuch
    assert_output "${program#*/}: fe80::1%nosuch: Name or service not known (is that an interface? ip link)"
  done
  run -2 client ch04_tcp/echo_server 0 fe80::1%nosuch
  assert_line "echo_server: not an IP address: 'fe80::1%nosuch' (is that an interface? ip link)"
}

switched_off() {
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
  local client address
  for client in ch04_tcp/echo_client ch06_udp/echo_client ch06_udp/echo_client_connected ch06_udp/local_address; do
    for address in ::1 :: 2001:db8::1 fe80::1%1; do
      ! client "$client" "$address" 2>&1 <<<hello || return 1
    done
  done
}

@test "where IPv6 is switched off the advice for each IPv6 address says so" {
  ipv6_or_skip
  privately switched_off
  assert_equal "$(grep -c 'Cannot assign requested address$' <<<"$output") $(grep -c '^IPv6 is switched off' <<<"$output")" "16 16"
}

@test "a socket is not connected to a broadcast address, and the advice says why" {
  run -1 client ch06_udp/local_address 127.255.255.255
  assert_output "local_address: connect 127.255.255.255:9190: Permission denied
a broadcast address needs SO_BROADCAST; a route may prohibit others: ip route"
}

# A kernel without IPv6, a sandbox without IPv4 (systemd.exec(5), RestrictAddressFamilies): the error is the same.
@test "where sockets of a family are missing the advice is true of both families" {
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
  local address
  for address in 127.0.0.1 ::1; do
    run -1 timeout 20 env "ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}" \
      strace -o /dev/null -e inject=socket:error=EAFNOSUPPORT "$(program ch04_tcp/echo_client)" "$address" </dev/null
    assert_output "echo_client: socket: Address family not supported by protocol
this kernel lacks that family of addresses (IPv6, perhaps), or a sandbox forbids it"
  done
}

# An address on an interface that is down: its packets are lost, and no error tells it.
nothing_answers() {
  ip link set lo down
  ip address replace 127.0.0.1/8 dev lo
  echo 0 >/proc/sys/net/ipv4/tcp_syn_retries 2>/dev/null || echo 1 >/proc/sys/net/ipv4/tcp_syn_retries
  local program
  for program in ch04_tcp/echo_client ch07_shutdown/close_vs_shutdown; do
    ! client "$program" 2>&1 </dev/null || return 1
  done
}
nobody_is_there() {
  ip link add one type veth peer name two
  ip link set two up
  ip link set one up
  ip address add 192.0.2.1/24 dev one
  ! client ch04_tcp/echo_client 192.0.2.7 2>&1 </dev/null
}

@test "where nothing answers the advice names the reasons" {
  privately nothing_answers
  assert_equal "$(grep -c 'connect 127.0.0.1:[0-9]*: Connection timed out$' <<<"$output")" 2
  assert_equal "$(grep -cx 'nothing answers: the address is wrong, a firewall drops it, a link is down (ip link), or the queue of the server is full (ss -ltn)' <<<"$output")" 2
}

@test "where no machine has the address the advice says so" {
  privately nobody_is_there
  assert_output "echo_client: connect 192.0.2.7:9190: No route to host
no machine answers at that address, or a firewall or a route rejects it: ip neighbour; ip route"
}

# While the host looks for duplicates of an address (RFC 4862), it is tentative: here for a minute.
not_assigned_yet() {
  ip link add one type veth peer name two
  echo 0 >/proc/sys/net/ipv6/conf/one/disable_ipv6
  echo 60 >/proc/sys/net/ipv6/conf/one/dad_transmits
  ip link set one up
  ip link set two up
  ip address add 2001:db8::1/64 dev one
  ! client ch04_tcp/echo_server 0 2001:db8::1 2>&1 || return 1
  echo 20000 >/proc/sys/net/ipv4/ip_unprivileged_port_start
  ! timeout 20 setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service "$(program ch04_tcp/echo_server)" 9190 2>&1
}

@test "where an address or a port may not be had the advice names the reason" {
  privately not_assigned_yet
  assert_output --regexp '^echo_server: bind \[2001:db8::1\]:0: Cannot assign requested address
an address of this machine is needed, and not a tentative one: ip address
echo_server: bind 127\.0\.0\.1:9190: Permission denied
a port below a limit, usually 1024, needs a right: sysctl net\.ipv4\.ip_unprivileged_port_start$'
}

a_route_drops_it() {
  ip link set lo up
  ip route add blackhole 192.0.2.0/24
  local program
  for program in ch04_tcp/echo_client ch06_udp/echo_client; do
    ! echo hello | client "$program" 192.0.2.7 9190 2>&1 || return 1
  done
}

@test "where a route drops everything the advice says so" {
  privately a_route_drops_it
  assert_output --regexp '^echo_client: connect 192\.0\.2\.7:9190: Invalid argument
a route drops all that goes there \(blackhole\): ip route
echo_client: (connect|sendto) 192\.0\.2\.7:9190: Invalid argument
a route drops all that goes there \(blackhole\): ip route$'
}

@test "every client that makes a connection is in the table of this test" {
  cd "$BATS_TEST_DIRNAME/.." || return
  # dns_query asks by UDP first, and has tests of its own.
  run -0 diff <(grep -lE 'app::client_addresses|messages::talk' ch*/*.cpp | sed '/dns_query/d; s/\.cpp$//' | sort) <(cut -d '|' -f 1 <<<"$clients" | sort)
  local one_address
  mapfile -t one_address < <(grep -l 'app::client_address(' ch*/*.cpp)
  run -1 grep -lE 'SOCK_STREAM|tcp_connect' "${one_address[@]}"
}
