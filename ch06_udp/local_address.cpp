// local_address.cpp - the address this machine would use to reach a host, found without a packet.
//
// Look for
//   [1] connect() on a UDP socket only looks into the routing table: the host need
//       not answer, it need not even exist;
//   [2] now the socket has the local address that its datagrams would carry.
//
// Usage:   local_address [HOST [PORT]]     default: 8.8.8.8 and port 53, as in the notes
// Manual:  udp(7) connect(2) getsockname(2)
// Next:    ch07_shutdown/file_server
#include <string>

#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

void say_local_address(const net::Address& host) {
    const auto socket = sys::socket(host.family(), SOCK_DGRAM);
    sys::connect(socket, host);                              // [1]
    const auto local = to_string(sys::getsockname(socket));  // [2]
    app::say(local.substr(0, local.rfind(':')));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        say_local_address(args.empty() ? net::parse("8.8.8.8", 53) : app::client_address(args));
    });
}
