#!/usr/bin/env bats
# Descriptors and files, bytes in memory, addresses as text.

setup() {
  load ../harness.bash
  load ../calls.bash
  cd "$BATS_TEST_TMPDIR" || return
}

# as_in_a_terminal COMMAND...: runs it with descriptors 0, 1 and 2 open and no other.
as_in_a_terminal() (
  local fd
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    ((fd < 3)) || exec {fd}>&-
  done
  exec "$@"
)

# different_sockets: how many the output names. Two descriptors of one socket have the same number of the kernel.
different_sockets() { grep -o 'socket:\[[0-9]*\]' <<<"$output" | sort -u | wc -l; }

# hint: Close 4 between the second and the third open: the next call returns the lowest number that is free.
# page: ch01_basics/README.md#a-socket-is-a-number
@test "a new descriptor is the lowest free number, from 3 on" {
  run -0 as_in_a_terminal "$(program ch01_basics/descriptor_numbers)"
  assert_line --index 0 --regexp '^socket returned 3, a socket: socket:\[[0-9]+\]$'
  assert_line --index 1 "open returned 4, not a socket: /dev/null"
  assert_line --index 2 --regexp '^socket returned 5, a socket: socket:\[[0-9]+\]$'
  assert_line --index 3 "close of 4"
  assert_line --index 4 --regexp '^socket returned 4, a socket: socket:\[[0-9]+\]$'
  assert_equal "$(different_sockets)" 4
}

# standard_streams: "0 1 2" if descriptors 0, 1 and 2 are what these programs read, print to and complain to.
standard_streams() {
  traced -o calls -e trace=read,write
  "${server_wrapper[@]}" "$(program ch01_basics/route_lookup)" - 8.8.8.8 <<<"default via 10.0.0.1" >out
  eventually grep -q '^write' calls
  sed -nE 's/^(read|write)\(([0-9]+), "(default|8.8.8.8: default).*/\2/p' calls
  "${server_wrapper[@]}" "$(program ch01_basics/descriptor_numbers)" more 2>errors || true
  eventually grep -q '^write' calls
  grep -o -m 1 '^write([0-9]*, "descriptor_numbers: ' calls | tr -cd 0-9
}

@test "if standard input is closed the next socket is 0" {
  run -0 standard_streams
  assert_output $'0\n1\n2'
  run -0 as_in_a_terminal "$(program ch01_basics/descriptor_numbers)"
  assert_line --index 0 --regexp '^socket returned 3, '
  assert_line --index 1 "open returned 4, not a socket: /dev/null"
  assert_line --index 2 --regexp '^socket returned 5, '
  assert_line --index 4 --regexp '^socket returned 4, '
  assert_line --index 5 "close of 0"
  assert_line --index 6 --regexp '^socket returned 0, a socket: socket:\[[0-9]+\]$'
  assert_equal "$(different_sockets)" 4
}

# hint: Write as many bytes as the text has, not as many as the buffer has room for; read until it returns 0.
# page: ch01_basics/README.md#a-socket-is-a-number
@test "a file and a socket are written and read in the same way, but only the file has a position" {
  run -0 client ch01_basics/file_io
  assert_output "file: wrote 10 bytes
file: read 10 bytes of at most 100
file: read 0 bytes, the end
file: position 10
socket: wrote 10 bytes
socket: read 10 bytes of at most 100
socket: read 0 bytes, the end
socket: position Illegal seek"
  assert_equal "$(<file_io.txt)" "Let's go!"
}

