#!/usr/bin/env bats
# Kinds of sockets, ports, and the addresses of this host.

setup() {
  load ../harness.bash
  load ../calls.bash
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() { stop_server; }

# kinds_are_shown: what socket accepts, and with which error it refuses.
kinds_are_shown() {
  run -0 client ch01_basics/socket_kinds
  assert_line "PF_INET is 2, AF_INET is 2"
  assert_line "AF_INET, SOCK_STREAM, 0: type 1, protocol 6"
  assert_line "AF_INET, SOCK_STREAM, IPPROTO_TCP: type 1, protocol 6"
  assert_line "AF_INET, SOCK_DGRAM, 0: type 2, protocol 17"
  assert_line "AF_INET, SOCK_STREAM, IPPROTO_UDP: Protocol not supported"
  assert_line "AF_INET, SOCK_SEQPACKET, 0: Socket type not supported"
  assert_line "AF_INET, 99, 0: Invalid argument"
  assert_line "99, SOCK_STREAM, 0: Address family not supported by protocol"
  assert_line "AF_INET6, SOCK_STREAM, 0: type 1, protocol 6"
  assert_line "AF_UNIX, SOCK_STREAM, 0: type 1, protocol 0"
}

# hint: Ask the socket for its type and protocol (getsockopt), and show the error where socket returns -1.
# page: ch01_basics/README.md#ports
@test "each kind of socket is made, or refused with its error" {
  kinds_are_shown
}

@test "family, type and protocol must fit together" {
  kinds_are_shown
  assert_line "AF_INET, SOCK_DGRAM, IPPROTO_UDP: type 2, protocol 17"
  assert_line "AF_UNIX, SOCK_SEQPACKET, 0: type 5, protocol 0"
  run -0 declares sys/socket.h 'int (*function)(int domain, int type, int protocol) = socket;'
  traced -o calls -e trace=socket
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/socket_kinds)"
  eventually grep -q 'SOCK_RAW' calls
  grep -qE '^socket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, IPPROTO_TCP\) += [0-9]+$' calls
  grep -qE '^socket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, IPPROTO_UDP\) += -1 EPROTONOSUPPORT' calls
  # Each line tells of the call that it names, and not of one that ends alike.
  run -0 with_calls 'int socket(int family, int type, int protocol) noexcept {
      dprintf(1, "%d %d %d: ", family, type & ~SOCK_CLOEXEC, protocol);
      return reinterpret_cast<int (*)(int, int, int)>(dlsym(RTLD_NEXT, "socket"))(family, type, protocol);
    }' ch01_basics/socket_kinds
  run -0 sed -nE 's/^([0-9 ]+: [^:]+): .*/\1/p' <<<"$output"
  assert_output "2 1 0: AF_INET, SOCK_STREAM, 0
2 1 6: AF_INET, SOCK_STREAM, IPPROTO_TCP
2 2 0: AF_INET, SOCK_DGRAM, 0
2 2 17: AF_INET, SOCK_DGRAM, IPPROTO_UDP
10 1 0: AF_INET6, SOCK_STREAM, 0
1 1 0: AF_UNIX, SOCK_STREAM, 0
1 5 0: AF_UNIX, SOCK_SEQPACKET, 0
2 1 17: AF_INET, SOCK_STREAM, IPPROTO_UDP
2 5 0: AF_INET, SOCK_SEQPACKET, 0
2 99 0: AF_INET, 99, 0
99 1 0: 99, SOCK_STREAM, 0
2 3 1: AF_INET, SOCK_RAW, IPPROTO_ICMP
17 3 0: AF_PACKET, SOCK_RAW, 0"
  # PF_INET is AF_INET under another name.
  run -0 declares sys/socket.h 'static_assert(PF_INET == AF_INET);'
}

# declares HEADER CODE: does C++ know what is in this code after this header?
declares() { c++ -fsyntax-only -include "$1" -x c++ - <<<"$2"; }

