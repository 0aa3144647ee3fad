// wildcard_address.cpp - a server bound to 0.0.0.0 is reached by every address of its host.
//
// Look for
//   [1] 0.0.0.0 (INADDR_ANY) looks nothing up: the listener's address stays 0.0.0.0;
//   [2] each connection has the address that its client used;
//   [3] if the server is bound to one address, connections to the others are refused;
//   [4] every address in 127.0.0.0/8 is this host, except the last, which is for broadcast.
//
// Usage:   wildcard_address
// Manual:  ip(7) getsockname(2)
// Next:    ch01_basics/socket_kinds
#include <system_error>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// "127.0.0.1", of the socket's own address.
std::string host_of(const net::Fd& fd) {
    const auto address = to_string(sys::getsockname(fd));
    return address.substr(0, address.rfind(':'));
}

// Connects to the host: the address of the server's end, or why there is no connection.
std::string reached_as(const net::Fd& listener, const char* host) try {
    const auto client = net::tcp_connect(net::parse(host, sys::getsockname(listener).port()));
    return host_of(sys::accept(listener).fd);  // [2]
} catch (const std::system_error& error) {
    return error.code().message();
}

void try_hosts(const char* local) {
    const auto listener = net::tcp_listen(net::parse(local, 0));
    app::say("listening on ", host_of(listener));  // [1] [3]
    for (const char* const host :
         {"127.0.0.1", "127.0.0.5", "127.255.255.254", "127.255.255.255"}) {
        app::say("  client of ", host, ": ", reached_as(listener, host));  // [4]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        try_hosts("0.0.0.0");
        try_hosts("127.0.0.1");
    });
}
