// link_rule.hpp - which of the frames that pass a link are lost, doubled, damaged or swapped.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <sstream>
#include <string>

#include "common/packet.hpp"
#include "common/program.hpp"

namespace wire {

constexpr std::array sides{"client", "server"};  // who has sent it
constexpr std::array actions{"drop", "double", "damage", "swap"};
constexpr std::array kinds{"syn", "ack", "data", "fin", "rst", "udp"};

// The action meets the first to the last frame of that kind from that side.
struct Rule {
    std::string action{};
    std::string side{};
    std::string kind{};
    long first = 1;
    long last = std::numeric_limits<long>::max();
    long seen = 0;
};

inline bool is_one_of(const std::string& word, const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// "2" is the second, "2-3" this and the next, "" are all.
inline bool read_range(const std::string& text, Rule& rule) {
    if (text.empty()) {
        return true;
    }
    const auto* const end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, rule.first);
    rule.last = rule.first;
    if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '-') {
        read = std::from_chars(read.ptr + 1, end, rule.last);
    }
    return read.ec == std::errc{} && read.ptr == end && rule.first > 0 && rule.last >= rule.first;
}

// "drop:client:data:2-3"; throws app::UsageError.
inline Rule rule_from(const std::string& text) {
    std::istringstream words{text};
    Rule rule;
    std::string range;
    std::getline(words, rule.action, ':');
    std::getline(words, rule.side, ':');
    std::getline(words, rule.kind, ':');
    std::getline(words, range);
    if (!is_one_of(rule.action, actions) || !is_one_of(rule.side, sides) ||
        !is_one_of(rule.kind, kinds) || !read_range(range, rule)) {
        throw app::UsageError{"'" + text + "' is no rule like drop:client:data:2"};
    }
    return rule;
}

// An ack carries nothing else.
inline bool is_of(const std::string& kind, const packet::Packet& packet) {
    if (!packet.tcp) {
        return kind == "udp" && packet.udp;
    }
    const auto has = [&packet](packet::TcpFlag flag) { return (packet.tcp->flags & flag) != 0; };
    const bool data = !packet.data.empty();
    const bool ack = !data && !has(packet::SYN) && !has(packet::FIN) && !has(packet::RST);
    return (kind == "syn" && has(packet::SYN)) || (kind == "fin" && has(packet::FIN)) ||
           (kind == "rst" && has(packet::RST)) || (kind == "data" && data) ||
           (kind == "ack" && ack);
}

// Whether the rule meets this frame; it counts those of its kind.
inline bool meets(Rule& rule, const std::string& side, const packet::Packet& packet) {
    if (rule.side != side || !is_of(rule.kind, packet)) {
        return false;
    }
    ++rule.seen;
    return rule.seen >= rule.first && rule.seen <= rule.last;
}

}  // namespace wire
