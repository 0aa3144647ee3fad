// automatic_port.cpp - the first sendto() gives a UDP socket a port, but no address.
//
// Look for
//   [1] the first sendto() fixes the port; the address stays 0.0.0.0, because the
//       route to the destination decides it again for each datagram;
//   [2] a second destination changes nothing: the socket keeps no peer;
//   [3] connect() fixes the address as well, without sending anything;
//   [4] listen() fails: no connection could ever come.
//
// Usage:   automatic_port
// Manual:  udp(7) sendto(2) getsockname(2) getpeername(2) listen(2)
// Next:    ch06_udp/connected_socket
#include <array>
#include <system_error>

#include "ch06_udp/socket_names.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

void say_sender(const char* who, const net::Fd& receiver) {
    std::array<std::byte, 16> buffer;
    net::wait_for_datagram(receiver);
    app::say(who, " got ", net::recvfrom(receiver, buffer).sender, " as the sender");
}

void name_a_socket() {
    const auto one = net::udp_bind(net::parse("127.0.0.1", 0));
    const auto two = net::udp_bind(net::parse("127.0.0.2", 0));
    const auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    const auto text = net::bytes("x");

    udp::say_names("before sendto", socket);
    sys::sendto(socket, text, 0, sys::getsockname(one));
    udp::say_names("after the first sendto", socket);  // [1]
    say_sender("the first receiver", one);
    sys::sendto(socket, text, 0, sys::getsockname(two));
    udp::say_names("after the second sendto", socket);  // [2]
    say_sender("the second receiver", two);
    sys::connect(socket, sys::getsockname(one));
    udp::say_names("after connect", socket);  // [3]

    try {
        sys::listen(socket);
    } catch (const std::system_error& error) {
        app::say(error.what());  // [4]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { name_a_socket(); });
}
