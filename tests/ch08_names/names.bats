#!/usr/bin/env bats
# name_to_address, address_to_name, resolve and local_host, with our own names in /etc.
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() {
  load ../harness.bash
  load ../calls.bash
  # Here, because a skip inside of `run` does not end the test.
  unshare -rnmu true 2>/dev/null || skip "private names (unshare -rnmu) are forbidden here"
}

# with_names PROGRAM ARGUMENT...: runs it on a host called myhost, whose /etc knows only the
# names in hosts (our_hosts), or those of other sources.
with_names() {
  local etc=$BATS_TEST_TMPDIR/etc known=${hosts:-$our_hosts}
  did "ran $* on a host whose /etc/hosts says: ${known//$'\n'/; }"
  mkdir -p "$etc"
  echo "$known" >"$etc/hosts"
  echo "hosts: ${sources:-files}" >"$etc/nsswitch.conf"
  echo "multi on" >"$etc/host.conf"
  echo "http 80/tcp" >"$etc/services"
  echo "${resolv_conf-nameserver 127.0.0.5}" >"$etc/resolv.conf"
  case ${resolv_conf-} in
    "no file") rm "$etc/resolv.conf" ;;
    "dangling link") ln -sf nowhere "$etc/resolv.conf" ;;
  esac
  # shellcheck disable=SC2016  # its own arguments
  unshare -rnmu bash -c 'ip link set lo up; mount --bind "$1" /etc; hostname myhost; shift; exec "$@"' - "$etc" \
    timeout "$patience" "$(program "$1")" "${@:2}"
}
# with_names_and_calls FUNCTIONS PROGRAM ARGUMENT...: these stand in the place of the library's (tests/calls.bash).
with_names_and_calls() {
  make_calls "$1" || return
  ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=./calls.so with_names "${@:2}"
}
our_hosts="127.0.0.9 www.example.test web alias1
127.0.0.10 www.example.test
::1 six.example.test
127.0.1.1 myhost"
many_names=$'127.0.0.9 www.example.test web alias1 alias2\n127.0.0.10 www.example.test\n127.0.0.11 www.example.test'

# hint: h_aliases and h_addr_list are arrays of pointers, and a null pointer ends each. Show all, with inet_ntop.
# page: ch08_names/README.md#why-names
# judges: ch08_names/name_to_address
# bats test_tags=first
@test "a name has an official name, aliases, a family and addresses" {
  run -0 with_names ch08_names/name_to_address web
  assert_line "official name: www.example.test"
  run -0 with_names ch08_names/name_to_address www.example.test
  assert_line "official name: www.example.test"
  has_the_aliases
  assert_line "address type: AF_INET, 4 bytes"
  assert_line "address: 127.0.0.9"
  assert_line "address: 127.0.0.10"
  hosts=$many_names run -0 with_names ch08_names/name_to_address www.example.test
  assert_line --regexp '^alias.*[ ,:]alias2(,| |$)'
  assert_line "address: 127.0.0.11"
  ! is_stranger ch08_names/name_to_address || return 0
  # All is what the library returned: here it looks for IPv6.
  run -0 with_names_and_calls 'hostent *gethostbyname(const char *name) { return gethostbyname2(name, AF_INET6); }' \
    ch08_names/name_to_address six.example.test
  assert_output "official name: six.example.test
address type: AF_INET6, 16 bytes
address: ::1"
  # Family and length are two fields: here one of them is changed.
  run -0 with_names_and_calls 'hostent *gethostbyname(const char *name) {
      hostent *host = gethostbyname2(name, AF_INET);
      host->h_addrtype = AF_INET6;
      *host->h_addr_list = nullptr;
      return host;
    }' ch08_names/name_to_address web
  assert_line "address type: AF_INET6, 4 bytes"
}

# has_the_aliases: a line for each alias or one for both, because the page shows none.
has_the_aliases() {
  assert_line --regexp '^alias.*[ ,:]web(,| |$)'
  assert_line --regexp '^alias.*[ ,:]alias1(,| |$)'
}

