// conversation.hpp - the connections on a wire: whose each segment is, and what it says.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ch02_packets/packet.hpp"
#include "ch02_packets/packet_text.hpp"
#include "ch04_tcp/segment.hpp"
#include "ch04_tcp/tcp_analysis.hpp"
#include "ch04_tcp/tcp_states.hpp"
// IWYU pragma: end_exports

namespace wire {

struct Endpoint {
    std::string address{};  // in numbers, of any family
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
    bool operator<(const Endpoint& other) const {
        return std::tie(address, port) < std::tie(other.address, other.port);
    }
};

// "10.0.4.2:9190"
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

// Source and destination in the IP header; no value without one.
[[nodiscard]] inline std::optional<std::array<std::string, 2>> addresses(
    const packet::Packet& packet) {
    using packet::to_text;
    if (packet.ipv4) {
        return {{to_text(packet.ipv4->source_ip), to_text(packet.ipv4->destination_ip)}};
    }
    if (packet.ipv6) {
        return {{to_text(packet.ipv6->source_ip), to_text(packet.ipv6->destination_ip)}};
    }
    return std::nullopt;
}

// How many lines a conversation has got in this second, and what was left out.
struct Flood {
    std::chrono::seconds second{};
    unsigned lines = 0;
    std::size_t left_out = 0;
    std::size_t bytes_left_out = 0;
};

// In pairs, the client comes first.
struct Conversation {
    std::array<Endpoint, 2> ends{};
    bool begin_was_seen = false;
    std::size_t segments = 0;
    Ends states{};
    Analysis analysis{};
    bool handshake_is_complete = false;
    Flood flood{};
};

// A segment and what it says.
struct Report {
    Segment segment{};
    std::size_t from = 0;   // 0: the client has sent it
    std::uint32_t seq = 0;  // relative
    std::uint32_t ack = 0;
    std::uint32_t window = 0;  // in bytes
    Findings findings{};
    std::array<State, 2> states{};  // after it
    bool states_changed = false;
    bool is_first = false;             // of its conversation
    std::vector<std::string> words{};  // what it is, for a reader; the most important first
};

class Conversations {
public:
    // The next segment on the wire, which is in the packet (segment_of). It may be lost behind the place where it is seen.
    // The conversation is valid until the next call.
    std::pair<Report, Conversation&> pass(const packet::Packet& packet, const Segment& segment,
                                          bool is_lost = false);

    // All of them, the one with the latest segment first.
    [[nodiscard]] std::list<Conversation>& all() { return conversations_; }

private:
    using Key = std::array<Endpoint, 2>;  // in their order

    Conversation& find(const packet::Packet& packet, const Segment& segment, bool& is_reused);
    Conversation& begin(const Key& key, const Endpoint& source, const Segment& segment);

    std::list<Conversation> conversations_;
    std::map<Key, std::list<Conversation>::iterator> index_;
};

}  // namespace wire