@test "the calls that make and use sockets are declared in the header sys-socket" {
  run -0 client ch01_basics/socket_kinds
  assert_line "AF_INET, SOCK_STREAM, 0: type 1, protocol 6"
  run -0 declares sys/socket.h 'int (*function)(int domain, int type, int protocol) = socket;'
  local call
  for call in socket bind listen accept connect send recv sendto recvfrom shutdown getsockopt setsockopt \
    getsockname getpeername socketpair; do
    run -0 declares sys/socket.h "auto* function = &$call;"
    run ! declares sys/types.h "auto* function = &$call;"
  done
}

@test "protocol 0 means TCP for a stream" {
  traced -o calls -e trace=socket
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/socket_kinds)"
  assert_line "AF_INET, SOCK_STREAM, 0: type 1, protocol 6"
  assert_line "AF_INET, SOCK_STREAM, IPPROTO_TCP: type 1, protocol 6"
  assert_line "AF_INET, SOCK_DGRAM, 0: type 2, protocol 17" # the socket says it: of another kind it is another
  assert_line "PF_INET is 2, AF_INET is 2" # the same number
  eventually grep -q 'SOCK_RAW' calls
  run -0 sed -nE 's/^socket\(AF_INET, SOCK_STREAM[^,]*, (IPPROTO_(IP|TCP))\).*/\1/p' calls
  assert_output $'IPPROTO_IP\nIPPROTO_TCP'
}

@test "raw sockets need a right" {
  private_networks_or_skip
  run -0 in_private_network "$(program ch01_basics/socket_kinds)"
  assert_line "AF_INET, SOCK_RAW, IPPROTO_ICMP: type 3, protocol 1"
  assert_line "AF_PACKET, SOCK_RAW, 0: type 3, protocol 0"
  run -0 in_private_network setpriv --bounding-set=-all --inh-caps=-all "$(program ch01_basics/socket_kinds)"
  assert_line "AF_INET, SOCK_RAW, IPPROTO_ICMP: Operation not permitted"
  assert_line "AF_PACKET, SOCK_RAW, 0: Operation not permitted"
}

# traced_ports CALLS: the program runs; these calls, up to the bind of port 80, are in the file calls.
traced_ports() {
  traced -o all -e "trace=$1"
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/port_numbers)"
  eventually grep -q 'htons(1024)' all
  sed '/htons(80)/,$d' all >calls
}

# said_with WHICH PORT: what the program says if that answer of getsockname, or those answers, have this port.
said_with() {
  traced -o /dev/null -e trace=getsockname -e "inject=getsockname:poke_exit=@arg2=0200$(printf %04x "$2"):when=$1"
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/port_numbers)"
}

# the_range_is_the_kernels: it can be told another one.
the_range_is_the_kernels() {
  run -0 in_private_network bash -c 'echo 2000 2500 >/proc/sys/net/ipv4/ip_local_port_range && exec "$1"' - "$(program ch01_basics/port_numbers)"
  assert_line --index 0 --partial ": all from 2000 to 2500, no two equal"
}

# ports_are_looked_at: a port outside the range is noticed, and one port twice.
ports_are_looked_at() {
  local lowest highest other
  read -r lowest highest </proc/sys/net/ipv4/ip_local_port_range
  for other in $((lowest - 1)) $((highest + 1)); do
    said_with 5 "$other"
    assert_line --index 0 --partial ": not all from $lowest to $highest, no two equal"
  done
  said_with 5..6 "$lowest"
  assert_line --index 0 --partial ": all from $lowest to $highest, some equal"
}

# If one of the 200 sockets were closed early, the next one would have its descriptor.
@test "the kernel chooses ports from its own range, no two equal" {
  local lowest highest
  read -r lowest highest </proc/sys/net/ipv4/ip_local_port_range
  traced_ports bind,getsockname
  assert_line --index 0 "200 ports for one process, chosen by the kernel: all from $lowest to $highest, no two equal"
  run -0 awk -F '[(),]' -v lowest="$lowest" -v highest="$highest" '
    FNR > 400 { exit }
    /^bind.*htons\(0\)/ { asked++ }
    /^getsockname/ { descriptors += !seen[$2]++; ports += !seen["port" $5]++; inside += $5 >= lowest && $5 <= highest }
    END { print asked, descriptors, ports, inside }' calls
  assert_output "200 200 200 200"
  ports_are_looked_at
}