# judges: ch08_names/name_to_address
@test "an alias of DNS, a CNAME, is an alias too" {
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'exec 5< <(exec "$1/dns_server" 53 127.0.0.5)' 'server=$!; read -ru 5' \
    '"$1/name_to_address" web.example.test' 'kill "$server"'
  sources=dns run -0 with_names both "$BUILD_DIR/ch08_names"
  assert_output "official name: www.example.test
alias: web.example.test
address type: AF_INET, 4 bytes
address: 192.0.2.1
address: 192.0.2.2"
  run -0 with_names ch08_names/name_to_address alias1
  assert_line --index 0 "official name: www.example.test"
  assert_line "alias: web"
  assert_line "alias: alias1"
}

@test "ping shows the address of a name, the same one" {
  run -0 with_names ch08_names/name_to_address www.example.test
  assert_line "address: 127.0.0.9"
  run -0 with_names ch02_packets/ping www.example.test 1
  assert_line --index 0 --regexp '^sequence 1: reply from 127\.0\.0\.9: '
}

@test "when the address of a name changes, the program need not" {
  local address
  for address in 127.0.0.77 192.0.2.78; do
    hosts="$address moves.example.test" run -0 with_names ch08_names/name_to_address moves.example.test
    assert_line "address: $address"
  done
}

@test "a known name gives an address, an unknown name an error and no crash" {
  run -0 with_names ch08_names/name_to_address www.example.test
  assert_output "official name: www.example.test
alias: web
alias: alias1
address type: AF_INET, 4 bytes
address: 127.0.0.9
address: 127.0.0.10"
  hosts=$many_names run -0 with_names ch08_names/name_to_address www.example.test
  assert_line "alias: alias2"
  assert_line "address: 127.0.0.11"
  run -1 with_names ch08_names/name_to_address nosuch.example.test
  assert_output "name_to_address: gethostbyname nosuch.example.test: Unknown host (errno: Success)"
  # It says what is in h_errno and errno.
  run -1 with_names_and_calls 'hostent *gethostbyname(const char *) { h_errno = NO_DATA; errno = ENOENT; return nullptr; }' \
    ch08_names/name_to_address nosuch.example.test
  assert_output "name_to_address: gethostbyname nosuch.example.test: No address associated with name (errno: No such file or directory)"
}

# hint: Look at what gethostbyname returns before you use it. The reason is in h_errno, not in errno.
# page: ch08_names/README.md#why-names
# judges: ch08_names/name_to_address
@test "an unknown name has no addresses, and is no crash" {
  run with_names ch08_names/name_to_address nosuch.example.test
  # shellcheck disable=SC2031 # run sets it
  ((status && status != 124)) && is_no_crash "$status" || fail "it ended with status $status, and said: $output"
  refute_line --regexp '^address: '
}

@test "the second gethostbyname overwrites the first one's result" {
  run -0 with_names ch08_names/name_to_address www.example.test myhost
  assert_line "official name: www.example.test"
  assert_line "alias: alias1"
  assert_line "official name: myhost"
  assert_line "the first result now says: myhost"
  results_of 1
  assert_line "the first result now says: myhost"
  results_of 2 # with room for two the first one stays
  assert_line "the first result now says: www.example.test"
  # In their place: getaddrinfo, whose list belongs to the caller, and getnameinfo, which writes into the caller's room.
  run -0 with_names ch08_names/resolve www.example.test http
  assert_line "127.0.0.9:80 is www.example.test http"
  assert_line "127.0.0.10:80 is www.example.test http"
}

# results_of COUNT: the same, where gethostbyname has room for that many results, and each name stays.
results_of() {
  run -0 with_names_and_calls 'hostent *gethostbyname(const char *name) {
      static hostent results['"$1"'];
      static int calls;
      hostent &result = results[calls++ % '"$1"'];
      result = *reinterpret_cast<hostent *(*)(const char *)>(dlsym(RTLD_NEXT, "gethostbyname"))(name);
      asprintf(&result.h_name, "%s", result.h_name);
      return &result;
    }' ch08_names/name_to_address www.example.test myhost
}

