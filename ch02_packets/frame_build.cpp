// frame_build.cpp - puts a frame together from words, layer by layer, and explains every byte.
//
// Look for
//   [1] four layers, from the top down: each puts its header before what it gets from above;
//   [2] lengths and checksums are filled in last, when everything that they count is known;
//   [3] a value that you give is kept even if it is wrong: that is how to test a receiver.
//
// Usage:   frame_build arp|rarp|icmp|udp|tcp|icmpv6 [FIELD=VALUE]... [--explain] [--send=INTERFACE]
// Manual:  packet(7) udp(7)
// Next:    ch02_packets/frame_parse
#include <algorithm>
#include <vector>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

// The frame's headers, with every field as packet.hpp has it, except those that name the next
// header.
packet::Packet headers_for(const std::string& protocol, bool is_ipv6) {
    packet::Packet frame;
    auto& ethernet = frame.ethernet.emplace();
    if (protocol == "arp" || protocol == "rarp") {
        const bool is_rarp = protocol == "rarp";
        ethernet.destination_mac = packet::broadcast;
        ethernet.ether_type = is_rarp ? packet::RARP : packet::ARP;
        frame.arp.emplace().operation = is_rarp ? packet::RARP_REQUEST : packet::ARP_REQUEST;
        return frame;
    }
    std::uint8_t next = 0;
    if (protocol == "icmp") {
        next = packet::ICMP;
        frame.icmp.emplace();
    } else if (protocol == "udp") {
        next = packet::UDP;
        frame.udp.emplace();
    } else if (protocol == "tcp") {
        next = packet::TCP;
        frame.tcp.emplace();
    } else if (protocol == "icmpv6") {
        next = packet::ICMPV6;
        frame.icmpv6.emplace();
    } else {
        throw app::UsageError{"'" + protocol + "' is none of: arp, rarp, icmp, udp, tcp, icmpv6"};
    }
    if (frame.icmpv6 || (is_ipv6 && !frame.icmp)) {
        ethernet.ether_type = packet::IPV6;
        frame.ipv6.emplace().next_header = next;
    } else {
        ethernet.ether_type = packet::IPV4;
        frame.ipv4.emplace().protocol = next;
    }
    return frame;
}

// An IPv6 address has colons, as a MAC has, but an IPv4 address has none.
bool names_ipv6_address(const std::vector<std::string>& assignments) {
    return std::ranges::any_of(assignments, [](const auto& word) {
        return word.substr(0, word.find('=')).ends_with("_ip") &&
               word.find(':') != std::string::npos;
    });
}

// Adds headers that are there only if you give this field: a tag, an option of neighbour discovery.
void add_given_headers(packet::Packet& frame, const std::vector<std::string>& assignments) {
    const auto is_given = [&assignments](const std::string& field) {
        return std::ranges::any_of(assignments,
                                   [&field](const auto& word) { return word.starts_with(field); });
    };
    if (is_given("vlan_id=")) {
        frame.tags.push_back({.inner_type = frame.ethernet->ether_type});
        frame.ethernet->ether_type = packet::VLAN;
    }
    if (frame.icmpv6 && is_given("link_address=")) {
        frame.neighbour_options.emplace_back();
    }
}

// A length of 16 bits counts an IPv4 packet with its header, and an IPv6 packet without it.
void check_size(const packet::Packet& frame) {
    const auto uncounted = packet::Ethernet::size + frame.tags.size() * packet::Tag::size +
                           (frame.ipv6 ? packet::Ipv6::size : 0);
    if (packet::encode(frame).size() - uncounted > 65535) {
        throw app::UsageError{"so much data does not fit: a length has 16 bits"};
    }
}

// A line for the field that begins at bit `at` of the frame: which bytes it has, what they are,
// what they mean: "  26-29  c0000201  source_ip=192.0.2.1". If the field has only a part of a
// byte, its bits too, counted from the highest as the RFCs do.
std::string explained(packet::Bytes frame, std::size_t at, std::size_t bits,
                      const std::string& meaning) {
    const auto first = at / 8;
    const auto last = (at + bits - 1) / 8;
    std::string where = std::to_string(first);
    if (last != first) {
        where += "-" + std::to_string(last);
    }
    if (bits % 8 != 0 || at % 8 != 0) {
        where += " bits " + std::to_string(at % 8) + '-' + std::to_string(at % 8 + bits - 1);
    }
    auto hex = packet::hex(frame.subspan(first, last - first + 1));
    where.resize(std::max<std::size_t>(where.size(), 16), ' ');
    hex.resize(std::max<std::size_t>(hex.size() + 1, 13), ' ');
    return "  " + where + hex + meaning;
}

void explain(const packet::Packet& frame) {
    const auto bytes = packet::encode(frame);
    const auto end = bytes.size() - frame.trailer.size();
    auto begin = end - frame.data.size();  // of what the layers so far have put together
    if (begin != end) {
        app::say("application: data, ", end - begin, " bytes");
        app::say(explained(bytes, 8 * begin, 8 * (end - begin), "data"));
    }
    auto headers = packet::headers(frame);
    std::ranges::reverse(headers);
    for (const auto& header : headers) {  // [1]
        begin -= header.bits / 8;
        app::say(header.layer, ": ", header.name, ", ", end - begin, " bytes");
        auto at = 8 * begin;
        for (const auto& field : header.fields) {
            app::say(explained(bytes, at, field.bits, field.text));
            at += field.bits;
        }
    }
    if (end != bytes.size()) {
        app::say("link: padding, ", bytes.size() - end, " zeros, ", bytes.size(), " bytes");
    }
}

void build(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"which protocol?"};
    }
    const std::string send = "--send=";
    bool explains = false;
    std::string interface;
    std::vector<std::string> assignments;  // "source_port=9190"
    for (const auto& word : args.subspan(1)) {
        if (word == "--explain") {
            explains = true;
        } else if (word.starts_with(send)) {
            interface = word.substr(send.size());
        } else {
            assignments.push_back(word);
        }
    }
    auto frame = headers_for(args[0], names_ipv6_address(assignments));
    add_given_headers(frame, assignments);
    packet::set_all(frame, assignments);
    check_size(frame);
    packet::complete(frame);              // [2]
    packet::set_all(frame, assignments);  // [3]
    if (explains) {
        explain(frame);
    }
    if (!interface.empty()) {
        const auto socket = packet::open_socket(packet::interface(interface), packet::no_type);
        (void)sys::send(socket, packet::encode(frame));
    }
    if (!explains && interface.empty()) {
        app::say(packet::hex(packet::encode(frame)));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(
        argc, argv,
        {"arp|rarp|icmp|udp|tcp|icmpv6 [FIELD=VALUE]... [--explain] [--send=INTERFACE]", 40},
        build);
}