# The file, then the socket; the close between them is the listener's.
@test "the same calls work on a file and on a socket" {
  traced -o calls -e trace=openat,write,read,lseek,close,network
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/file_io)"
  local where
  for where in file socket; do
    assert_line "$where: wrote 10 bytes"
    assert_line "$where: read 10 bytes of at most 100"
    assert_line "$where: read 0 bytes, the end"
  done
  assert_line "file: position 10"
  assert_line "socket: position Illegal seek"
  eventually grep -q ESPIPE calls
  # open returned the descriptor that the next calls have, until its close.
  run -0 awk '/"file_io.txt"/ { fd = $NF; print "open"; next }
    fd != "" && /^(write|read|lseek|close)/ && !/^write\(1,/ { print (match($0, /\([0-9]+/) && substr($0, RSTART + 1, RLENGTH - 1) == fd) }
    /^close/ { fd = "" }' calls
  assert_output "$(printf '%s\n' open 1 1 open 1 1 1 1)"
  sed -nE '/"file_io.txt"/,$ { s/AT_FDCWD, //; s/\|O_CLOEXEC//; s/\(([3-9]|[0-9]{2,})/(fd/
    s/^((open|write|read|lseek|close|sendto|recvfrom).*\)) +=.*/\1/p }' calls >ours
  run -0 grep -v '^write(1,' ours
  assert_output 'openat("file_io.txt", O_WRONLY|O_CREAT|O_TRUNC, 0644)
write(fd, "Let'"'"'s go!\n", 10)
close(fd)
openat("file_io.txt", O_RDONLY)
read(fd, "Let'"'"'s go!\n", 100)
read(fd, "", 100)
lseek(fd, 0, SEEK_CUR)
close(fd)
close(fd)
write(fd, "Let'"'"'s go!\n", 10)
close(fd)
read(fd, "Let'"'"'s go!\n", 100)
read(fd, "", 100)
lseek(fd, 0, SEEK_CUR)
close(fd)'
  # What it says is what the calls returned: a file may have room for four bytes only, and no position.
  run -0 prlimit --fsize=4 "$(program ch01_basics/file_io)"
  assert_line --index 0 "file: wrote 4 bytes"
  assert_line --index 1 "file: read 4 bytes of at most 100"
  assert_line --index 2 "file: read 0 bytes, the end"
  assert_line --index 3 "file: position 4"
  assert_line --index 4 "socket: wrote 10 bytes"
  traced -o /dev/null -e trace=lseek -e inject=lseek:error=EIO
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch01_basics/file_io)"
  assert_line "file: position Input/output error"
  assert_line "socket: position Input/output error"
}

@test "a file that cannot be opened is an error" {
  run -1 client ch01_basics/file_io /nowhere/file
  assert_output "file_io: open /nowhere/file: No such file or directory"
}

# hint: fputc collects bytes in a buffer of the program, write makes a system call at once. Count the calls that the kernel sees.
# page: ch01_basics/README.md#a-socket-is-a-number
@test "fputc writes when its buffer is full, write writes at once" {
  traced -f -o calls -e trace=write
  run -0 "${server_wrapper[@]}" "$(program ch01_basics/buffered_output)"
  assert_line "write, 10000 times one byte: 10000 system calls"
  assert_line "fputc, 10000 times one byte: 3 system calls"
  assert_equal "$(grep -cE 'write\([0-9]+, "\\0", 1\)' calls)" 10000
  assert_equal "$(grep -cE 'write\([0-9]+, "xxxx.*, (4096|1808)\)' calls)" 3
  # It says what the kernel has counted: here each write of one byte is two calls, and no byte stays in the buffer.
  run -0 with_calls 'ssize_t write(int fd, const void *from, size_t size) {
      auto real = reinterpret_cast<ssize_t (*)(int, const void *, size_t)>(dlsym(RTLD_NEXT, "write"));
      if (size == 1) (void)!real(fd, from, size);
      return real(fd, from, size);
    }
    int fputc(int letter, FILE *file) {
      int result = putc(letter, file);
      fflush(file);
      return result;
    }' ch01_basics/buffered_output
  assert_line "write, 10000 times one byte: 20000 system calls"
  assert_line "fputc, 10000 times one byte: 10000 system calls"
}