# hint: gethostbyaddr wants the bytes of the address, as inet_pton makes them, their number, and the family.
# page: ch08_names/README.md#why-names
# judges: ch08_names/address_to_name
# bats test_tags=first
@test "an IPv4 or an IPv6 address has a name" {
  run -0 with_names ch08_names/address_to_name 127.0.0.9
  assert_line "official name: www.example.test"
  has_the_aliases
  assert_line "address type: AF_INET, 4 bytes"
  hosts=$many_names run -0 with_names ch08_names/address_to_name 127.0.0.9
  assert_line --regexp '^alias.*[ ,:]alias2(,| |$)'
  run -0 with_names ch08_names/address_to_name ::1
  assert_line "official name: six.example.test"
  assert_line "address type: AF_INET6, 16 bytes"
  hosts="10.1.2.3 four.example.test" run -0 with_names ch08_names/address_to_name 10.1.2.3
  assert_line "official name: four.example.test"
  ! is_stranger ch08_names/address_to_name || return 0
  # Family and length are those that the library returned.
  run -0 with_names_and_calls 'hostent *gethostbyaddr(const void *address, socklen_t length, int family) {
      hostent *host = reinterpret_cast<decltype(&gethostbyaddr)>(dlsym(RTLD_NEXT, "gethostbyaddr"))(address, length, family);
      host->h_addrtype = AF_INET6;
      return host;
    }' ch08_names/address_to_name 127.0.0.9
  assert_line "address type: AF_INET6, 4 bytes"
  run -1 with_names_and_calls 'hostent *gethostbyaddr(const void *, socklen_t, int) { h_errno = NO_DATA; return nullptr; }' \
    ch08_names/address_to_name 127.0.0.9
  assert_output "address_to_name: gethostbyaddr 127.0.0.9: No address associated with name"
  local address
  for address in 192.0.2.77 2001:db8::77; do # not every one has
    run -1 with_names ch08_names/address_to_name "$address"
    assert_output "address_to_name: gethostbyaddr $address: Unknown host"
  done
}

@test "the type comes before the official name, and each alias has a line" {
  run -0 with_names ch08_names/address_to_name 127.0.0.9
  assert_output "address type: AF_INET, 4 bytes
official name: www.example.test
alias: web
alias: alias1"
  run -0 with_names ch08_names/address_to_name ::1
  assert_output "address type: AF_INET6, 16 bytes
official name: six.example.test"
}

@test "an address without a name is an error, and a bad address is wrong usage" {
  run -1 with_names ch08_names/address_to_name 192.0.2.77
  assert_output "address_to_name: gethostbyaddr 192.0.2.77: Unknown host"
  run -2 with_names ch08_names/address_to_name 300.1.1.1
  assert_line "address_to_name: not an address: '300.1.1.1'"
}

# hint: hints says which sockets you want: without a type each address comes several times. Give getnameinfo the address and its length as they came.
# page: ch08_names/README.md#why-names
# judges: ch08_names/resolve
# bats test_tags=first
@test "getaddrinfo knows both families and services, and getnameinfo goes the other way" {
  run -0 with_names ch08_names/resolve www.example.test http
  assert_line "canonical name: www.example.test"
  shows_once '127\.0\.0\.9:80 is www\.example\.test' http
  shows_once '127\.0\.0\.10:80 is www\.example\.test' http
  run -0 with_names ch08_names/resolve six.example.test 8080
  assert_line "canonical name: six.example.test"
  shows_once '\[::1\]:8080 is six\.example\.test' 8080
}

# shows_once WORDS SERVICE: there is one such line. What is between the name and the service the page does not say.
shows_once() {
  local times
  times=$(grep -cE "^$1[ :,(]+(service )?$2\)?$" <<<"$output") || true
  ((times == 1)) || fail "$times lines say '${1//\\/} $2': $output"
}

