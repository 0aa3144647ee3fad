// socket_kinds.cpp - which families, types and protocols socket accepts together, and which it refuses.
//
// Look for
//   [1] the family says what addresses look like, the type what the socket can do, and the
//       protocol how it is done;
//   [2] protocol 0 means the usual one: for AF_INET and SOCK_STREAM that is TCP;
//   [3] a combination that does not exist is refused, with an error that says what is wrong;
//   [4] raw sockets can see and send anything, so they need a right (CAP_NET_RAW).
//
// Usage:   socket_kinds
// Manual:  socket(2) ip(7) raw(7) packet(7) unix(7)
// Next:    ch01_basics/interface_info
#include <netinet/in.h>

#include <system_error>

#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

std::string kind_of(const net::Fd& fd) {
    return "type " + std::to_string(sys::getsockopt<int>(fd, SOL_SOCKET, SO_TYPE)) + ", protocol " +
           std::to_string(sys::getsockopt<int>(fd, SOL_SOCKET, SO_PROTOCOL));
}

void try_socket(const char* arguments, int family, int type, int protocol) try {
    app::say(arguments, ": ", kind_of(sys::socket(family, type, protocol)));  // [1]
} catch (const std::system_error& error) {
    app::say(arguments, ": ", error.code().message());  // [3]
}

void show_kinds() {
    app::say("PF_INET is ", PF_INET, ", AF_INET is ", AF_INET);
    try_socket("AF_INET, SOCK_STREAM, 0", AF_INET, SOCK_STREAM, 0);  // [2]
    try_socket("AF_INET, SOCK_STREAM, IPPROTO_TCP", AF_INET, SOCK_STREAM, IPPROTO_TCP);
    try_socket("AF_INET, SOCK_DGRAM, 0", AF_INET, SOCK_DGRAM, 0);
    try_socket("AF_INET, SOCK_DGRAM, IPPROTO_UDP", AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    try_socket("AF_INET6, SOCK_STREAM, 0", AF_INET6, SOCK_STREAM, 0);
    try_socket("AF_UNIX, SOCK_STREAM, 0", AF_UNIX, SOCK_STREAM, 0);
    try_socket("AF_UNIX, SOCK_SEQPACKET, 0", AF_UNIX, SOCK_SEQPACKET, 0);

    try_socket("AF_INET, SOCK_STREAM, IPPROTO_UDP", AF_INET, SOCK_STREAM, IPPROTO_UDP);
    try_socket("AF_INET, SOCK_SEQPACKET, 0", AF_INET, SOCK_SEQPACKET, 0);
    try_socket("AF_INET, 99, 0", AF_INET, 99, 0);
    try_socket("99, SOCK_STREAM, 0", 99, SOCK_STREAM, 0);

    try_socket("AF_INET, SOCK_RAW, IPPROTO_ICMP", AF_INET, SOCK_RAW, IPPROTO_ICMP);  // [4]
    try_socket("AF_PACKET, SOCK_RAW, 0", AF_PACKET, SOCK_RAW, 0);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_kinds(); });
}