@test "if the range is changed, the ports are from the new range" {
  private_networks_or_skip
  the_range_is_the_kernels
}

# hint: bind a second socket to the number that the kernel gave to the first. SO_REUSEPORT must be set on both before bind.
# page: ch01_basics/README.md#ports
@test "a port has one owner in TCP and one in UDP, and is free after close" {
  run -0 client ch01_basics/port_numbers
  assert_line "the same number for UDP: given"
  assert_line "for TCP again: Address already in use"
  assert_line "for TCP after close: given"
  assert_line "two with SO_REUSEPORT: one port"
}

# ports_are_shared: what each bind after the first 200 was told and returned. P and Q are the ports that the kernel chose.
ports_are_shared() {
  traced_ports socket,setsockopt,bind
  assert_line "the same number for UDP: given"
  assert_line "for TCP again: Address already in use"
  assert_line "for TCP after close: given"
  assert_line "two with SO_REUSEPORT: one port"
  run -0 awk '
    /^socket/ { type = /SOCK_DGRAM/ ? "UDP" : "TCP" }
    /^setsockopt.*SO_REUSEPORT/ { shares = /\[1\]/ ? " shared" : "" }
    /^bind/ && ++count > 200 {
      error = match($0, /= -1 [A-Z]+/) ? " " substr($0, RSTART + 5, RLENGTH - 5) : ""
      sub(/.*htons\(/, "")
      port = $0 + 0
      if (port && !(port in name)) name[port] = substr("PQR", ++names, 1)
      print type, (port ? name[port] : "any") shares error
    }' calls
  assert_output "TCP any
UDP P
TCP P EADDRINUSE
TCP P
TCP any shared
TCP Q shared
TCP any
TCP any"
  said_with 204 1 # the port of the second with SO_REUSEPORT
  assert_line "two with SO_REUSEPORT: two ports"
}

@test "TCP and UDP can have the same number, and two sockets with SO-REUSEPORT too" {
  ports_are_shared
}

# listener NAME OPTION: socat listens on the port with this option, or says why not.
listener() {
  : >"$1"
  socat -d -d "TCP-LISTEN:$port,bind=127.0.0.1,$2" - </dev/null >"$1" 2>&1 &
  eventually grep -qE 'listening on|Address already in use' "$1"
  grep -oE -m 1 'listening on|Address already in use' "$1"
}
port_owners() { ss -Hatnp "sport = :$port" | grep -o 'pid=[0-9]*' | sort -u | wc -l; }
a_child_has_the_port() { (($(port_owners) == 2)); }

several_programs_have_one_port() {
  start_server ch10_multiprocess/echo_server
  listener refused reuseaddr
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  eventually a_child_has_the_port
  exec 9>&-
  stop_server 0
  port=7107
  listener one reuseport
  listener another reuseport
  listener third reuseaddr
  port_owners
  jobs -rp | xargs kill # the two that listen
}

@test "a port has one program, unless they share it by SO-REUSEPORT or by fork, or one has it for UDP" {
  privately several_programs_have_one_port
  assert_output $'Address already in use\nlistening on\nlistening on\nAddress already in use\n2'
  ports_are_shared
}

@test "a port in the wrong order is another port" {
  run -0 client ch01_basics/port_numbers
  assert_line "sin_port = htonl(8888) is 0, and bind gave another"
  assert_line "connect to sin_port = htonl(8888): Connection refused"
  assert_line "port 65536 in 16 bits: 0"
  local code='void set(sockaddr_in& address, int port) { address.sin_port = htonl(port); }'
  run -0 c++ -fsyntax-only -Wall -Wextra -Werror -include arpa/inet.h -x c++ - <<<"$code"
  run ! c++ -fsyntax-only -Wconversion -Werror -include arpa/inet.h -x c++ - <<<"$code"
  traced -o calls -e trace=socket,bind,getsockname,connect
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/port_numbers)"
  eventually grep -q 'htons(80)' calls
  run -0 grep -m 1 -B 4 '^connect' calls
  assert_line --index 0 --regexp '^socket\(AF_INET, SOCK_STREAM'
  assert_line --index 1 --regexp '^bind.*htons\(0\).* = 0$'
  assert_line --index 2 --regexp '^getsockname.*htons\([1-9][0-9]*\)' # any port
  refute_line --regexp '^getsockname.*htons\(8888\)'
  assert_line --index 3 --regexp '^socket\(AF_INET, SOCK_STREAM'
  assert_line --index 4 --regexp '^connect.*htons\(0\).* = -1 ECONNREFUSED'
}

