// segment_text.hpp - a TCP segment as a line, its numbers counted from the start of its connection.
#pragma once

// IWYU pragma: begin_exports
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace packet {

enum TcpOption : std::uint8_t { END = 0, NO_OPERATION = 1, MSS = 2, WINDOW_SCALE = 3 };

// The value (host order) of an option, where the segment has it; RFC 9293 3.1, RFC 7323 2.2.
[[nodiscard]] std::optional<unsigned> tcp_option(const Tcp& tcp, TcpOption wanted);

// "SYN ACK"
[[nodiscard]] std::string flag_names(std::uint8_t flags);

// Remembers the first sequence number of each side, which only its SYN tells.
class Connections {
public:
    // "SYN ACK  seq 0      ack 1                  win 65160  mss 1460"; win in bytes.
    [[nodiscard]] std::string text(const Packet& packet);

private:
    using Key = std::tuple<Ip, std::uint16_t, Ip, std::uint16_t>;
    struct Start {
        std::uint32_t first = 0;  // the number of the SYN
        std::optional<unsigned> scale{};
    };

    std::map<Key, Start> starts_;
};

}  // namespace packet
