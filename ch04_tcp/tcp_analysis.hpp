// tcp_analysis.hpp - what is remarkable about a segment, by the definitions of the Wireshark User's Guide
// ("TCP Analysis").
//
// A segment is compared with what was seen of its connection before it, and with nothing else. So
// the words are guesses from one place of the network: whether a segment that comes late has been sent
// again or was overtaken can be told only from the time that it took.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ch04_tcp/segment.hpp"
// IWYU pragma: end_exports

namespace wire {

enum class Finding : std::uint8_t {
    retransmission,
    fast_retransmission,      // after two repeated ACKs that want it, at once
    spurious_retransmission,  // all of it had been acknowledged
    out_of_order,             // too soon to have been sent again
    lost_segment,             // something before it was not seen
    ack_lost_segment,         // it acknowledges what was not seen
    duplicate_ack,
    zero_window,
    window_full,  // the receiver has no room for more than this
    zero_window_probe,
    zero_window_probe_ack,
    window_update,
    keep_alive,
    keep_alive_ack,
    reused_ports
};

// A set of them.
class Findings {
public:
    void add(Finding finding) { bits_ |= 1U << static_cast<unsigned>(finding); }
    [[nodiscard]] bool has(Finding finding) const {
        return (bits_ >> static_cast<unsigned>(finding) & 1U) != 0;
    }
    // "retransmission,zero_window": as tshark names its fields after "tcp.analysis."; "" if there are none.
    [[nodiscard]] std::string names() const;

private:
    unsigned bits_ = 0;
};

// A connection so far.
class Analysis {
public:
    // What is remarkable about the next segment, which end number from (0 or 1) has sent. Only
    // reused_ports is not found here.
    [[nodiscard]] Findings pass(const Segment& segment, std::size_t from);

    // Numbers from the connection's start. Where it was not seen, the first byte that was seen has number 1.
    [[nodiscard]] std::uint32_t relative_seq(const Segment& segment, std::size_t from) const;
    [[nodiscard]] std::uint32_t relative_ack(const Segment& segment, std::size_t from) const;
    // A number of the bytes that the end sends.
    [[nodiscard]] std::uint32_t relative(std::uint32_t number, std::size_t end) const;

    // The window in bytes. It counts in units of the SYN's scale, after the SYNs, if both have named one.
    [[nodiscard]] std::uint32_t window(const Segment& segment, std::size_t from) const;

    // How many bytes the segment acknowledges that were not acknowledged before; call it before pass().
    [[nodiscard]] std::uint32_t newly_acknowledged(const Segment& segment, std::size_t from) const;

    // The number that counts as 0 in what the end sends, if anything was seen of it.
    [[nodiscard]] std::optional<std::uint32_t> start(std::size_t end) const {
        return flows_.at(end).start;
    }
    // The sequence number of the end's SYN, if it was seen.
    [[nodiscard]] std::optional<std::uint32_t> syn(std::size_t end) const {
        return flows_.at(end).syn;
    }

    // Whether the end has acknowledged anything.
    [[nodiscard]] bool has_acknowledged(std::size_t end) const {
        return flows_.at(end).ack.has_value();
    }

    // The window that the end has named last, in bytes.
    [[nodiscard]] std::optional<std::uint32_t> last_window(std::size_t end) const {
        return flows_.at(end).window;
    }

private:
    // One direction.
    struct Flow {
        std::optional<std::uint32_t> start{};  // the number that counts as 0
        std::optional<std::uint32_t> syn{};
        std::optional<unsigned> scale{};
        std::optional<std::uint32_t> next{};         // the number after all that it has sent
        std::chrono::nanoseconds next_time{};        // when that was seen
        std::optional<std::uint32_t> highest_ack{};  // what the other may acknowledge
        std::optional<std::uint32_t> ack{};          // its last ACK
        std::chrono::nanoseconds ack_time{};
        std::optional<std::uint32_t> window{};  // its last, in bytes
        unsigned duplicate_acks = 0;
        bool last_was_keep_alive = false;
        bool last_was_probe = false;
    };

    void begin(const Segment& segment, std::size_t from);
    [[nodiscard]] Findings look(const Segment& segment, std::size_t from) const;
    void look_at_ack(Findings& findings, const Segment& segment, std::size_t from) const;
    void look_at_old(Findings& findings, const Segment& segment, std::size_t from) const;
    void remember(const Findings& findings, const Segment& segment, std::size_t from);

    std::array<Flow, 2> flows_{};
    std::optional<std::chrono::nanoseconds> syn_time_{};
    std::optional<std::chrono::nanoseconds> round_trip_{};  // of the handshake
};

}  // namespace wire