@test "IANA's ranges begin at 0, 1024 and 49152, Linux wants a right below 1024, and chooses from 32768 to 60999" {
  private_networks_or_skip
  traced -o all -e trace=bind,getsockname
  run -0 in_private_network "${server_wrapper[@]}" "$(program ch01_basics/port_numbers)"
  assert_line --index 0 --partial ": all from 32768 to 60999,"
  assert_line "port 0, well-known: given" # bind takes 0 for: any
  assert_line "port 80, well-known: given"
  assert_line "port 1023, well-known: given"
  assert_line "port 1024, registered: given"
  assert_line "port 49151, registered: given"
  assert_line "port 49152, dynamic: given"
  assert_line "port 65535, dynamic: given"
  eventually grep -q 'htons(65535)' all
  run -0 awk -F '[(),]' 'FNR > 400 { exit } /^getsockname/ { ports++; inside += $5 >= 32768 && $5 <= 60999 }
    END { print ports, inside }' all
  assert_output "200 200"
  the_range_is_the_kernels
  ports_are_looked_at
  local taken
  for taken in 80 1023 1024 49151 49152 65535; do
    grep -qE "^bind\(.*htons\($taken\).* = 0$" all
  done
  run -0 in_private_network setpriv --bounding-set=-all --inh-caps=-all "$(program ch01_basics/port_numbers)"
  assert_line "port 80, well-known: Permission denied"
  assert_line "port 1023, well-known: Permission denied"
  assert_line --index 0 --partial ": all from 32768 to 60999,"
  assert_line "port 1024, registered: given"
  assert_line "port 49151, registered: given"
  assert_line "port 49152, dynamic: given"
  assert_line "port 65535, dynamic: given"
}

@test "FTP, Telnet, TFTP, HTTP and NFS have ports of their own" {
  getent services http/tcp >services || skip "this machine has no /etc/services"
  getent services ftp-data/tcp ftp/tcp telnet/tcp tftp/udp nfs/tcp >>services
  run -0 awk '{ print $1, $2 }' services
  assert_output "http 80/tcp
ftp-data 20/tcp
ftp 21/tcp
telnet 23/tcp
tftp 69/udp
nfs 2049/tcp"
  grep -q ': FTP 20 and 21, Telnet 23, TFTP 69, HTTP 80, NFS 2049\.' "$BATS_TEST_DIRNAME/../../ch01_basics/README.md"
  run -0 client ch01_basics/port_numbers
  assert_line --regexp '^port 80, well-known: '
}

@test "without the file that has Linux's range nothing is said about it" {
  private_networks_or_skip
  run -1 unshare -rnm bash -ec "
    mount -t tmpfs none /proc/sys/net/ipv4
    '$(program ch01_basics/port_numbers)'"
  assert_output "port_numbers: cannot read /proc/sys/net/ipv4/ip_local_port_range"
}

# One port is left for clients, and one of them has it.
no_port_is_left() {
  start_server ch04_tcp/echo_server
  echo 40000 40000 >/proc/sys/net/ipv4/ip_local_port_range
  exec 9<>"/dev/tcp/127.0.0.1/$port"
  client ch04_tcp/echo_client 127.0.0.1 "$port" 2>&1 <<<x || true
  client ch01_basics/port_numbers 2>&1 || true
  exec 8<>/dev/udp/127.0.0.1/9 # UDP has ports of its own
  client ch06_udp/echo_client 127.0.0.1 9 2>&1 <<<x || true
  client ch06_udp/echo_client_connected 127.0.0.1 9 2>&1 <<<x || true
  client ch09_options/option_table 2>&1 | tail -n 2
  exec 8>&- 9>&-
}

