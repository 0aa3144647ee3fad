// frame_build.cpp - puts a frame together from words, layer by layer, and shows every byte.
//
// Look for
//   [1] four layers, from the top down: each puts its header before what it was given;
//   [2] lengths and checksums are made last, once everything they cover is known;
//   [3] what was asked for stands, even where it is wrong: that is how one tests a receiver.
//
// Usage:   frame_build arp|rarp|icmp|udp|tcp [FIELD=VALUE]... [--explain] [--send=INTERFACE]
// Manual:  packet(7) udp(7)
// Next:    ch02_packets/frame_parse
#include <algorithm>
#include <vector>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

packet::Packet headers_for(app::Args args) {
    packet::Packet frame;
    auto& ethernet = frame.ethernet.emplace();
    const auto protocol = app::choice(args, 0, {"arp", "rarp", "icmp", "udp", "tcp"}, 5);
    if (protocol < 2) {
        ethernet.destination_mac = packet::broadcast;
        ethernet.ether_type = protocol == 0 ? packet::ARP : packet::RARP;
        frame.arp.emplace().operation = protocol == 0 ? packet::ARP_REQUEST : packet::RARP_REQUEST;
        return frame;
    }
    ethernet.ether_type = packet::IPV4;
    auto& ip = frame.ipv4.emplace();
    if (protocol == 2) {
        ip.protocol = packet::ICMP;
        frame.icmp.emplace();
    } else if (protocol == 3) {
        ip.protocol = packet::UDP;
        frame.udp.emplace();
    } else if (protocol == 4) {
        ip.protocol = packet::TCP;
        frame.tcp.emplace();
    } else {
        throw app::UsageError{"which protocol?"};
    }
    return frame;
}

void set_all(packet::Packet& frame, app::Args assignments) try {
    for (const auto& assignment : assignments) {
        if (!assignment.starts_with("--")) {
            packet::set(frame, assignment);
        }
    }
} catch (const std::invalid_argument& error) {
    throw app::UsageError{error.what()};
}

// "26-29 c0000201 source_ip=192.0.2.1"; where a field has but a part of a byte, its bits,
// counted from the highest as the RFCs do.
std::string explained(packet::Bytes frame, std::size_t at, std::size_t bits,
                      const std::string& what) {
    const auto first = at / 8;
    const auto last = (at + bits - 1) / 8;
    std::string where = std::to_string(first);
    where += first == last ? "" : "-" + std::to_string(last);
    if (bits % 8 != 0) {
        where += " bits " + std::to_string(at % 8) + '-' + std::to_string(at % 8 + bits - 1);
    }
    auto text = packet::hex(frame.subspan(first, last - first + 1));
    where.resize(std::max<std::size_t>(where.size(), 16), ' ');
    text.resize(std::max<std::size_t>(text.size(), 13), ' ');
    return "  " + where + text + what;
}

void explain(const packet::Packet& frame) {
    const auto bytes = packet::encode(frame);
    std::vector<std::vector<std::string>> layers;
    std::size_t at = 0;  // in bits
    for (const auto& header : packet::headers(frame)) {
        const auto whole = bytes.size() - frame.trailer.size() - at / 8;
        auto& lines = *layers.emplace(layers.begin());  // [1]
        lines.push_back(header.layer + ": " + header.name + ", " + std::to_string(whole) +
                        " bytes");
        for (const auto& [name, value, bits] : header.fields) {
            lines.push_back(explained(bytes, at, bits, name + '=' + value));
            at += bits;
        }
    }
    if (const auto size = frame.data.size(); size != 0) {
        app::say("application: data, ", size, " bytes");
        app::say(explained(bytes, at, 8 * size, "data"));
    }
    for (const auto& lines : layers) {
        for (const auto& line : lines) {
            app::say(line);
        }
    }
    if (const auto size = frame.trailer.size(); size != 0) {
        app::say("link: padding, ", size, " zeros, ", bytes.size(), " bytes");
    }
}

void build(app::Args args) {
    auto frame = headers_for(args);
    const auto assignments = args.subspan(1);
    set_all(frame, assignments);
    packet::complete(frame);      // [2]
    set_all(frame, assignments);  // [3]
    const auto bytes = packet::encode(frame);
    bool said = false;
    for (const std::string_view word : assignments) {
        if (word == "--explain") {
            explain(frame);
            said = true;
        } else if (word.starts_with("--send=")) {
            const auto interface = packet::interface(std::string{word.substr(7)});
            (void)sys::send(packet::open_socket(interface, packet::no_type), bytes);
            said = true;
        } else if (word.starts_with("--")) {
            throw app::UsageError{"there is no option '" + std::string{word} + "'"};
        }
    }
    if (!said) {
        app::say(packet::hex(bytes));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv,
                    {"arp|rarp|icmp|udp|tcp [FIELD=VALUE]... [--explain] [--send=INTERFACE]", 40},
                    build);
}
