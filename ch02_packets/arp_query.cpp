// arp_query.cpp - asks the LAN for the MAC of an IP address, or answers such questions itself.
//
// Look for
//   [1] a question goes to everybody (ff:ff:ff:ff:ff:ff), with the MAC that is missing left 0;
//   [2] the answer has the same form and comes to the asker alone, from the one it is about;
//   [3] a socket of type ETH_P_ARP hears nothing else, and sends whole frames: below IP there
//       is no port and no connection, only an interface;
//   [4] nobody need answer, so the question is repeated, and the wait has an end.
//
// Usage:   arp_query INTERFACE arp IP | rarp MAC | answer IP MAC [SECONDS]
// Manual:  packet(7) arp(7)
// Next:    ch02_packets/ping
#include <chrono>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

packet::Packet message(std::uint16_t operation, const packet::Interface& from) {
    packet::Packet frame;
    auto& ethernet = frame.ethernet.emplace();
    ethernet.destination_mac = packet::broadcast;  // [1]
    ethernet.source_mac = from.mac;
    ethernet.ether_type = operation < packet::RARP_REQUEST ? packet::ARP : packet::RARP;
    auto& arp = frame.arp.emplace();
    arp.operation = operation;
    arp.sender_mac = from.mac;
    arp.sender_ip = from.ip;
    return frame;
}

void send(const net::Fd& socket, packet::Packet& frame) {
    packet::complete(frame);
    (void)sys::send(socket, packet::encode(frame));
}

// The next message that comes before then, or no value.
std::optional<packet::Arp> receive(const net::Fd& socket, packet::Deadline deadline) {
    std::array<std::byte, 1514> buffer;
    while (const auto size = packet::receive_until(socket, buffer, deadline)) {
        const auto frame = packet::decode(packet::Bytes{buffer}.first(*size));
        if (frame.arp && frame.trouble.empty()) {
            return frame.arp;
        }
    }
    return std::nullopt;
}

// Sends the question three times, a second each, until its answer comes.
packet::Arp ask(const packet::Interface& interface, packet::Packet question, auto is_answer) {
    const auto socket = packet::open_socket(interface, question.ethernet->ether_type);  // [3]
    for (int attempt = 0; attempt < 3; ++attempt) {                                     // [4]
        send(socket, question);
        const auto deadline = packet::deadline(std::chrono::seconds{1});
        while (const auto reply = receive(socket, deadline)) {
            if (reply->operation == question.arp->operation + 1 && is_answer(*reply)) {
                return *reply;
            }
        }
    }
    throw std::runtime_error{"no answer"};
}

void ask_for_mac(const packet::Interface& interface, const packet::Ip& ip) {
    auto question = message(packet::ARP_REQUEST, interface);
    question.arp->target_ip = ip;
    const auto reply =
        ask(interface, question, [&ip](const auto& arp) { return arp.sender_ip == ip; });
    app::say(packet::to_text(ip), " is at ", packet::to_text(reply.sender_mac));
}

void ask_for_ip(const packet::Interface& interface, const packet::Mac& mac) {
    auto question = message(packet::RARP_REQUEST, interface);
    question.arp->target_mac = mac;
    const auto reply =
        ask(interface, question, [&mac](const auto& arp) { return arp.target_mac == mac; });
    app::say(packet::to_text(mac), " has ", packet::to_text(reply.target_ip));
}

void answer(const packet::Interface& interface, const packet::Ip& ip, const packet::Mac& mac,
            long seconds) {
    const auto socket = packet::open_socket(interface);
    app::say("ready");
    while (const auto question = receive(socket, packet::deadline(std::chrono::seconds{seconds}))) {
        const bool about_ip =
            question->operation == packet::ARP_REQUEST && question->target_ip == ip;
        const bool about_mac =
            question->operation == packet::RARP_REQUEST && question->target_mac == mac;
        if (!about_ip && !about_mac) {
            continue;
        }
        auto reply = message(question->operation + 1U, interface);
        reply.ethernet->destination_mac = question->sender_mac;  // [2]
        auto& arp = *reply.arp;
        arp.sender_mac = about_ip ? mac : interface.mac;
        arp.sender_ip = about_ip ? ip : interface.ip;
        arp.target_mac = question->sender_mac;
        arp.target_ip = about_ip ? question->sender_ip : ip;
        send(socket, reply);
        app::say("told ", packet::to_text(question->sender_mac));
    }
    app::note("nobody asked for ", seconds, " seconds");
}

template <typename Address>
Address wanted(const std::optional<Address>& address, const char* what, const std::string& text) {
    if (!address) {
        throw app::UsageError{"'" + text + "' is no " + what + " address"};
    }
    return *address;
}

void run(app::Args args) {
    const auto mode = app::choice(args, 1, {"arp", "rarp", "answer"}, 3);
    if (args.size() != 3 && (mode != 2 || args.size() < 4)) {
        throw app::UsageError{"arp wants an IP address, rarp a MAC address, answer both"};
    }
    const auto interface = [&args] { return packet::interface(args[0]); };
    if (mode == 0) {
        ask_for_mac(interface(), wanted(packet::ip_from(args[2]), "IP", args[2]));
    } else if (mode == 1) {
        ask_for_ip(interface(), wanted(packet::mac_from(args[2]), "MAC", args[2]));
    } else {
        const auto ip = wanted(packet::ip_from(args[2]), "IP", args[2]);
        const auto mac = wanted(packet::mac_from(args.size() > 3 ? args[3] : ""), "MAC", args[2]);
        answer(interface(), ip, mac, app::number(args, 4, "SECONDS", 1, 86'400, 60));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"INTERFACE arp IP | rarp MAC | answer IP MAC [SECONDS]", 5}, run);
}
