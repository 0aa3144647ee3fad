// lossy_link.cpp - a cable that shows what passes, and loses, doubles, damages or swaps some of it.
//
// Look for
//   [1] a frame that comes in at one end goes out at the other: a cable does no more;
//   [2] the sender's kernel leaves the checksum to its network card: here that is this program;
//   [3] TCP repairs whatever happens here: the programs at the ends notice only a delay.
//
// Usage:   lossy_link [ACTION:SIDE:KIND[:FIRST[:LAST]]]...    on wire in ./course lab wire
//          ACTION drop double damage swap, SIDE client server, KIND syn ack data fin rst udp
// Manual:  packet(7) tcp(7) veth(4)
// Next:    ch04_tcp/syn_flood
#include <chrono>
#include <iomanip>
#include <ios>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "ch02_packets/packet_socket.hpp"
#include "ch04_tcp/link_rule.hpp"
#include "ch04_tcp/segment_lines.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct End {
    net::Fd socket;
    packet::Buffer held_back{};  // a frame that will go out after the next one
};

struct Link {
    std::array<End, 2> ends{};  // 0 is the client's, 1 the server's
    std::vector<wire::Rule> rules{};
    wire::Lanes lanes{};
};

// Every rule sees every frame, because each counts the frames of its kind.
std::string action_for(Link& link, std::size_t from, const packet::Packet& packet) {
    std::string action;
    for (auto& rule : link.rules) {
        if (wire::applies(rule, wire::sides.at(from), packet)) {
            action = rule.action;
        }
    }
    return action;
}

// "0.204 ESTABLISHED  --x PSH ACK        1       1    100   64256 ESTABLISHED  drop, data"
void show(Link& link, const packet::Packet& packet, const std::string& action) {
    static const auto first_frame = Clock::now();
    const std::chrono::duration<double> time = Clock::now() - first_frame;
    std::ostringstream seconds;
    seconds << std::fixed << std::setprecision(3) << time.count();
    const wire::Fate fate{.is_lost = action == "drop", .action = action, .seconds = seconds.str()};
    wire::print(link.lanes.show(packet, Clock::now().time_since_epoch(), fate));
}

void send(End& to, packet::Buffer frame, const std::string& action) {
    if (action == "drop") {  // [3]
        return;
    }
    if (action == "swap") {
        to.held_back = std::move(frame);
        return;
    }
    (void)sys::send(to.socket, frame);  // [1]
    if (action == "double") {
        (void)sys::send(to.socket, frame);
    }
    if (!to.held_back.empty()) {
        (void)sys::send(to.socket, std::exchange(to.held_back, {}));
    }
}

// Whole means: not damaged, and not a fragment.
bool is_whole_segment_or_datagram(const packet::Packet& packet) {
    return packet.trouble.empty() && (packet.tcp || packet.udp) && packet.ipv4 &&
           !packet::has_more_fragments(packet);
}

// Changes the last byte of the IP packet. A short frame has padding after it, which no checksum
// covers.
void damage(packet::Buffer& frame, const packet::Packet& packet) {
    frame.at(frame.size() - packet.trailer.size() - 1) ^= std::byte{1};
}

void pass(Link& link, std::size_t from, packet::Bytes frame) {
    auto& to = link.ends.at(1 - from);
    auto packet = packet::decode(frame);
    if (!is_whole_segment_or_datagram(packet)) {
        send(to, {frame.begin(), frame.end()}, "");  // ARP, for example
        return;
    }
    packet::complete(packet);  // [2]
    const auto action = action_for(link, from, packet);
    show(link, packet, action);
    auto bytes = packet::encode(packet);
    if (action == "damage") {
        damage(bytes, packet);
    }
    send(to, std::move(bytes), action);
}

net::Fd open_end(const char* side) try {
    return packet::open_socket(packet::interface(side));
} catch (const std::system_error& error) {
    throw std::runtime_error{error.what() +
                             std::string{"\nthis runs on wire in ./course lab wire"}};
}

void pass_frames(app::Args args) {
    Link link;
    for (const auto& arg : args) {
        link.rules.push_back(wire::rule_from(arg));
    }
    std::array<pollfd, 2> watched{};
    for (std::size_t side = 0; side < 2; ++side) {
        link.ends.at(side).socket = open_end(wire::sides.at(side));
        watched.at(side) = {link.ends.at(side).socket.get(), POLLIN, 0};
    }
    app::say("ready");
    app::say(wire::heading("time"));

    packet::Buffer buffer(70'000);
    for (;;) {
        net::poll(watched, -1);
        for (std::size_t from = 0; from < 2; ++from) {
            // No value means that nothing has come in at this end.
            if (const auto size = net::try_recv(link.ends.at(from).socket, buffer)) {
                pass(link, from, packet::Bytes{buffer}.first(*size));
            }
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[ACTION:SIDE:KIND[:FIRST[:LAST]]]...", 20}, pass_frames);
}
