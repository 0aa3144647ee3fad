// lossy_link.cpp - a cable that says what passes, and loses, doubles, damages or swaps what it is told.
//
// Look for
//   [1] a frame that comes in at one end goes out of the other: so much does a cable know;
//   [2] the sender's kernel leaves the checksum to its network card: that is us;
//   [3] whatever is done here TCP repairs, and the programs at the ends do not notice.
//
// Usage:   lossy_link [ACTION:SIDE:KIND[:FIRST[:LAST]]]...    on wire in ./course lab wire
//          ACTION drop double damage swap, SIDE client server, KIND syn ack data fin rst udp
// Manual:  packet(7) tcp(7) veth(4)
// Next:    ch04_tcp/syn_flood
#include <algorithm>
#include <chrono>
#include <iomanip>
#include <ios>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "ch02_packets/packet_socket.hpp"
#include "ch04_tcp/link_rule.hpp"
#include "ch04_tcp/segment_text.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"

namespace {

struct End {
    net::Fd socket;
    packet::Buffer held{};  // goes out behind the next frame
};

struct Link {
    std::array<End, 2> ends{};
    std::vector<wire::Rule> rules{};
    packet::Connections connections{};
    std::optional<std::chrono::steady_clock::time_point> begin{};  // the first segment
};

std::string action_for(Link& link, std::size_t from, const packet::Packet& packet) {
    std::string action;
    for (auto& rule : link.rules) {
        if (wire::meets(rule, wire::sides.at(from), packet)) {
            action = rule.action;
        }
    }
    return action;
}

// "  0.204  client --x server  PSH ACK  seq 1  ..."
void show(Link& link, std::size_t from, const packet::Packet& packet, const std::string& action) {
    const bool lost = action == "drop";
    const auto now = std::chrono::steady_clock::now();
    link.begin = link.begin.value_or(now);
    const std::chrono::duration<double> time = now - *link.begin;
    std::ostringstream text;
    text << std::fixed << std::setprecision(3) << std::setw(7) << time.count() << "  client "
         << (from == 0 ? (lost ? "--x" : "-->") : (lost ? "x--" : "<--")) << " server  "
         << (packet.tcp ? link.connections.text(packet)
                        : "UDP " + std::to_string(packet.data.size()) + " bytes");
    app::say(text.str(), action.empty() ? "" : "  " + action);
}

void send(End& to, packet::Buffer bytes, const std::string& action) {
    if (action == "drop") {  // [3]
        return;
    }
    if (action == "swap") {
        to.held = std::move(bytes);
        return;
    }
    (void)sys::send(to.socket, bytes);  // [1]
    if (action == "double") {
        (void)sys::send(to.socket, bytes);
    }
    if (!to.held.empty()) {
        (void)sys::send(to.socket, std::exchange(to.held, {}));
    }
}

void pass(Link& link, std::size_t from, packet::Bytes frame) {
    auto packet = packet::decode(frame);
    auto& to = link.ends.at(1 - from);
    const bool whole = packet.trouble.empty() && (packet.tcp || packet.udp) &&
                       (packet.ipv4->flags & packet::Ipv4::MF) == 0;
    if (!whole) {
        return send(to, {frame.begin(), frame.end()}, "");
    }
    packet::complete(packet);  // [2]
    const auto action = action_for(link, from, packet);
    show(link, from, packet, action);
    auto bytes = packet::encode(packet);
    if (action == "damage") {
        bytes.at(packet::Ethernet::size + packet.ipv4->total_length - 1U) ^= std::byte{1};
    }
    send(to, std::move(bytes), action);
}

net::Fd end_of_cable(const char* side) try {
    return packet::open_socket(packet::interface(side));
} catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_device) {
        throw;
    }
    throw std::runtime_error{error.what() +
                             std::string{"\nthis runs on wire in ./course lab wire"}};
}

void pass_frames(app::Args args) {
    Link link;
    std::transform(args.begin(), args.end(), std::back_inserter(link.rules), wire::rule_from);
    for (std::size_t side = 0; side < link.ends.size(); ++side) {
        link.ends.at(side).socket = end_of_cable(wire::sides.at(side));
    }
    app::say("ready");
    packet::Buffer buffer(70'000);
    for (;;) {
        std::array<pollfd, 2> watched{
            {{link.ends[0].socket.get(), POLLIN, 0}, {link.ends[1].socket.get(), POLLIN, 0}}};
        net::poll(watched, -1);
        for (std::size_t from = 0; from < watched.size(); ++from) {
            if (watched.at(from).revents != 0) {
                if (const auto size = net::try_recv(link.ends.at(from).socket, buffer)) {
                    pass(link, from, packet::Bytes{buffer}.first(*size));
                }
            }
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[ACTION:SIDE:KIND[:FIRST[:LAST]]]...", 20}, pass_frames);
}