@test "an address with its port is followed by its name and its service" {
  run -0 with_names ch08_names/resolve www.example.test http
  assert_output "canonical name: www.example.test
127.0.0.9:80 is www.example.test http
127.0.0.10:80 is www.example.test http"
  run -0 with_names ch08_names/resolve six.example.test 8080
  assert_output "canonical name: six.example.test
[::1]:8080 is six.example.test 8080"
}

@test "getaddrinfo says what is wrong" {
  run -1 with_names ch08_names/resolve nosuch.example.test
  assert_output "resolve: getaddrinfo nosuch.example.test: Name or service not known"
  run -1 with_names ch08_names/resolve www.example.test nosuch
  assert_output "resolve: getaddrinfo www.example.test: Servname not supported for ai_socktype"
}

# hint: The name comes from gethostname, its addresses from getaddrinfo, those of the interfaces from getifaddrs.
# page: ch08_names/README.md#the-machines-own-name
# judges: ch08_names/local_host
# bats test_tags=first
@test "the addresses of the host's name are not those of its interfaces" {
  run -0 with_names ch08_names/local_host
  assert_line "host name: myhost"
  assert_line --regexp '[ =]127\.0\.1\.1$'
  assert_line --regexp '^lo\b.*[ =]127\.0\.0\.1$'
  assert_line --regexp '^lo\b.*[ =]::1$'
  ! is_stranger ch08_names/local_host || return 0
  assert_output "host name: myhost
into one byte: gethostname: File name too long
the resolver: 127.0.1.1
lo: 127.0.0.1
lo: ::1"
  run -0 client ch08_names/local_host
  assert_line --index 0 "host name: $(uname -n)"
  # The interfaces have addresses that no resolver knows. A datagram's way out shows it too.
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'ip address add 192.0.2.2/24 dev lo' 'ip link add near type veth peer name far' 'ip address add 192.0.2.3 dev near' \
    '"$1/ch08_names/local_host"' '"$1/ch06_udp/local_address" 192.0.2.9'
  run -0 with_names both "$BUILD_DIR"
  assert_output "host name: myhost
into one byte: gethostname: File name too long
the resolver: 127.0.1.1
lo: 127.0.0.1
lo: 192.0.2.2
near: 192.0.2.3
lo: ::1
192.0.2.2"
  # The longest name that a host may have, and the shortest.
  local longest
  longest=$(printf 'h%.0s' {1..64})
  # shellcheck disable=SC2016  # for the stranger
  stranger both "hostname $longest" '"$1/ch08_names/local_host"' 'hostname h' '"$1/ch08_names/local_host"'
  run -0 with_names both "$BUILD_DIR"
  assert_line --index 0 "host name: $longest"
  assert_line "host name: h"
  assert_equal "$(grep -c "^into one byte: gethostname: File name too long" <<<"$output")" 2
}

@test "the host has a name, the name an address, and the address that name" {
  run -0 with_names ch08_names/local_host
  assert_line "host name: myhost"
  run -0 with_names ch08_names/name_to_address myhost
  assert_line "address: 127.0.1.1"
  run -0 with_names ch08_names/address_to_name 127.0.1.1
  assert_line "official name: myhost"
}

# hint: getaddrinfo returns a list. Walk through it to its end.
# page: ch08_names/README.md#the-machines-own-name
# judges: ch08_names/local_host
@test "all addresses of this host in hosts are listed" {
  hosts="127.0.1.1 myhost
127.0.1.2 myhost" run -0 with_names ch08_names/local_host
  local address times
  for address in 127.0.1.1 127.0.1.2; do
    times=$(grep -cE "[ =]${address//./\\.}\$" <<<"$output") || true
    ((times == 1)) || fail "$times lines end with $address: $output"
  done
  ! is_stranger ch08_names/local_host || return 0
  assert_output "host name: myhost
into one byte: gethostname: File name too long
the resolver: 127.0.1.1
the resolver: 127.0.1.2
lo: 127.0.0.1
lo: ::1"
  # First it prints them, then a client may connect to any of them.
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'exec 5< <(exec "$1/ch04_tcp/echo_server" 9190 0.0.0.0); server=$!; read -ru 5' \
    'addresses=$("$1/ch08_names/local_host" | sed -n "s/^the resolver: //p")' \
    'for address in $addresses; do "$1/ch04_tcp/echo_client" "$address" 9190 <<<"by $address"; done' 'kill "$server"'
  hosts="127.0.1.1 myhost
127.0.1.2 myhost" run -0 with_names both "$BUILD_DIR"
  assert_output "by 127.0.1.1
by 127.0.1.2"
  # All: of both families.
  hosts=$'127.0.1.1 myhost\n127.0.1.2 myhost\n127.0.1.3 myhost\n2001:db8::5 myhost' run -0 with_names ch08_names/local_host
  for address in 127.0.1.{1..3} 2001:db8::5; do assert_line "the resolver: $address"; done
}

