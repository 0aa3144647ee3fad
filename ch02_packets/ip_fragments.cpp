// ip_fragments.cpp - sends one datagram, and shows the packets that IP makes of it.
//
// Look for
//   [1] one send, larger than a frame can be: UDP lets it pass, and IP cuts it into fragments;
//   [2] all have the same identification; MF says that more follow; the offset counts units of
//       8 bytes, so every fragment but the last carries a multiple of 8;
//   [3] only the first has the UDP header: a firewall sees no port in the others;
//   [4] the MTU counts the IP header too: of 1500 bytes, 1480 are left for data.
//
// Usage:   ip_fragments INTERFACE HOST [SIZE]
// Manual:  packet(7) ip(7) udp(7)
// Next:    ch04_tcp/echo_server
#include <netinet/in.h>

#include <chrono>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

net::Fd connected_sender(const std::string& host) {
    auto sender = sys::socket(AF_INET, SOCK_DGRAM);
    sys::connect(sender, packet::ipv4_address(host, 9));
    // Otherwise the kernel sets "do not fragment" in the datagrams that fit into one packet.
    sys::setsockopt(sender, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    return sender;
}

bool more_follow(const packet::Packet& fragment) {
    return (fragment.ipv4->flags & packet::Ipv4::MF) != 0;
}

void show(const packet::Packet& fragment) {
    const auto& ip = *fragment.ipv4;
    app::say("identification ", ip.identification, ", offset ", ip.fragment_offset, " (byte ",
             8 * ip.fragment_offset, "), MF ", more_follow(fragment) ? 1 : 0, ", ",
             ip.total_length - 4 * ip.header_length, " bytes",
             fragment.udp ? ", the first 8 are the UDP header" : "");  // [3]
}

// Shows the fragments of the datagram that was sent from this port, up to the last one. False
// if that did not pass within two seconds.
bool show_fragments(const net::Fd& capture, std::uint16_t source_port) {
    packet::Buffer buffer(70'000);
    std::optional<unsigned> identification;  // known from the first fragment on
    unsigned next_offset = 0;
    const auto deadline = packet::deadline(std::chrono::seconds{2});
    while (const auto size = packet::receive_until(capture, buffer, deadline)) {
        const auto frame = packet::decode(packet::Bytes{buffer}.first(*size));
        if (frame.ipv4 && frame.udp && frame.udp->source_port == source_port) {
            identification = frame.ipv4->identification;
        }
        // On the loopback each packet passes twice: it goes out and comes in.
        const bool is_new = frame.ipv4 && frame.ipv4->fragment_offset >= next_offset;
        if (is_new && frame.ipv4->identification == identification) {  // [2]
            show(frame);
            next_offset = frame.ipv4->fragment_offset + 1U;
            if (!more_follow(frame)) {
                return true;
            }
        }
    }
    return false;
}

void send_and_show(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"an interface is wanted, and a host that is reached by it"};
    }
    const auto size = app::number(args, 2, "SIZE", 0, 65507, 3000);
    const auto sender = connected_sender(args[1]);
    const auto capture = packet::open_socket(packet::interface(args[0]));

    (void)sys::send(sender, packet::Buffer(static_cast<std::size_t>(size)));  // [1]
    const auto mtu = sys::getsockopt<int>(sender, IPPROTO_IP, IP_MTU);
    app::say("a datagram of ", size, " bytes, MTU ", mtu, ": ", mtu - 20,
             " bytes of data a packet at most");  // [4]
    if (!show_fragments(capture, sys::getsockname(sender).port())) {
        throw std::runtime_error{"its last packet did not pass " + args[0]};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"INTERFACE HOST [SIZE]", 3}, send_and_show);
}
