// socket_kinds.cpp - what socket() makes of a family, a type and a protocol, and what it refuses.
//
// Look for
//   [1] the family says which addresses, the type which service, the protocol by what;
//   [2] protocol 0 is "the usual one": for SOCK_STREAM of AF_INET it is TCP;
//   [3] what does not go together is refused, and each refusal has its own error;
//   [4] raw sockets are for who may see and send anything (CAP_NET_RAW).
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
