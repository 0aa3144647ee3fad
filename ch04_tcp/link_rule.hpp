// link_rule.hpp - a rule about frames on the link: which ones are lost, doubled, damaged or swapped.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <string>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace wire {

inline constexpr std::array sides{"client", "server"};  // where a frame comes from

// What happens to the frames of one kind from one side, from the first to the last of them.
struct Rule {
    std::string action{};
    std::string side{};
    std::string kind{};
    long first = 1;
    long last = 1;
    long seen = 0;  // how many of that kind have passed
};

// The rule in a text such as "drop:client:data:1:3"; throws app::UsageError.
[[nodiscard]] Rule rule_from(const std::string& text);

// Does the rule apply to this frame? Call it for each frame: it counts those of its kind.
[[nodiscard]] bool applies(Rule& rule, const std::string& side, const packet::Packet& packet);

}  // namespace wire
