// segment.hpp - a TCP segment: its numbers, its flags and its options, without the headers around it.
#pragma once

// IWYU pragma: begin_exports
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace wire {

// Sequence numbers wrap at 2^32, so "before" is a matter of distance: RFC 9293 3.4.
[[nodiscard]] constexpr bool before(std::uint32_t one, std::uint32_t other) {
    return static_cast<std::int32_t>(one - other) < 0;
}

// RFC 9293 3.1, RFC 7323, RFC 2018. Numbers are in host order.
struct Options {
    std::optional<unsigned> mss{};           // in bytes
    std::optional<unsigned> window_scale{};  // the window counts in units of 2^this bytes
    bool sack_permitted = false;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> timestamps{};  // own, echoed
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        sack{};  // ranges that have come: from, end
};

// The options of a header; what is broken, and what follows it, is left out.
[[nodiscard]] Options parse_options(packet::Bytes bytes);

enum class Checksum { right, wrong, unfinished, unknown };

struct Segment {
    unsigned flags = 0;
    std::uint32_t seq = 0;
    std::uint32_t ack = 0;
    unsigned window = 0;     // as in the header: not scaled
    std::size_t length = 0;  // of the data, in bytes, on the wire: the capture may have cut it
    Options options{};
    Checksum checksum = Checksum::unknown;
    std::chrono::nanoseconds time{};

    [[nodiscard]] bool has(unsigned any_of) const { return (flags & any_of) != 0; }
    // A SYN and a FIN count like a byte each.
    [[nodiscard]] std::uint32_t size() const {
        return static_cast<std::uint32_t>(length) + (has(packet::SYN) ? 1 : 0) +
               (has(packet::FIN) ? 1 : 0);
    }
    // The sequence number after it.
    [[nodiscard]] std::uint32_t end() const { return seq + size(); }
};

// The segment in a packet that has one (is_segment). If somebody else has checked it, its checksum is unknown.
[[nodiscard]] Segment segment_of(const packet::Packet& packet, std::chrono::nanoseconds time,
                                 bool is_checked = false);
// Whether the packet has a segment. The header may be cut, but its length must be possible; a fragment of a
// packet is not a segment.
[[nodiscard]] bool is_segment(const packet::Packet& packet);

// Right; unfinished if the sender's network card was to fill it in, so that the field holds only the sum of
// the pseudo-header; unknown if a part of the segment is missing.
[[nodiscard]] Checksum checksum_of(const packet::Packet& packet);

// "SYN ACK"
[[nodiscard]] std::string flag_names(unsigned flags);

// What only the SYNs say: "mss 1460, SACK, timestamps, scale 7".
[[nodiscard]] std::string offers(const Options& options);

}  // namespace wire
