// arp_query.cpp - asks the LAN for the MAC of an IP address, or answers such questions itself.
//
// Look for
//   [1] a question goes to everybody (ff:ff:ff:ff:ff:ff); the MAC that it asks for is left 0;
//   [2] the answer has the same form, and goes only to the one who asked;
//   [3] below IP there is no port and no connection, only an interface and whole frames: this
//       socket receives all frames of type ARP (or RARP), and no others;
//   [4] nobody has to answer: the question is repeated, and the wait has an end.
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

// A frame from this interface to everybody; its target is still empty.
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

void send(const net::Fd& socket, packet::Packet frame) {
    packet::complete(frame);
    (void)sys::send(socket, packet::encode(frame));
}

// The next ARP or RARP message that is not broken; no value if none came before the deadline.
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

// Sends the question up to three times, and each time waits a second for its answer.
packet::Arp ask(const packet::Interface& interface, const packet::Packet& question,
                auto is_answer) {
    const auto socket = packet::open_socket(interface, question.ethernet->ether_type);  // [3]
    for (int attempt = 0; attempt < 3; ++attempt) {                                     // [4]
        send(socket, question);
        const auto deadline = packet::deadline(std::chrono::seconds{1});
        while (const auto received = receive(socket, deadline)) {
            if (is_answer(*received)) {
                return *received;
            }
        }
    }
    throw std::runtime_error{"no answer"};
}

void ask_for_mac(const std::string& name, const packet::Ip& ip) {
    const auto interface = packet::interface(name);
    auto question = message(packet::ARP_REQUEST, interface);
    question.arp->target_ip = ip;
    const auto answer = ask(interface, question, [&ip](const packet::Arp& arp) {
        return arp.operation == packet::ARP_REPLY && arp.sender_ip == ip;
    });
    app::say(packet::to_text(ip), " is at ", packet::to_text(answer.sender_mac));
}

void ask_for_ip(const std::string& name, const packet::Mac& mac) {
    const auto interface = packet::interface(name);
    auto question = message(packet::RARP_REQUEST, interface);
    question.arp->target_mac = mac;
    const auto answer = ask(interface, question, [&mac](const packet::Arp& arp) {
        return arp.operation == packet::RARP_REPLY && arp.target_mac == mac;
    });
    app::say(packet::to_text(mac), " has ", packet::to_text(answer.target_ip));
}

// The answer that says: this IP address belongs to this MAC. No value if that was not asked.
// In ARP the sender is the one asked about; in RARP that is the target, and the sender a server.
std::optional<packet::Packet> answer_to(const packet::Arp& question,
                                        const packet::Interface& interface, const packet::Ip& ip,
                                        const packet::Mac& mac) {
    packet::Packet answer;
    if (question.operation == packet::ARP_REQUEST && question.target_ip == ip) {
        answer = message(packet::ARP_REPLY, interface);
        answer.arp->sender_mac = mac;
        answer.arp->sender_ip = ip;
        answer.arp->target_mac = question.sender_mac;
        answer.arp->target_ip = question.sender_ip;
    } else if (question.operation == packet::RARP_REQUEST && question.target_mac == mac) {
        answer = message(packet::RARP_REPLY, interface);
        answer.arp->target_mac = mac;
        answer.arp->target_ip = ip;
    } else {
        return std::nullopt;
    }
    answer.ethernet->destination_mac = question.sender_mac;  // [2]
    return answer;
}

void answer_all(const std::string& name, const packet::Ip& ip, const packet::Mac& mac,
                long seconds) {
    const auto interface = packet::interface(name);
    const auto socket = packet::open_socket(interface);
    app::say("ready");
    // Only a question for us makes the time begin again: on a LAN somebody always asks for somebody.
    auto deadline = packet::deadline(std::chrono::seconds{seconds});
    while (const auto question = receive(socket, deadline)) {
        if (const auto answer = answer_to(*question, interface, ip, mac)) {
            send(socket, *answer);
            app::say("told ", packet::to_text(question->sender_mac));
            deadline = packet::deadline(std::chrono::seconds{seconds});
        }
    }
    app::note("nobody asked for ", seconds, " seconds");
}

void run(app::Args args) {
    const std::string what = args.size() > 2 ? args[1] : "";
    if (what == "arp" && args.size() == 3) {
        ask_for_mac(args[0], packet::ip_from(args[2]));
    } else if (what == "rarp" && args.size() == 3) {
        ask_for_ip(args[0], packet::mac_from(args[2]));
    } else if (what == "answer" && args.size() >= 4) {
        answer_all(args[0], packet::ip_from(args[2]), packet::mac_from(args[3]),
                   app::number(args, 4, "SECONDS", 1, 86'400, 60));
    } else {
        throw app::UsageError{"arp takes an IP address, rarp a MAC address, answer both"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"INTERFACE arp IP | rarp MAC | answer IP MAC [SECONDS]", 5}, run);
}