# hint: Convert with htonl and htons before you look at the bytes, and look at them from the lowest address to the highest.
# page: ch01_basics/README.md#numbers-in-memory
@test "a number has the host's byte order in memory, and its high byte first on the network" {
  run -0 client ch01_basics/byte_order
  assert_line "htonl of it: 12 34 56 78"
  assert_line --regexp '^htons of it: 01 02, read as a number [0-9]+$'
  assert_line "port 5188: 14 44"
  if [[ $output == *"little-endian"* ]]; then
    assert_line "0x12345678 in memory: 78 56 34 12"
    assert_line "ntohl of that: 78 56 34 12"
    assert_line "0x0102 in memory: 02 01"
    assert_line "ntohs of that: 02 01"
    assert_line "htons of it: 01 02, read as a number 513"
  else
    refute [ "$(uname -m)" = x86_64 ]
    refute [ "$(uname -m)" = aarch64 ]
    assert_line "0x12345678 in memory: 12 34 56 78"
    assert_line "ntohl of that: 12 34 56 78"
    assert_line "0x0102 in memory: 01 02"
    assert_line "htons of it: 01 02, read as a number 258"
    assert_line "ntohs of that: 01 02"
  fi
  assert_line "this host is $([[ $(printf '\1\0' | od -An -t u2) -eq 1 ]] && echo little || echo big)-endian"
  # h is the host, n the network, s has 16 bits and l has 32.
  run -0 c++ -fsyntax-only -include arpa/inet.h -x c++ - <<<'
    uint16_t (*shorts[])(uint16_t) = {htons, ntohs};
    uint32_t (*longs[])(uint32_t) = {htonl, ntohl};'
}

# hint: A single byte has no order. Convert numbers of two and four bytes only.
# page: ch01_basics/README.md#numbers-in-memory
@test "text needs no conversion, because a byte has no order" {
  run -0 client ch01_basics/byte_order
  assert_line "the text abc:$(printf abc | od -An -t x1)"
  local number="12 34 56 78" short="01 02"
  [[ $output != *"is little-endian"* ]] || number="78 56 34 12" short="02 01"
  assert_line "0x12345678 in memory: $number"
  assert_line "htonl of it: 12 34 56 78"
  assert_line "0x0102 in memory: $short"
  assert_line --regexp '^htons of it: 01 02, read as a number [0-9]+$'
  assert_line "ntohl of that: $number"
  assert_line "ntohs of that: $short"
}

# hint: A byte is unsigned and has two hexadecimal digits: mind the type, and the width in the format.
# page: ch01_basics/README.md#numbers-in-memory
@test "the notes' programs print what the notes say, with the leading zeros" {
  run -0 client ch01_basics/byte_order
  [[ $output == *"little-endian"* ]] || skip "the notes' numbers are those of a little-endian host"
  assert_line "0x12345678 in memory: 78 56 34 12"
  assert_line "htonl of it: 12 34 56 78"
  assert_line "htons of it: 01 02, read as a number $((0x201))"
  assert_line "htonl of 192 168 1 2: 2 1 168 192"
  assert_line "ntohl of 1 1 168 192: 192 168 1 1"
  assert_line "the same in signed char: 2 1 -88 -64"
  assert_line "0x01020304 with %02x: 01_02_03_04, with %0x: 1_2_3_4"
  mends 'unsigned number = 1; auto p = (unsigned char*)&number;' 'unsigned number = 1; auto p = (unsigned char*)&v;'
  mends 'unsigned char bytes[4] = {192, 168, 1, 2};' 'char bytes[4] = {192, 168, 1, 2};'
  mends 'char bytes[4]; int number = *(int*)bytes;' 'char bytes[4]; int number = *(num*)bytes;'
  mends 'int sum; auto p = (unsigned char*)&sum;' 'int sum; unsigned char* p = &sum;'
  mends 'char bytes[4];' 'char bytes[4]; char bytes[4];'
}
# mends RIGHT WRONG [OPTION...]: the right code compiles, and the wrong code does not.
mends() {
  local header includes=
  for header in stdio.h stdint.h arpa/inet.h netinet/in.h sys/socket.h; do includes+="#include <$header>"$'\n'; done
  run -0 c++ -fsyntax-only -x c++ "${@:3}" - <<<"$includes void notes() { $1 }"
  run ! c++ -fsyntax-only -x c++ "${@:3}" - <<<"$includes void notes() { $2 }"
}

