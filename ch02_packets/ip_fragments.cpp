// ip_fragments.cpp - sends one datagram, and shows the packets that IP makes of it.
//
// Look for
//   [1] one sendto, larger than a frame may be: UDP does not mind, IP cuts it into fragments;
//   [2] all have the same identification; MF says that more follow; the offset counts in
//       units of 8 bytes, so all but the last carry a multiple of 8;
//   [3] only the first has the UDP header: to a port filter the others are anonymous;
//   [4] the MTU counts the IP header too: of 1500 bytes 1480 are left for the data.
//
// Usage:   ip_fragments INTERFACE HOST [SIZE]
// Manual:  packet(7) ip(7) udp(7)
// Next:    ch04_tcp/echo_server
#include <netinet/in.h>

#include <chrono>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"

namespace {

void show(const packet::Packet& fragment) {
    const auto& ip = *fragment.ipv4;
    const bool more = (ip.flags & packet::Ipv4::MF) != 0;
    app::say("identification ", ip.identification, ", offset ", ip.fragment_offset, " (byte ",
             8 * ip.fragment_offset, "), MF ", more ? 1 : 0, ", ",
             ip.total_length - 4 * ip.header_length, " bytes",
             fragment.udp ? ", the first 8 are the UDP header" : "");  // [3]
}

void send_and_show(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"an interface and a host that is reached by it are wanted"};
    }
    const auto size = app::number(args, 2, "SIZE", 0, 65507, 3000);
    const auto host = net::resolve(args[1], 9);
    const auto sender = sys::socket(AF_INET, SOCK_DGRAM);
    sys::connect(sender, host);
    // "Do not fragment" is the kernel's first choice, for small datagrams too.
    sys::setsockopt(sender, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    const auto mtu = sys::getsockopt<int>(sender, IPPROTO_IP, IP_MTU);
    const auto port = sys::getsockname(sender).port();
    const auto capture = packet::open_socket(packet::interface(args[0]));

    (void)sys::send(sender, packet::Buffer(static_cast<std::size_t>(size)));  // [1]
    app::say("a datagram of ", size, " bytes, MTU ", mtu, ": ", mtu - 20,
             " bytes of data a packet at most");  // [4]
    packet::Buffer buffer(70'000);
    std::optional<unsigned> identification;
    const auto deadline = packet::deadline(std::chrono::seconds{2});
    while (const auto length = packet::receive_until(capture, buffer, deadline)) {
        const auto frame = packet::decode(packet::Bytes{buffer}.first(*length));
        if (frame.udp && frame.udp->source_port == port) {
            identification = frame.ipv4->identification;
        }
        if (identification && frame.ipv4 && frame.ipv4->identification == *identification) {
            show(frame);  // [2]
            if ((frame.ipv4->flags & packet::Ipv4::MF) == 0) {
                return;
            }
        }
    }
    throw std::runtime_error{"its last packet did not pass " + args[0]};
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"INTERFACE HOST [SIZE]", 3}, send_and_show);
}
