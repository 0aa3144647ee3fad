// wildcard_address.cpp - bound to 0.0.0.0 a server is reached by every address of its host.
//
// Look for
//   [1] 0.0.0.0 (INADDR_ANY) looks nothing up: the listener's address stays 0.0.0.0;
//   [2] each connection has the address by which its client came;
//   [3] bound to one address, the others refuse;
//   [4] all of 127.0.0.0/8 is this host, but for its last, which is broadcast.
//
// Usage:   wildcard_address
// Manual:  ip(7) getsockname(2)
// Next:    ch01_basics/socket_kinds
#include <system_error>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// The address that the server's end of a connection to host has, or why there is none.
std::string reached_as(const net::Fd& listener, const char* host) try {
    const auto port = sys::getsockname(listener).port();
    const auto client = net::tcp_connect(net::parse(host, port));
    const auto accepted = sys::accept(listener);
    const auto local = to_string(sys::getsockname(accepted.fd));  // [2]
    return local.substr(0, local.rfind(':'));
} catch (const std::system_error& error) {
    return error.code().message();
}

void try_hosts(const char* local) {
    const auto listener = net::tcp_listen(net::parse(local, 0));
    const auto name = to_string(sys::getsockname(listener));
    app::say("listening on ", name.substr(0, name.rfind(':')));  // [1] [3]
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
