// frame_build.cpp - puts a frame together from words, layer by layer, and explains every byte.
//
// Look for
//   [1] four layers, from the top down: each puts its header before what it gets from above;
//   [2] lengths and checksums are filled in last, when everything that they count is known;
//   [3] a value that you give is kept even if it is wrong: that is how to test a receiver.
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

struct Request {
    std::string protocol{};
    std::vector<std::string> assignments{};  // "source_port=9190"
    bool explain = false;
    std::optional<std::string> interface {};
};

Request parse(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"which protocol?"};
    }
    const std::string send = "--send=";
    Request request{.protocol = args[0]};
    for (const auto& word : args.subspan(1)) {
        if (word == "--explain") {
            request.explain = true;
        } else if (word.starts_with(send)) {
            request.interface = word.substr(send.size());
        } else if (word.starts_with("--")) {
            throw app::UsageError{"there is no option '" + word + "'"};
        } else {
            request.assignments.push_back(word);
        }
    }
    return request;
}

// The frame's headers, with every field as packet.hpp has it, except those that name the next
// header.
packet::Packet headers_for(const std::string& protocol) {
    packet::Packet frame;
    auto& ethernet = frame.ethernet.emplace();
    if (protocol == "arp" || protocol == "rarp") {
        const bool is_rarp = protocol == "rarp";
        ethernet.destination_mac = packet::broadcast;
        ethernet.ether_type = is_rarp ? packet::RARP : packet::ARP;
        frame.arp.emplace().operation = is_rarp ? packet::RARP_REQUEST : packet::ARP_REQUEST;
        return frame;
    }
    ethernet.ether_type = packet::IPV4;
    auto& ip = frame.ipv4.emplace();
    if (protocol == "icmp") {
        ip.protocol = packet::ICMP;
        frame.icmp.emplace();
    } else if (protocol == "udp") {
        ip.protocol = packet::UDP;
        frame.udp.emplace();
    } else if (protocol == "tcp") {
        ip.protocol = packet::TCP;
        frame.tcp.emplace();
    } else {
        throw app::UsageError{"'" + protocol + "' is none of: arp, rarp, icmp, udp, tcp"};
    }
    return frame;
}

void set_all(packet::Packet& frame, const std::vector<std::string>& assignments) try {
    for (const auto& assignment : assignments) {
        packet::set(frame, assignment);
    }
} catch (const std::invalid_argument& error) {
    throw app::UsageError{error.what()};
}

packet::Packet frame_for(const Request& request) {
    auto frame = headers_for(request.protocol);
    set_all(frame, request.assignments);
    packet::complete(frame);              // [2]
    set_all(frame, request.assignments);  // [3]
    return frame;
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
    if (bits % 8 != 0) {
        where += " bits " + std::to_string(at % 8) + '-' + std::to_string(at % 8 + bits - 1);
    }
    auto hex = packet::hex(frame.subspan(first, last - first + 1));
    where.resize(std::max<std::size_t>(where.size(), 16), ' ');
    hex.resize(std::max<std::size_t>(hex.size(), 13), ' ');
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
        std::size_t header_bits = 0;
        for (const auto& field : header.fields) {
            header_bits += field.bits;
        }
        begin -= header_bits / 8;
        app::say(header.layer, ": ", header.name, ", ", end - begin, " bytes");
        auto at = 8 * begin;
        for (const auto& field : header.fields) {
            app::say(explained(bytes, at, field.bits, packet::to_text(field)));
            at += field.bits;
        }
    }
    if (end != bytes.size()) {
        app::say("link: padding, ", bytes.size() - end, " zeros, ", bytes.size(), " bytes");
    }
}

void build(app::Args args) {
    const auto request = parse(args);
    const auto frame = frame_for(request);
    const auto bytes = packet::encode(frame);
    if (request.explain) {
        explain(frame);
    }
    if (request.interface) {
        const auto interface = packet::interface(*request.interface);
        (void)sys::send(packet::open_socket(interface, packet::no_type), bytes);
    }
    if (!request.explain && !request.interface) {
        app::say(packet::hex(bytes));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv,
                    {"arp|rarp|icmp|udp|tcp [FIELD=VALUE]... [--explain] [--send=INTERFACE]", 40},
                    build);
}
