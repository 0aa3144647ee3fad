// tcp_states.hpp - the state of both ends of a connection, from what passes between them.
//
// RFC 9293 Figure 5: an end changes its state when it sends a SYN, a FIN or a reset, and when it
// receives one, or the ACK of its own. Nobody on the wire sees an end receive. So a segment counts
// as received when it passes; if its receiver then sends something that shows the contrary (a FIN
// that does not acknowledge the FIN that passed, anything after a reset), its state is corrected.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ch04_tcp/segment.hpp"
// IWYU pragma: end_exports

namespace wire {

enum class State {
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait
};

// "FIN-WAIT-1"
[[nodiscard]] std::string_view name_of(State state);

class Ends {
public:
    // A socket that is connected to itself is both ends.
    explicit Ends(bool are_one = false) : are_one_{are_one} {}

    // End number from (0 or 1) sends the segment. It does not reach the other end if it is lost;
    // if its checksum is wrong, it reaches it and is dropped there.
    void pass(const Segment& segment, std::size_t from, bool is_lost = false);

    [[nodiscard]] State state(std::size_t end) const { return ends_.at(index(end)).state; }
    // The sequence number of the FIN that the end has sent; no value before.
    [[nodiscard]] std::optional<std::uint32_t> fin(std::size_t end) const {
        return ends_.at(index(end)).fin;
    }

private:
    struct End {
        State state = State::closed;
        std::optional<State> before_reset{};
        bool has_called_connect = false;        // it has sent a SYN without an ACK
        std::optional<std::uint32_t> sent{};    // the number after all that it has sent
        std::optional<std::uint32_t> fin{};     // the number of its FIN, if it has sent one
        std::optional<std::uint32_t> wanted{};  // the number that it wants next
        // The ranges that have come too early, each from its first number to the one after it.
        std::vector<std::pair<std::uint32_t, std::uint32_t>> early{};
    };

    static void begin_in_the_middle(End& sender, End& receiver, const Segment& segment);
    static void send(End& sender, const Segment& segment, const End& receiver);
    static void reset(End& end, State state);
    static void send_syn(End& sender, const Segment& segment);
    static void send_fin(End& sender, const Segment& segment, const End& receiver);
    static void receive(End& receiver, const Segment& segment, const End& sender);
    static void receive_reset(End& receiver, const Segment& segment);
    static void receive_syn(End& receiver, const Segment& segment);
    static void receive_ack(End& receiver, const Segment& segment);
    static void has_all_before(End& receiver, std::uint32_t number, const End& sender);

    [[nodiscard]] std::size_t index(std::size_t end) const { return are_one_ ? 0 : end; }

    bool are_one_;
    std::array<End, 2> ends_{};
};

}  // namespace wire
