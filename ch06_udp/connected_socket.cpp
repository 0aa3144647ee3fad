// connected_socket.cpp - what connect() does to a UDP socket besides noting an address.
//
// Look for
//   [1] unconnected, it receives from everybody;
//   [2] connected, the kernel drops what others than the peer send;
//   [3] sendto() to another address still works;
//   [4] when the peer is gone, a connected socket is told and any other is not;
//   [5] connect() to AF_UNSPEC (family 0) ends it; an automatic port is given up.
//
// Usage:   connected_socket
// Manual:  udp(7) connect(2) recv(2)
// Next:    ch06_udp/one_to_many
#include <array>
#include <string>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

std::string peer_of(const net::Fd& fd) try {
    return to_string(sys::getpeername(fd));
} catch (const std::system_error& error) {
    return error.code().message();
}

void say_names(const char* when, const net::Fd& fd) {
    app::say(when, ": local ", sys::getsockname(fd), ", peer ", peer_of(fd));
}

void send_text(const char* who, const net::Fd& from, const net::Address& to) {
    const std::string text = who;
    sys::sendto(from, net::bytes(text), 0, to);
}

// Takes count datagrams, one line for each, or says why there are fewer.
void receive(const char* who, const net::Fd& socket, int count) try {
    std::array<std::byte, 64> buffer;
    for (int i = 0; i < count; ++i) {
        const auto received = net::recvfrom(socket, buffer);
        app::say("  the ", who, " received from the ",
                 std::string{reinterpret_cast<const char*>(buffer.data()), received.size});
    }
} catch (const std::system_error& error) {
    app::say("  the ", who, ": ", error.what());
}

net::Fd bound_socket() {
    auto socket = net::udp_bind(net::parse("127.0.0.1", 0));
    net::limit_waiting(socket, 2000);
    return socket;
}

void connect_and_dissolve() {
    auto peer = bound_socket();
    const auto stranger = bound_socket();
    const auto socket = bound_socket();
    const auto peers_address = sys::getsockname(peer);
    const auto strangers_address = sys::getsockname(stranger);

    say_names("unconnected", socket);
    send_text("stranger", stranger, sys::getsockname(socket));
    send_text("peer", peer, sys::getsockname(socket));
    receive("socket", socket, 2);  // [1]

    sys::connect(socket, peers_address);
    say_names("connected", socket);
    send_text("stranger", stranger, sys::getsockname(socket));
    send_text("peer", peer, sys::getsockname(socket));
    receive("socket", socket, 1);  // [2]
    send_text("socket", socket, strangers_address);
    receive("stranger", stranger, 1);  // [3]

    peer.reset();
    app::say("the peer is gone, both send to it");
    send_text("stranger", stranger, peers_address);
    send_text("socket", socket, peers_address);
    receive("socket", socket, 1);  // [4]

    sys::connect(socket, net::Address{.length = sizeof(sa_family_t)});  // [5]
    say_names("dissolved", socket);
    send_text("socket", socket, strangers_address);
    receive("stranger", stranger, 1);
    say_names("after the next sendto", socket);
    send_text("stranger", stranger, sys::getsockname(socket));
    receive("socket", socket, 1);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { connect_and_dissolve(); });
}