# hint: htonl takes and returns 32 bits, whatever a long has.
# page: ch01_basics/README.md#numbers-in-memory
@test "a long is as wide as the machine's addresses, what htonl returns has four bytes" {
  run -0 client ch01_basics/byte_order
  assert_line "a long has $(($(getconf LONG_BIT) / 8)) bytes, what htonl returns 4"
  run -0 c++ -fsyntax-only -include arpa/inet.h -x c++ - <<<'uint32_t (*function)(uint32_t) = htonl;'
}

# hint: offsetof tells the place of a field, sizeof its bytes. Ask the compiler; do not count by hand.
# page: ch01_basics/README.md#addresses
@test "family, port and address are where the kernel looks for them" {
  run -0 client ch01_basics/sockaddr_layout
  assert_output "sa_family_t 2 bytes, in_port_t 2, in_addr_t 4, socklen_t 4
in_addr 4 bytes, in6_addr 16
sockaddr: 16 bytes
  sa_family at 0, 2 bytes
  sa_data at 2, 14 bytes
sockaddr_in: 16 bytes
  sin_family at 0, 2 bytes
  sin_port at 2, 2 bytes
  sin_addr at 4, 4 bytes
  sin_zero at 8, 8 bytes
sockaddr_in6: 28 bytes
  sin6_family at 0, 2 bytes
  sin6_port at 2, 2 bytes
  sin6_flowinfo at 4, 4 bytes
  sin6_addr at 8, 16 bytes
  sin6_scope_id at 24, 4 bytes
sockaddr_storage: 128 bytes"
}

@test "an IPv4 address has 4 bytes, so there are 2 to the power of 32 at most, and an IPv6 address has 16" {
  run -0 client ch01_basics/sockaddr_layout
  assert_line "in_addr 4 bytes, in6_addr 16"
  assert_line "  sin_addr at 4, $((32 / 8)) bytes"
  assert_line "  sin6_addr at 8, $((128 / 8)) bytes"
  run -0 client ch01_basics/subnet 0.0.0.0/0
  assert_line --regexp " of $((2 ** 32))$"
}

@test "the notes' words for the fields, types and calls do not compile, and the right ones do" {
  run -0 client ch01_basics/sockaddr_layout
  run -0 sed -n '/^sockaddr_in:/,/^sockaddr_in6:/ s/^  //p' <<<"$output"
  assert_output "sin_family at 0, 2 bytes
sin_port at 2, 2 bytes
sin_addr at 4, 4 bytes
sin_zero at 8, 8 bytes"
  mends 'sockaddr_in address; address.sin_family = AF_INET;' 'sockaddr_in address; address.sin-family = AF_INET;'
  mends 'sa_family_t family;' 'sa_famaily_t family;'
  mends 'uint32_t number;' 'unit32_t number;'
  mends 'perror("");' 'error("");'
  mends 'printf("");' 'prinf("");'
  run -0 compiles arpa/inet.h in_addr_t
  run ! compiles arpa/inet/h in_addr_t
}

@test "sys-types has int8-t only, cstdint has all integers of a fixed width" {
  run -0 client ch01_basics/sockaddr_layout
  assert_line "sa_family_t 2 bytes, in_port_t 2, in_addr_t 4, socklen_t 4"
  run -0 compiles sys/types.h int8_t
  local type
  for type in uint8_t uint32_t uint_32_t; do
    run ! compiles sys/types.h "$type"
  done
  for type in int8_t uint8_t uint32_t; do
    run -0 compiles cstdint "$type"
  done
  run ! compiles cstdint uint_32_t
  for type in sa_family_t socklen_t; do
    run -0 compiles sys/socket.h "$type"
    run ! compiles sys/types.h "$type"
  done
  for type in in_addr_t in_port_t; do
    run -0 compiles netinet/in.h "$type"
    run ! compiles sys/types.h "$type"
  done
  # Each is another name of an unsigned type: a variable may be declared by both names.
  for type in sa_family_t=uint16_t socklen_t=uint32_t in_addr_t=uint32_t in_port_t=uint16_t; do
    run -0 compiles netinet/in.h "extern ${type#*=} variable; extern ${type%=*}"
    run ! compiles netinet/in.h "extern int variable; extern ${type%=*}"
  done
}
# compiles HEADER TYPE: a variable of this type after this header.
compiles() { c++ -fsyntax-only -include "$1" -x c++ - <<<"$2 variable;"; }