@test "when no port is left the advice is to look at the range" {
  local advice="no port is free for it: sysctl net.ipv4.ip_local_port_range; ss -s"
  privately no_port_is_left
  assert_line --index 0 --regexp '^echo_client: connect 127.0.0.1:[0-9]+: Cannot assign requested address$'
  assert_line --index 1 "$advice"
  assert_line --index 2 "port_numbers: bind 127.0.0.1:0: Address already in use"
  assert_line --index 3 "$advice"
  assert_line --index 4 "echo_client: sendto 127.0.0.1:9: Resource temporarily unavailable"
  assert_line --index 5 "$advice"
  assert_line --index 6 "echo_client_connected: connect 127.0.0.1:9: Resource temporarily unavailable"
  assert_line --index 7 "$advice"
  assert_line --index 8 "option_table: bind 127.0.0.1:0: Address already in use"
  assert_line --index 9 "$advice"
}

highest_port() {
  start_server ch01_basics/hello_server 65535
  ss -Hltn "sport = :65535"
  client ch01_basics/port_numbers | sed -n 's/^port 65535/while a server has it: &/p'
  stop_server
  client ch01_basics/hello_server 65536 2>&1 || true
  client ch01_basics/port_numbers
}

@test "a port has 16 bits, so the highest is 65535" {
  privately highest_port
  assert_line --partial ":65535 "
  assert_line "while a server has it: port 65535, dynamic: Address already in use"
  assert_line "hello_server: PORT must be a whole number from 0 to 65535, not '65536'"
  assert_line "port 0, well-known: given"
  assert_line "port 65535, dynamic: given"
  assert_line "port 65536 in 16 bits: 0"
  run -2 client ch01_basics/hello_server -1
  assert_line "hello_server: PORT must be a whole number from 0 to 65535, not '-1'"
}

@test "a server keeps its port when it starts again, not its process number" {
  local again=$((20000 + BASHPID % 10000)) before
  start_server ch01_basics/hello_server "$again"
  before=$server_pid
  run -0 ss -Hltnp "sport = :$again"
  assert_output --partial "pid=$before,"
  stop_server
  start_server ch01_basics/hello_server "$again"
  refute [ "$server_pid" = "$before" ]
  run -0 ss -Hltnp "sport = :$again"
  assert_output --partial "pid=$server_pid,"
}

wildcard_and_one_address() {
  run -0 client ch01_basics/wildcard_address
  assert_output "listening on 0.0.0.0
  client of 127.0.0.1: 127.0.0.1
  client of 127.0.0.5: 127.0.0.5
  client of 127.255.255.254: 127.255.255.254
  client of 127.255.255.255: Network is unreachable
listening on 127.0.0.1
  client of 127.0.0.1: 127.0.0.1
  client of 127.0.0.5: Connection refused
  client of 127.255.255.254: Connection refused
  client of 127.255.255.255: Network is unreachable"
  is_stranger ch01_basics/wildcard_address || its_addresses_are_asked_for
}
# its_addresses_are_asked_for: each client connects to the address that its line names, and what the server's end says is shown.
its_addresses_are_asked_for() {
  traced -o calls -e trace=connect,getsockname -e inject=getsockname:poke_exit=@arg2=020000017f000009:when=3
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/wildcard_address)"
  assert_line --index 0 "listening on 0.0.0.0"
  assert_line --index 1 "  client of 127.0.0.1: 127.0.0.9"
  assert_line --index 2 "  client of 127.0.0.5: 127.0.0.5"
  eventually awk '/^connect/ { count++ } END { exit count != 8 }' calls
  run -0 sed -nE 's/^connect.*inet_addr\("([0-9.]+)"\).*/\1/p' calls
  assert_output "$(printf '%s\n' 127.0.0.1 127.0.0.5 127.255.255.25{4,5} 127.0.0.1 127.0.0.5 127.255.255.25{4,5})"
}

# hint: Ask the accepted socket for its own address: the listener's stays 0.0.0.0.
# page: ch01_basics/README.md#ports
@test "a server on all addresses is reached by each, and its connections know by which" {
  wildcard_and_one_address
}

