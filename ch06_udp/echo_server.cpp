// echo_server.cpp - UDP echo: sends every datagram back to where it came from.
//
// Look for
//   [1] socket, bind, and no listen, no accept: one socket serves every client;
//   [2] recvfrom() returns one datagram and its sender; an empty datagram counts too;
//   [3] sendto() names the destination each time: the server remembers no client. Simplified:
//       it believes every sender; see README.md, "Echo".
//
// Usage:   echo_server [PORT [ADDRESS]]
// Pair:    ch06_udp/echo_client
// Manual:  udp(7) socket(2) bind(2) recvfrom(2) sendto(2)
// Next:    ch06_udp/echo_client
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

void answer_next(const net::Fd& socket) {
    std::vector<std::byte> buffer(65536);                 // no datagram is longer
    const auto received = net::recvfrom(socket, buffer);  // [2]
    app::say(received.size, " bytes from ", received.sender);
    try {
        const auto datagram = std::span{buffer}.first(received.size);
        sys::sendto(socket, datagram, 0, received.sender);  // [3]
    } catch (const std::system_error& error) {
        app::say("dropped ", received.sender, ": ", error.what());
    }
}

void answer_everybody(const net::Address& local) {
    const auto socket = sys::socket(local.family(), SOCK_DGRAM);  // [1]
    sys::bind(socket, local);
    app::say("listening on ", sys::getsockname(socket));

    for (;;) {
        answer_next(socket);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { answer_everybody(app::server_address(args)); });
}