# size_of STRUCTURE: what sockaddr_layout says.
size_of() { client ch01_basics/sockaddr_layout | sed -nE "s/^$1: ([0-9]+) bytes$/\\1/p"; }
# bind_of ADDRESS: the arguments that hello_server gives to bind, as the kernel understands them.
bind_of() {
  traced -o calls -e trace=bind
  start_server ch01_basics/hello_server 0 "$1"
  stop_server
  run -0 sed -nE 's/^bind\([0-9]+, (.*) = 0$/\1/p' calls
}

@test "one bind takes the addresses of both families, each in its structure, and the family tells which" {
  assert_equal "$(size_of sockaddr)" 16
  run -0 client ch01_basics/sockaddr_layout
  assert_line "  sa_family at 0, 2 bytes"
  assert_line "  sa_data at 2, 14 bytes"
  # The family has the same place in each, and there is room for either.
  assert_line "  sin_family at 0, 2 bytes"
  assert_line "  sin6_family at 0, 2 bytes"
  assert_line "sockaddr_storage: 128 bytes"
  bind_of 127.0.0.1
  assert_output --regexp "^\{sa_family=AF_INET, sin_port=htons\(0\), sin_addr=inet_addr\(\"127.0.0.1\"\)\}, $(size_of sockaddr)\)"
  assert_output --regexp ", $(size_of sockaddr_in)\) *$"
  ipv6_or_skip
  bind_of ::1
  assert_output --regexp "^\{sa_family=AF_INET6, sin6_port=htons\(0\),.* \"::1\".*\}, $(size_of sockaddr_in6)\) *$"
}

# conversions: address_text runs, and other functions stand in the place of the library's: each names itself and what it was
# given; inet_pton and inet_addr add 1 to the last byte; inet_ntoa has two buffers; inet_ntop writes no dots, and for
# 255.255.255.255 returns another text than its buffer, with its room as the error.
conversions() {
  run -0 with_calls '
    int inet_pton(int family, const char *text, void *to) noexcept {
      dprintf(1, "inet_pton(%d, %s)\n", family, text);
      if (family == 9999) { errno = EIO; return -7; }
      auto real = reinterpret_cast<int (*)(int, const char *, void *)>(dlsym(RTLD_NEXT, "inet_pton"));
      int result = real(family, text, to);
      if (result == 1) ++static_cast<char *>(to)[family == AF_INET ? 3 : 15];
      return result;
    }
    int inet_aton(const char *text, in_addr *to) noexcept {
      dprintf(1, "inet_aton(%s)\n", text);
      return reinterpret_cast<int (*)(const char *, in_addr *)>(dlsym(RTLD_NEXT, "inet_aton"))(text, to);
    }
    in_addr_t inet_addr(const char *text) noexcept {
      dprintf(1, "inet_addr(%s)\n", text);
      in_addr_t result = reinterpret_cast<in_addr_t (*)(const char *)>(dlsym(RTLD_NEXT, "inet_addr"))(text);
      return result == INADDR_NONE ? result : htonl(ntohl(result) + 1);
    }
    char *inet_ntoa(in_addr from) noexcept {
      static char buffers[2][20], which;
      const auto *byte = reinterpret_cast<unsigned char *>(&from);
      char *buffer = buffers[which = !which];
      sprintf(buffer, "<%d.%d.%d.%d>", byte[0], byte[1], byte[2], byte[3]);
      return buffer;
    }
    const char *inet_ntop(int family, const void *from, char *to, socklen_t room) noexcept {
      const auto *byte = static_cast<const unsigned char *>(from);
      if (family != AF_INET || byte[0] == 255) { errno = room; return "another text"; }
      sprintf(to, "%d-%d-%d-%d", byte[0], byte[1], byte[2], byte[3]);
      return to;
    }' ch01_basics/address_text 10.20.30.40
}