@test "a server on one address is not reached by another, and three functions make the same address" {
  run -0 client ch01_basics/address_text 127.0.0.1 127.1 255.255.255.255
  assert_line --index 0 "'127.0.0.1': inet_pton 127.0.0.1, inet_aton 127.0.0.1, inet_addr 127.0.0.1"
  # They are three: each of the others would say another word in one of these lines.
  assert_line --index 1 "'127.1': inet_pton no address, inet_aton 127.0.0.1, inet_addr 127.0.0.1"
  assert_line --index 2 "'255.255.255.255': inet_pton 255.255.255.255, inet_aton 255.255.255.255, inet_addr no address"
  run -0 with_calls 'in_addr_t inet_addr(const char *) noexcept { return htonl(0x7f000009); }
    int inet_aton(const char *, in_addr *to) noexcept { to->s_addr = htonl(0x7f000008); return 1; }' ch01_basics/address_text 127.0.0.1
  assert_line "'127.0.0.1': inet_pton 127.0.0.1, inet_aton 127.0.0.8, inet_addr 127.0.0.9"
  wildcard_and_one_address
}

# an_interface: makes near, an Ethernet interface with one address.
an_interface() {
  ip link add near address 02:11:22:33:44:55 type veth peer name far address 5e:01:0c:0d:00:0f
  ip address add 10.1.1.2/24 broadcast 10.1.1.255 dev near
  ip link set near up
  ip link set far up
}

show_an_interface() {
  an_interface
  ip address add 10.1.2.2/20 dev near
  client ch01_basics/interface_info near
  client ch01_basics/interface_info far
  ip -o link show near
}

# hint: The kernel knows all four: ask it about the interface by its name. The mask is the number of its ones.
# page: ch01_basics/README.md#interfaces-and-routes
@test "an interface has a MAC, an MTU, an address and a mask" {
  privately show_an_interface
  assert_line --regexp '^near: number [0-9]+, Ethernet, MAC 02:11:22:33:44:55, MTU 1500, up$'
  assert_line "near: 10.1.1.2/24, broadcast 10.1.1.255"
  assert_line "near: 10.1.2.2/20"
  assert_line --regexp '^far: number [0-9]+, Ethernet, MAC 5e:01:0c:0d:00:0f, MTU 1500, up$' # six bytes, each with two digits
  assert_output --partial "link/ether 02:11:22:33:44:55" # ip link says the same
}

labels() {
  ip link add near type veth peer name far
  ip address add 10.1.1.2/24 dev near
  ip address add 10.1.2.2/24 dev near label near:1
  client ch01_basics/interface_info near
}

# hint: An interface may have several addresses. List them all, also those with a label.
# page: ch01_basics/README.md#interfaces-and-routes
@test "an address with a label belongs to its interface" {
  privately labels
  assert_line "near: 10.1.1.2/24"
  assert_line "near: 10.1.2.2/24"
}

@test "an interface without a MAC is shown, too" {
  private_networks_or_skip
  in_private_network ip tuntap add mode tun tunnel 2>/dev/null || skip "tun interfaces are forbidden here"
  run -0 in_private_network bash -c 'ip tuntap add mode tun tunnel; "$1" tunnel' - "$(program ch01_basics/interface_info)"
  assert_output --regexp '^tunnel: number [0-9]+, other link, MTU 1500, down$'
}

# send_packet LENGTH: an IP packet that may not be cut, with 20 bytes for the header of IP and 8 for UDP's.
send_packet() {
  head -c $(($1 - 28)) /dev/zero | LC_ALL=C socat -u -b 9000 - UDP4-SENDTO:10.1.1.3:9,mtudiscover=2 2>&1 |
    grep -o '[^:]*$' || echo " sent"
}
fill_frames() {
  an_interface
  local change mtu
  for change in true "ip link set near mtu 1400"; do # the MTU of Ethernet if nobody sets another
    $change
    mtu=$(client ch01_basics/interface_info near | sed -nE 's/.* MTU ([0-9]+),.*/\1/p')
    echo "$mtu:$(send_packet "$mtu")"
    echo "$((mtu + 1)):$(send_packet $((mtu + 1)))"
  done
}

