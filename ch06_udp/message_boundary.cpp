// message_boundary.cpp - what one recvfrom() returns: one datagram, whole or cut, never two.
//
// Look for
//   [1] three datagrams wait together, and still each recvfrom() returns one;
//   [2] bytes that do not fit into a short buffer are lost: the next recvfrom() returns
//       the next datagram, and only MSG_TRUNC tells how long the cut one was;
//   [3] an empty datagram is a datagram too, and not the end of anything;
//   [4] a datagram that IP cannot carry is refused, not sent in two pieces.
//
// Usage:   message_boundary
// Manual:  udp(7) recv(2), there MSG_TRUNC
// Next:    ch06_udp/automatic_port
#include <string>
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

void send_text(const net::Fd& sender, const std::string& text, const net::Address& to) {
    app::say("sendto: ", sys::sendto(sender, net::bytes(text), 0, to), " bytes");
}

void receive_into(std::size_t size, const net::Fd& receiver, int flags = 0) {
    std::vector<std::byte> buffer(size);
    net::wait_for_datagram(receiver);
    const auto received = net::recvfrom(receiver, buffer, flags);
    app::say("recvfrom with a buffer of ", size, flags == 0 ? "" : " and MSG_TRUNC", ": ",
             received.size, " bytes");
}

// Returns false if the datagram was refused.
bool send_zeros(const net::Fd& sender, std::size_t size, const net::Address& to) try {
    app::say("sendto: ", sys::sendto(sender, std::vector<std::byte>(size), 0, to), " bytes");
    return true;
} catch (const std::system_error& error) {
    app::say("sendto: ", size, " bytes: ", error.code().message());
    return false;
}

void find_the_limit(const char* host, std::size_t most) {
    const auto receiver = net::udp_bind(net::parse(host, 0));
    const auto local = sys::getsockname(receiver);
    const auto sender = sys::socket(local.family(), SOCK_DGRAM);
    app::say("to ", host);
    if (send_zeros(sender, most, local)) {  // the buffers may be too small
        receive_into(65536, receiver);
    }
    (void)send_zeros(sender, most + 1, local);  // [4]
}

// A machine may have no IPv6; all the rest is true there too.
void find_the_limit_of_ipv6() try {
    find_the_limit("::1", 65535 - 8);  // IPv6 does not count its own header
} catch (const std::system_error& error) {
    if (error.code() != std::errc::address_not_available &&
        error.code() != std::errc::address_family_not_supported) {
        throw;
    }
    app::say("to ::1: ", error.what());
}

void send_and_receive() {
    const auto receiver = net::udp_bind(net::parse("127.0.0.1", 0));
    const auto local = sys::getsockname(receiver);
    const auto sender = sys::socket(local.family(), SOCK_DGRAM);

    for (const auto* text : {"hello", "hello again", "hi"}) {
        send_text(sender, text, local);
    }
    for (int i = 0; i < 3; ++i) {
        receive_into(4096, receiver);  // [1]
    }
    for (const auto* text : {"a long one", "a longer one", "", "short"}) {
        send_text(sender, text, local);
    }
    receive_into(4, receiver);  // [2]
    receive_into(4, receiver, MSG_TRUNC);
    receive_into(4096, receiver);  // [3]
    receive_into(4096, receiver);

    find_the_limit("127.0.0.1", 65535 - 20 - 8);  // IPv4 header, UDP header
    find_the_limit_of_ipv6();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { send_and_receive(); });
}
