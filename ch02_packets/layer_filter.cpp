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
#include <vector>

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
    packet::Packet good;  // a datagram for the first of them
};

std::uint16_t port_of(const net::Fd& socket) {
    return sys::getsockname(socket).port();
}

// The change that makes a frame one for the second socket.
std::string to_second(const Cable& cable) {
    return "destination_port=" + std::to_string(port_of(cable.second));
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
    packet::set(cable.good, "data=test");
    return cable;
}

// A good datagram but for these changes, "checksum=0": all other lengths and checksums are right.
void send(const Cable& cable, const std::vector<std::string>& changes) {
    auto frame = cable.good;
    packet::set_all(frame, changes);
    packet::complete(frame);
    packet::set_all(frame, changes);
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
void test(const Cable& cable, std::string what, const std::vector<std::string>& changes) {
    send(cable, changes);
    send(cable, {"data=end"});  // [4]
    send(cable, {"data=end", to_second(cable)});
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

void test_all(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"two interfaces are wanted, the ends of one cable"};
    }
    const auto cable = connect(args[0], args[1]);
    test(cable, "all right", {});
    test(cable, "MAC of everybody", {"destination_mac=ff:ff:ff:ff:ff:ff"});  // [1]
    test(cable, "MAC of somebody else", {"destination_mac=02:00:00:00:00:99"});
    test(cable, "type of another protocol", {"ether_type=0x1234"});
    test(cable, "IP of somebody else", {"destination_ip=192.0.2.1"});  // [2]
    test(cable, "wrong IP header checksum", {"header_checksum=0x1234"});
    test(cable, "port of the second socket", {to_second(cable)});  // [3]
    test(cable, "port of no socket", {"destination_port=9"});
    test(cable, "wrong UDP checksum", {"checksum=0x1234"});
    test(cable, "no UDP checksum", {"checksum=0"});
    // IP's checksum covers only the IP header, so nobody notices.
    test(cable, "changed data, no checksum", {"data=tesT", "checksum=0"});
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"FROM_INTERFACE TO_INTERFACE", 2}, test_all);
}
