// layer_filter.cpp - sends frames with one wrong field each, and shows which socket gets the data.
//
// Look for
//   [1] the link layer keeps frames for its own MAC and for everybody (broadcast);
//   [2] the network layer keeps packets for its own IP address whose header checksum is right;
//   [3] the transport layer keeps datagrams with a right checksum, or with none, and puts the
//       data into the buffer of the socket that has the port;
//   [4] after each test frame a good one follows: once that is there, the other was dropped.
//
// Usage:   layer_filter FROM_INTERFACE TO_INTERFACE     the two ends of a cable, both on this host
// Manual:  packet(7) udp(7) veth(4)
// Next:    ch02_packets/ip_fragments
#include <chrono>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/bytes.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// One end of the cable sends frames; at the other end, two sockets each have a port.
struct Cable {
    net::Fd sender;
    net::Fd first;
    net::Fd second;
    packet::Packet good;  // a datagram for the first of them, still without data
};

std::uint16_t port_of(const net::Fd& socket) {
    return sys::getsockname(socket).port();
}

Cable connect(const std::string& from, const std::string& to) {
    const auto receiver = packet::interface(to);
    const auto address = net::parse(packet::to_text(receiver.ip), 0);
    Cable cable{.sender = packet::open_socket(packet::interface(from), packet::no_type),
                .first = net::udp_bind(address),
                .second = net::udp_bind(address),
                .good = {}};
    auto& ethernet = cable.good.ethernet.emplace();
    ethernet.source_mac = {2, 0, 0, 0, 0, 1};
    ethernet.destination_mac = receiver.mac;
    ethernet.ether_type = packet::IPV4;
    auto& ip = cable.good.ipv4.emplace();
    ip.protocol = packet::UDP;
    ip.destination_ip = receiver.ip;
    ip.source_ip = receiver.ip;
    ip.source_ip[3] ^= 3U;  // a neighbour's address; no host has it
    auto& udp = cable.good.udp.emplace();
    udp.source_port = 40'000;
    udp.destination_port = port_of(cable.first);
    return cable;
}

packet::Packet good_frame(const Cable& cable, const std::string& data) {
    auto frame = cable.good;
    packet::set(frame, "data=" + data);
    packet::complete(frame);
    return frame;
}

void send(const Cable& cable, const packet::Packet& frame) {
    (void)sys::send(cable.sender, packet::encode(frame));
}

// Whether the socket receives something before "end".
bool gets_data(const net::Fd& socket) {
    std::array<std::byte, 100> buffer;
    bool received = false;
    const auto deadline = packet::deadline(std::chrono::seconds{2});
    while (const auto size = packet::receive_until(socket, buffer, deadline)) {
        if (net::text(std::span{buffer}.first(*size)) == "end") {
            return received;
        }
        received = true;
    }
    throw std::runtime_error{"not even a good frame arrives"};
}

// Sends the frame, then "end" to both sockets, and prints which of them got data before "end".
void test(const Cable& cable, std::string what, const packet::Packet& frame) {
    send(cable, frame);
    auto end = good_frame(cable, "end");
    send(cable, end);  // [4]
    end.udp->destination_port = port_of(cable.second);
    packet::complete(end);
    send(cable, end);
    const char* receiver = "nobody";
    if (gets_data(cable.first)) {
        receiver = "the first socket";
    }
    if (gets_data(cable.second)) {
        receiver = "the second socket";
    }
    what.resize(27, ' ');
    app::say(what, receiver);
}

// A field is changed, and the checksums fit.
void test_changed(const Cable& cable, const char* what, auto change) {
    auto frame = good_frame(cable, "test");
    change(frame);
    packet::complete(frame);
    test(cable, what, frame);
}

// A field is changed, and the checksums stay what they were.
void test_spoiled(const Cable& cable, const char* what, auto spoil) {
    auto frame = good_frame(cable, "test");
    spoil(frame);
    test(cable, what, frame);
}

void test_all(const Cable& cable) {
    test(cable, "all right", good_frame(cable, "test"));
    test_changed(cable, "MAC of everybody",  // [1]
                 [](auto& frame) { frame.ethernet->destination_mac = packet::broadcast; });
    test_changed(cable, "MAC of somebody else",
                 [](auto& frame) { frame.ethernet->destination_mac[5] ^= 1U; });
    test_changed(cable, "type of another protocol",
                 [](auto& frame) { frame.ethernet->ether_type = 0x1234; });
    test_changed(cable, "IP of somebody else",  // [2]
                 [](auto& frame) { frame.ipv4->destination_ip[3] ^= 128U; });
    test_spoiled(cable, "wrong IP header checksum",
                 [](auto& frame) { frame.ipv4->header_checksum ^= 1U; });
    const auto second_port = port_of(cable.second);
    test_changed(cable, "port of the second socket",  // [3]
                 [&](auto& frame) { frame.udp->destination_port = second_port; });
    test_changed(cable, "port of no socket", [](auto& frame) { frame.udp->destination_port = 9; });
    test_spoiled(cable, "wrong UDP checksum", [](auto& frame) { frame.udp->checksum ^= 1U; });
    test_spoiled(cable, "no UDP checksum", [](auto& frame) { frame.udp->checksum = 0; });
    test_spoiled(cable, "changed data, no checksum", [](auto& frame) {
        packet::set(frame, "data=tesT");
        frame.udp->checksum = 0;  // IP's checksum covers only the IP header, so nobody notices
    });
}

void run(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"two interfaces are wanted, the ends of one cable"};
    }
    test_all(connect(args[0], args[1]));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"FROM_INTERFACE TO_INTERFACE", 2}, run);
}
