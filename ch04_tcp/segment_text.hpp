// segment_text.hpp - a TCP segment as one line, with numbers counted from the connection's start.
#pragma once

// IWYU pragma: begin_exports
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace wire {

// Sequence numbers begin at a random number, which only the SYN of each side tells.
class Connections {
public:
    // "SYN ACK  seq 0      ack 1                  win 65160  mss 1460"; win is in bytes.
    [[nodiscard]] std::string text(const packet::Packet& segment);

private:
    // Source and destination, each an address and a port: one direction of a connection.
    using Direction = std::tuple<packet::Ip, std::uint16_t, packet::Ip, std::uint16_t>;
    struct Start {
        std::uint32_t sequence_number = 0;
        std::optional<unsigned> window_scale{};
    };

    std::map<Direction, Start> starts_;
};

}  // namespace wire