an_evil_name() {
  ip link add $'a\eb' type veth peer name far
  ip link set $'a\eb' up
  ip link set far up
  ip address add fe80::7/64 nodad dev $'a\eb'
  client ch08_names/local_host
}

@test "the name of an interface cannot command the terminal" {
  privately an_evil_name
  assert_line "a?b: fe80::7%a?b"
  refute_output --partial $'\e'
}

# hint: Many machines do not know their own name's address. Say so, and go on with the interfaces.
# page: ch08_names/README.md#the-machines-own-name
# judges: ch08_names/local_host
@test "a host whose name is unknown is not a failure" {
  hosts="127.0.0.1 localhost" run -0 with_names ch08_names/local_host
  is_stranger ch08_names/local_host || assert_line "the resolver: Name or service not known"
  assert_line --regexp '^lo\b.*[ =]127\.0\.0\.1$'
}

@test "without arguments the name server of resolv conf is asked" {
  run -1 with_names ch08_names/dns_query <<<"www.example.test"
  assert_line "asking 127.0.0.5:53"
  assert_line "dns_query: no answer from 127.0.0.5:53"
}

# judges: nobody
@test "nslookup shows the same name server, and the same addresses" {
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'exec 5< <(exec "$1/dns_server" 53 127.0.0.5)' 'server=$!; read -ru 5' \
    '"$1/dns_query" <<<"www.example.test" 2>&1' 'nslookup www.example.test' 'kill "$server"'
  run -0 with_names both "$BUILD_DIR/ch08_names"
  assert_line "asking 127.0.0.5:53"
  assert_line --regexp '^Address:[[:space:]]+127\.0\.0\.5#53$'
  local address
  for address in 192.0.2.1 192.0.2.2; do
    assert_line "  answer www.example.test 300 A $address"
    assert_line "Address: $address"
  done
  # Of several it is the first. (nslookup goes on to the next, because ours gives no recursion.)
  resolv_conf=$'nameserver 127.0.0.5\nnameserver 127.0.0.6' run -0 with_names ch08_names/dns_query </dev/null
  assert_output "asking 127.0.0.5:53"
}

# The browser is curl.
# judges: nobody
@test "for a URL a browser asks DNS first, then connects by TCP, then asks by HTTP" {
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
  echo "test 60 SOA ns.test me.test 1 1 1 1 1
www.test 60 A 127.0.0.8" >"$BATS_TEST_TMPDIR/zone"
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'exec 5< <(exec "$1/ch08_names/dns_server" 53 127.0.0.5 zone 2>&1); servers=$!; read -ru 5' \
    'exec 6< <(exec "$1/ch01_basics/browser_server" 80 127.0.0.8); servers+=" $!"; read -ru 6' \
    'strace -f -o calls -e trace=network,write curl -sS --noproxy "*" http://www.test/ | head -n 1' \
    'read -ru 5; echo "$REPLY"; kill $servers'
  sources=dns run -0 with_names both "$BUILD_DIR"
  assert_line --index 0 --partial "<"
  assert_line --regexp '^www\.test A from 127\.0\.0\.1:[0-9]+: NOERROR, '
  run -0 sed -nE 's/.* (connect|sendto)\(.*htons\(53\), .*"127\.0\.0\.5".*/DNS/p; s/.* connect\(.*htons\(80\), .*"127\.0\.0\.8".*/TCP/p
    s/.* "GET \/ HTTP.*/HTTP/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(uniq <<<"$output" | paste -sd ' ')" "DNS TCP HTTP"
}

