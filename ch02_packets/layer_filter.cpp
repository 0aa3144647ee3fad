// layer_filter.cpp - frames with one wrong field each: which layer drops them, and who gets the rest.
//
// Look for
//   [1] the link layer keeps frames for its own MAC and for everybody's;
//   [2] the network layer keeps packets for its own IP address, with a right header;
//   [3] the transport layer keeps segments with a right checksum, or without one, and puts
//       the data into the buffer of the socket that has the port;
//   [4] after each frame a right one follows: once that is there, the other will not come.
//
// Usage:   layer_filter FROM_INTERFACE TO_INTERFACE     two ends of a cable, both here
// Manual:  packet(7) udp(7) veth(4)
// Next:    ch02_packets/ip_fragments
#include <chrono>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

struct Cable {
    net::Fd from;  // sends frames
    net::Fd one;   // two sockets at the other end, one port each
    net::Fd other;
    packet::Packet right;  // a datagram for the first of them
};

Cable connect(const std::string& from, const std::string& to) {
    const auto receiver = packet::interface(to);
    const auto address = net::parse(packet::to_text(receiver.ip), 0);
    Cable cable{.from = packet::open_socket(packet::interface(from), packet::no_type),
                .one = net::udp_bind(address),
                .other = net::udp_bind(address),
                .right = {}};
    auto& ethernet = cable.right.ethernet.emplace();
    ethernet.source_mac = {2, 0, 0, 0, 0, 1};
    ethernet.destination_mac = receiver.mac;
    ethernet.ether_type = packet::IPV4;
    auto& ip = cable.right.ipv4.emplace();
    ip.protocol = packet::UDP;
    ip.source_ip = ip.destination_ip = receiver.ip;
    ip.source_ip[3] ^= 3U;  // a neighbour that does not exist
    auto& udp = cable.right.udp.emplace();
    udp.source_port = 40'000;
    udp.destination_port = sys::getsockname(cable.one).port();
    return cable;
}

void send(const Cable& cable, packet::Packet frame, const std::string& data,
          void (*spoil)(packet::Packet&) = nullptr) {
    packet::set(frame, "data=" + data);
    packet::complete(frame);
    if (spoil != nullptr) {
        spoil(frame);
    }
    (void)sys::send(cable.from, packet::encode(frame));
}

// Whether the socket gets anything before "end".
bool receives_it(const net::Fd& socket) {
    std::array<std::byte, 100> buffer;
    bool received = false;
    const auto deadline = packet::deadline(std::chrono::seconds{2});
    while (const auto size = packet::receive_until(socket, buffer, deadline)) {
        if (packet::printable(packet::Bytes{buffer}.first(*size)) == "end") {
            return received;
        }
        received = true;
    }
    throw std::runtime_error{"not even a right frame comes through"};
}

// change alters the frame before its lengths and checksums are made, spoil after that.
void test(const Cable& cable, const char* what, void (*change)(packet::Packet&),
          void (*spoil)(packet::Packet&) = nullptr) {
    auto frame = cable.right;
    change(frame);
    send(cable, frame, "test", spoil);
    send(cable, cable.right, "end");  // [4]
    auto for_other = cable.right;
    for_other.udp->destination_port = sys::getsockname(cable.other).port();
    send(cable, for_other, "end");
    const bool one = receives_it(cable.one);
    const bool other = receives_it(cable.other);
    app::say(what, one ? "the first socket" : other ? "the second socket" : "nobody");
}

void run(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"two interfaces are wanted, the ends of one cable"};
    }
    const auto cable = connect(args[0], args[1]);
    static const auto other_port = sys::getsockname(cable.other).port();
    const auto nothing = [](packet::Packet&) {};
    test(cable, "all right                  ", nothing);
    test(cable, "MAC of everybody           ",  // [1]
         [](auto& frame) { frame.ethernet->destination_mac = packet::broadcast; });
    test(cable, "MAC of somebody else       ",
         [](auto& frame) { frame.ethernet->destination_mac[5] ^= 1U; });
    test(cable, "type of another protocol   ",
         [](auto& frame) { frame.ethernet->ether_type = 0x1234; });
    test(cable, "IP of somebody else        ",  // [2]
         [](auto& frame) { frame.ipv4->destination_ip[3] ^= 128U; });
    test(cable, "wrong IP header checksum   ", nothing,
         [](auto& frame) { frame.ipv4->header_checksum ^= 1U; });
    test(cable, "port of the second socket  ",  // [3]
         [](auto& frame) { frame.udp->destination_port = other_port; });
    test(cable, "port of no socket          ",
         [](auto& frame) { frame.udp->destination_port = 9; });
    test(cable, "wrong UDP checksum         ", nothing,
         [](auto& frame) { frame.udp->checksum ^= 1U; });
    test(cable, "no UDP checksum            ", nothing,
         [](auto& frame) { frame.udp->checksum = 0; });
    test(cable, "changed data, no checksum  ", nothing, [](auto& frame) {
        frame.udp->checksum = 0;  // the one of IP covers its header only
        packet::set(frame, "data=tesT");
    });
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"FROM_INTERFACE TO_INTERFACE", 2}, run);
}