# hint: inet_pton and inet_aton report success by 1 and 0, inet_addr by its value. Check each in its own way.
# page: ch01_basics/README.md#addresses
@test "inet-pton accepts four numbers only, inet-aton and inet-addr much more" {
  run -0 client ch01_basics/address_text
  assert_line "'192.168.1.4': inet_pton 192.168.1.4, inet_aton 192.168.1.4, inet_addr 192.168.1.4"
  assert_line "'127.1': inet_pton no address, inet_aton 127.0.0.1, inet_addr 127.0.0.1"
  assert_line "'010.0.0.1': inet_pton no address, inet_aton 8.0.0.1, inet_addr 8.0.0.1"
  assert_line "'0x7f.1': inet_pton no address, inet_aton 127.0.0.1, inet_addr 127.0.0.1"
  assert_line "'2130706433': inet_pton no address, inet_aton 127.0.0.1, inet_addr 127.0.0.1"
  assert_line "'1.2.3.4 x': inet_pton no address, inet_aton 1.2.3.4, inet_addr 1.2.3.4"
  assert_line "'255.255.255.255': inet_pton 255.255.255.255, inet_aton 255.255.255.255, inet_addr no address"
  assert_line "'300.1.1.1': inet_pton no address, inet_aton no address, inet_addr no address"
  assert_line "'::1': inet_pton an IPv6 address, inet_aton no address, inet_addr no address"
  assert_line "inet_aton of 1.2.3.4: 1, of 300.1.1.1: 0"
  ! is_stranger ch01_basics/address_text || return 0
  conversions
  assert_line "'10.20.30.40': inet_pton 10-20-30-41, inet_aton 10-20-30-40, inet_addr 10-20-30-41"
  run -0 sed -nE 's/^(inet_a.*\)).*/\1/p' <<<"$output"
  run -0 sort -u <<<"$output"
  assert_output "$(printf '%s\n' 'inet_addr('{10.20.30.40,192.168.0.100,300.1.1.1}')' 'inet_aton('{1.2.3.4,10.20.30.40,300.1.1.1}')')"
}

# hint: The value for an error has 32 bits, all ones. Compare it in a type of 32 bits.
# page: ch01_basics/README.md#addresses
@test "inet-addr cannot tell the highest address from an error" {
  run -0 client ch01_basics/address_text 255.255.255.255 255.255.255.254 255.255.255.256
  assert_line --index 0 "'255.255.255.255': inet_pton 255.255.255.255, inet_aton 255.255.255.255, inet_addr no address"
  assert_line --index 1 --partial "inet_addr 255.255.255.254"
  assert_line --index 2 --partial "inet_addr no address"
  local equal=no
  (($(getconf LONG_BIT) > 32)) || equal=yes
  assert_line "inet_addr of 300.1.1.1: $((2 ** 32 - 1)), in an unsigned long equal to -1: $equal"
  # What it returns is big-endian.
  assert_line "192.168.0.100 is the number $((((192 * 256 + 168) * 256 + 0) * 256 + 100)), as text again: 192.168.0.100"
  ! is_stranger ch01_basics/address_text || return 0
  conversions
  assert_line "inet_addr(192.168.0.100)"
  assert_line "192.168.0.100 is the number $((((192 * 256 + 168) * 256 + 0) * 256 + 101)), as text again: <192.168.0.101>"
}