# dig looks up the addresses of the name servers in hosts.
# judges: nobody
@test "dig follows the referral from the root to the server that knows" {
  echo ". 60 SOA ns.root me.root 1 1 1 1 1
. 60 NS ns.root
test 60 NS ns.test" >"$BATS_TEST_TMPDIR/root"
  echo "test 60 SOA ns.test me.test 1 1 1 1 1
test 60 NS ns.test
www.test 60 A 192.0.2.9" >"$BATS_TEST_TMPDIR/zone"
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'exec 5< <(exec "$1/dns_server" 53 127.0.0.5 root)' 'servers=$!; read -ru 5' \
    'exec 6< <(exec "$1/dns_server" 53 127.0.0.6 zone)' 'servers+=" $!"; read -ru 6' \
    'dig +trace +nodnssec -4 www.test' 'kill $servers'
  hosts=$'127.0.0.5 ns.root\n127.0.0.6 ns.test' run -0 with_names both "$BUILD_DIR/ch08_names"
  assert_line --regexp '^test\.[[:space:]]+60[[:space:]]+IN[[:space:]]+NS[[:space:]]+ns\.test\.$'
  assert_line --regexp '^www\.test\.[[:space:]]+60[[:space:]]+IN[[:space:]]+A[[:space:]]+192\.0\.2\.9$'
  assert_line --regexp 'from 127\.0\.0\.5#53'
  assert_line --regexp 'from 127\.0\.0\.6#53'
}

# resolv.conf(5): "If this file does not exist, only the name server on the local machine will be queried".
@test "without a name server in resolv conf this machine is asked" {
  for resolv_conf in "" "; nameserver 127.0.0.6" " nameserver 127.0.0.6" "nameserver" "nameserver localhost" "no file" "dangling link"; do
    run -0 with_names ch08_names/dns_query </dev/null
    assert_line "asking 127.0.0.1:53"
  done
  resolv_conf=$'nameserver localhost\nnameserver 127.0.0.7' run -0 with_names ch08_names/dns_query </dev/null
  assert_line "ignored in /etc/resolv.conf: nameserver localhost"
  assert_line "asking 127.0.0.7:53"
  resolv_conf=$'\xEF\xBB\xBFnameserver 127.0.0.8' run -0 with_names ch08_names/dns_query </dev/null
  assert_line "asking 127.0.0.8:53"
}

# The first address has no route.
# judges: nobody
@test "each address of a server is asked in turn" {
  ipv6_or_skip
  # shellcheck disable=SC2016  # for the stranger
  stranger both 'exec 5< <(exec "$1/dns_server" 9190 ::1)' 'server=$!; read -ru 5' \
    '"$1/dns_query" both.test <<<"www.example.test"' 'kill "$server"'
  hosts=$'192.0.2.1 both.test\n::1 both.test' run -0 with_names both "$BUILD_DIR/ch08_names"
  assert_line "asking 192.0.2.1:9190"
  assert_line --partial "Network is unreachable"
  assert_line "asking [::1]:9190"
  assert_line "  answer www.example.test 300 A 192.0.2.1"
}

@test "a missing argument is wrong usage" {
  local name
  for name in ch08_names/name_to_address ch08_names/address_to_name ch08_names/resolve; do
    run -2 client "$name"
    assert_output --partial "is missing"
  done
  run -2 client ch08_names/local_host more
}

@test "a name from hosts cannot command the terminal" {
  hosts=$'127.0.0.9 www.example.test\e[2J alias\x9b2J' run -0 with_names ch08_names/address_to_name 127.0.0.9
  assert_line "official name: www.example.test?[2J"
  hosts=$'127.0.0.9 www\e[2J web' run -0 with_names ch08_names/resolve web
  refute_output --partial $'\e'
}