@test "an IP packet of MTU bytes fits into a frame, and one more does not" {
  privately fill_frames
  assert_output "1500: sent
1501: Message too long
1400: sent
1401: Message too long"
}

other_names() {
  an_interface
  ip link property add dev near altname enp2s1
  ip address add 10.1.3.2/24 label near:1 dev near
  client ch01_basics/interface_info near >near
  [[ -s near ]]
  client ch01_basics/interface_info enp2s1 | diff near -
  client ch01_basics/interface_info near:1 | diff near -
}

@test "an interface is found by its other names" {
  is_stranger ch01_basics/interface_info && return
  privately other_names
  assert_output ""
}

cut_off() {
  an_interface
  local state
  for state in down up; do
    ip link set near "$state"
    echo "$(client ch01_basics/interface_info near | sed -nE 's/.*, (up|down)$/\1/p'):$(send_packet 100)"
  done
  ip link set far down # the cable is out: near itself is up
  client ch01_basics/interface_info near | grep -o 'up$'
}

@test "a host is connected by its interface, and not while that is down" {
  privately cut_off
  assert_output "down: Network is unreachable
up: sent
up"
}

change_all() {
  an_interface
  client ch01_basics/interface_info near | sed 's/^/before: /'
  ip link set near address 5e:06:07:a8:09:0a mtu 1400
  ip link set far address 5e:06:07:a8:09:0a
  ip address del 10.1.1.2/24 dev near
  ip address add 192.168.7.1/20 dev near
  ip address add 192.168.7.2/20 dev near
  client ch01_basics/interface_info near
  client ch01_basics/interface_info far
  start_server ch01_basics/hello_server 0 192.168.7.1
  cat "$server_log"
  client ch01_basics/hello_client 10.1.1.2 "$port" 2>&1 || true
  client ch01_basics/hello_client 192.168.7.1 "$port"
}

@test "MAC, MTU and address can all be changed" {
  privately change_all
  assert_line --regexp '^before: near: .* MAC 02:11:22:33:44:55, MTU 1500, up$'
  assert_line "before: near: 10.1.1.2/24, broadcast 10.1.1.255"
  assert_line --regexp '^near: .* MAC 5e:06:07:a8:09:0a, MTU 1400, up$'
  assert_line --regexp '^far: .* MAC 5e:06:07:a8:09:0a, ' # so a MAC is not unique
  assert_line "near: 192.168.7.1/20"
  assert_line "near: 192.168.7.2/20"
  refute_line --regexp '^near: 10\.1\.1\.2'
  assert_line --regexp '^listening on 192\.168\.7\.1:[0-9]+$'
  assert_line --regexp '^hello_client: connect 10\.1\.1\.2:[0-9]+: Network is unreachable$'
  assert_line "Hello!"
}

all_of_them() {
  an_interface
  client ch01_basics/interface_info | sed -n 's/^\([a-z0-9]*\): number.*/\1/p' >ours
  ip -o link show | sed -E 's/^[0-9]+: ([a-z0-9]+)[@:].*/\1/' >theirs
  cmp ours theirs
  client ch01_basics/interface_info lo
}

@test "all interfaces are listed, also the loopback" {
  privately all_of_them
  assert_line "lo: number 1, loopback, MAC 00:00:00:00:00:00, MTU 65536, up"
  assert_line "lo: 127.0.0.1/8"
  assert_line "lo: ::1/128"
}

an_evil_name() {
  ip link add $'a\eb' type veth peer name far
  ip link set $'a\eb' up
  ip link set far up
  ip address add 10.1.1.2/24 dev $'a\eb'
  ip address add fe80::7/64 nodad dev $'a\eb'
  client ch01_basics/interface_info
}

@test "the name of an interface cannot command the terminal" {
  privately an_evil_name
  assert_line --partial "a?b: number"
  assert_line "a?b: 10.1.1.2/24"
  assert_line "a?b: fe80::7%a?b/64"
  refute_output --partial $'\e'
}

@test "an interface that does not exist is an error" {
  run -1 client ch01_basics/interface_info $'no\e'
  assert_output "interface_info: if_nametoindex no?: No such device
an interface of this machine is needed: ip address"
}