# hint: inet_pton has three results: success is 1, and 0 is no success. The bytes that it fills in are in the order of the network.
# page: ch01_basics/README.md#addresses
@test "inet-pton returns 1 for an address, 0 for other text, -1 for an unknown family" {
  run -0 client ch01_basics/address_text
  assert_line "inet_pton of 1.2.3.4: 1, of 1.2.3: 0, of ::1: 0"
  assert_line "inet_pton of ::1 in the family AF_INET6: 1"
  assert_line "inet_pton in the unknown family 9999: -1, Address family not supported by protocol"
  assert_line --partial "192.168.1.4 in memory: 192 168 1 4,"
  assert_line "2001:db8::1 in memory: $((0x20)) $((0x01)) $((0x0d)) $((0xb8)) 0 0 0 0 0 0 0 0 0 0 0 1"
  ! is_stranger ch01_basics/address_text || return 0
  conversions
  local call
  for call in "(2, 1.2.3.4)" "(2, 1.2.3)" "(2, ::1)" "(10, ::1)" "(2, 192.168.1.4)" "(10, 2001:db8::1)"; do
    assert_line "inet_pton$call"
  done
  assert_line "inet_pton in the unknown family 9999: -7, Input/output error"
  assert_line --partial "192.168.1.4 in memory: 192 168 1 5,"
  assert_line "2001:db8::1 in memory: $((0x20)) $((0x01)) $((0x0d)) $((0xb8)) 0 0 0 0 0 0 0 0 0 0 0 2"
}

# hint: The address is in the order of the network. To print it as a number, convert it.
# page: ch01_basics/README.md#addresses
@test "an address is four bytes with its first part first, and becomes the same text again" {
  run -0 client ch01_basics/address_text
  assert_line "192.168.1.4 in memory: 192 168 1 4, as text again: 192.168.1.4"
  assert_line "192.168.0.100 is the number $((((192 * 256 + 168) * 256 + 0) * 256 + 100)), as text again: 192.168.0.100"
  mends 'in_addr address; address.s_addr = 0;' 'in_addr address; address.s_char = 0;'
  mends 'printf("%u", in_addr_t{});' 'unsigned long address = 0; printf("%u", address);' -Werror=format
  mends 'char text[] = {"192.168.1.4"};' 'char text[] = {192.168.1.4};'
  mends 'in_addr number; inet_pton(AF_INET, "192.168.1.4", &number);' 'in_addr number; inet_pton(AF_INET, "192.168.1.4", &sum);'
  ! is_stranger ch01_basics/address_text || return 0
  conversions
  assert_line "inet_pton(2, 192.168.1.4)"
  assert_line "192.168.1.4 in memory: 192 168 1 5, as text again: 192-168-1-5"
  assert_line "inet_addr(192.168.0.100)"
  assert_line "192.168.0.100 is the number $((((192 * 256 + 168) * 256 + 0) * 256 + 101)), as text again: <192.168.0.101>"
}

# hint: inet_ntoa returns the same buffer at each call: copy the text before you call it again.
# page: ch01_basics/README.md#addresses
@test "inet-ntoa has one buffer, and inet-ntop is told how long its buffer is" {
  run -0 client ch01_basics/address_text
  assert_line "inet_ntoa of 1.2.3.4: 1.2.3.4, after that of 5.6.7.8: 5.6.7.8, in the same place: yes"
  assert_line "inet_ntoa of 0: 0.0.0.0"
  assert_line "inet_ntoa of 0xffffffff: 255.255.255.255"
  assert_line "inet_ntop with room for 15 bytes: No space left on device"
  assert_line "inet_ntop with room for 16 bytes: 255.255.255.255"
  ! is_stranger ch01_basics/address_text || return 0
  conversions
  assert_line "inet_ntoa of 1.2.3.4: <1.2.3.4>, after that of 5.6.7.8: <1.2.3.4>, in the same place: no"
  assert_line "inet_ntoa of 0: <0.0.0.0>"
  assert_line "inet_ntoa of 0xffffffff: <255.255.255.255>"
  assert_line "inet_ntop with room for 15 bytes: Block device required" # error 15
  assert_line "inet_ntop with room for 16 bytes: Device or resource busy" # error 16
}

@test "control characters in an argument are not printed" {
  run -0 client ch01_basics/address_text $'\e[2J'
  assert_line --index 0 --partial "'?[2J': inet_pton no address"
}

@test "too many arguments are wrong usage" {
  local program
  for program in descriptor_numbers buffered_output byte_order sockaddr_layout; do
    run -2 client "ch01_basics/$program" more
    assert_line --partial "usage: $program"
  done
  run -2 client ch01_basics/file_io one two
}
