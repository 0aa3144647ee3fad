// link_rule.hpp - which of the frames that pass a link are lost, doubled, damaged or swapped.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <string>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace wire {

inline constexpr std::array sides{"client", "server"};  // the sender of a frame

// The action is for the first to the last frame of that kind from that side.
struct Rule {
    std::string action{};
    std::string side{};
    std::string kind{};
    long first = 1;
    long last = 1;
    long seen = 0;
};

// "drop:client:data:1:3"; throws app::UsageError.
[[nodiscard]] Rule rule_from(const std::string& text);

// Whether the rule is for this frame; counts the frames of its kind.
[[nodiscard]] bool meets(Rule& rule, const std::string& side, const packet::Packet& packet);

}  // namespace wire
