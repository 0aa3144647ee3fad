// connected_socket.cpp - what connect() does to a UDP socket, besides storing an address.
//
// Look for
//   [1] unconnected, it receives from everybody;
//   [2] connected, it has one local address, and receives from its peer only;
//   [3] sendto() to another address still works;
//   [4] when the peer is gone, only a connected socket learns of it;
//   [5] connect() to AF_UNSPEC (family 0) undoes it, and gives back an automatic port.
//
// Usage:   connected_socket
// Manual:  udp(7) connect(2) recv(2)
// Next:    ch06_udp/one_to_many
#include <array>
#include <string_view>
#include <system_error>

#include "ch06_udp/socket_names.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// The text of a datagram is the name of its sender.
void send_name(std::string_view name, const net::Fd& from, const net::Address& to) {
    sys::sendto(from, net::bytes(name), 0, to);
}

// Takes count datagrams, one line for each, or says why there are fewer.
void receive(const char* who, const net::Fd& socket, int count) try {
    std::array<std::byte, 64> buffer;
    for (int i = 0; i < count; ++i) {
        const auto received = net::recvfrom(socket, buffer);
        app::say("  the ", who, " received from the ",
                 net::text(std::span{buffer}.first(received.size)));
    }
} catch (const std::system_error& error) {
    app::say("  the ", who, ": ", error.what());
}

net::Fd bound_socket(const char* address) {
    auto socket = net::udp_bind(net::parse(address, 0));
    net::limit_waiting(socket, 2000);
    return socket;
}

// The socket is bound to all addresses of this host; here it is reached by this one.
net::Address way_to(const net::Fd& socket) {
    return net::parse("127.0.0.1", sys::getsockname(socket).port());
}

void connect_and_dissolve() {
    auto peer = bound_socket("127.0.0.1");
    const auto stranger = bound_socket("127.0.0.1");
    const auto socket = bound_socket("0.0.0.0");
    const auto peers_address = sys::getsockname(peer);
    const auto strangers_address = sys::getsockname(stranger);

    udp::say_names("unconnected", socket);
    send_name("stranger", stranger, way_to(socket));
    send_name("peer", peer, way_to(socket));
    receive("socket", socket, 2);  // [1]

    sys::connect(socket, peers_address);
    udp::say_names("connected", socket);
    send_name("stranger", stranger, way_to(socket));
    send_name("peer", peer, way_to(socket));
    receive("socket", socket, 1);  // [2]
    send_name("socket", socket, strangers_address);
    receive("stranger", stranger, 1);  // [3]

    peer.reset();
    app::say("the peer is gone, both send to it");
    send_name("stranger", stranger, peers_address);
    send_name("socket", socket, peers_address);
    receive("socket", socket, 1);  // [4]

    sys::connect(socket, net::Address{.length = sizeof(sa_family_t)});  // [5]
    udp::say_names("dissolved", socket);
    send_name("socket", socket, strangers_address);
    receive("stranger", stranger, 1);
    udp::say_names("after the next sendto", socket);
    send_name("stranger", stranger, way_to(socket));
    receive("socket", socket, 1);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { connect_and_dissolve(); });
}
