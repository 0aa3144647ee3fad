#include "ch04_tcp/tcp_analysis.hpp"

#include <algorithm>
#include <string_view>

namespace wire {

namespace {

constexpr unsigned special = packet::SYN | packet::FIN | packet::RST;

// What comes later than that was sent again; a round trip of the handshake takes its place.
constexpr std::chrono::nanoseconds overtaken_time = std::chrono::milliseconds{3};
constexpr std::chrono::nanoseconds fast_time = std::chrono::milliseconds{20};

using Number = std::optional<std::uint32_t>;  // of a byte, if it is known

Number later(const Number& one, const Number& other) {
    return one && other && before(*one, *other) ? other : one;
}

// Whether the segment begins there, or before and has new bytes behind it.
bool continues(const Number& there, const Segment& segment) {
    return there && (*there == segment.seq ||
                     (before(segment.seq, *there) && before(*there, segment.end())));
}

}  // namespace

std::string Findings::names() const {
    constexpr std::array<std::string_view, 15> all{
        "retransmission",    "fast_retransmission",   "spurious_retransmission",
        "out_of_order",      "lost_segment",          "ack_lost_segment",
        "duplicate_ack",     "zero_window",           "window_full",
        "zero_window_probe", "zero_window_probe_ack", "window_update",
        "keep_alive",        "keep_alive_ack",        "reused_ports"};
    std::string text;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (has(static_cast<Finding>(i))) {
            text += (text.empty() ? "" : ",") + std::string{all.at(i)};
        }
    }
    return text;
}

Findings Analysis::pass(const Segment& segment, std::size_t from) {
    begin(segment, from);
    const auto findings = look(segment, from);
    remember(findings, segment, from);
    return findings;
}

// The first numbers that are seen of each direction.
void Analysis::begin(const Segment& segment, std::size_t from) {
    auto& sender = flows_.at(from);
    auto& receiver = flows_.at(1 - from);
    if (segment.has(packet::SYN)) {
        if (!sender.syn) {
            sender.start = sender.syn = segment.seq;
        }
        sender.scale = segment.options.window_scale;
    } else if (!sender.start) {
        sender.start = segment.seq - 1;
    }
    if (segment.has(packet::ACK) && !receiver.start) {
        receiver.start = segment.ack - 1;
    }
    if (segment.has(packet::SYN) && !segment.has(packet::ACK)) {
        syn_time_ = segment.time;
    } else if (!segment.has(packet::SYN) && segment.has(packet::ACK) && syn_time_ && !round_trip_) {
        round_trip_ = segment.time - *syn_time_;
    }
}

Findings Analysis::look(const Segment& segment, std::size_t from) const {
    const auto& sender = flows_.at(from);
    const auto& receiver = flows_.at(1 - from);
    const bool is_plain = !segment.has(special);
    Findings findings;
    if (segment.length == 1 && segment.seq == sender.next && receiver.window == 0U) {
        findings.add(Finding::zero_window_probe);
    }
    if (segment.window == 0 && is_plain) {
        findings.add(Finding::zero_window);
    }
    if (sender.next && before(*sender.next, segment.seq) && !segment.has(packet::RST)) {
        findings.add(Finding::lost_segment);
    }
    if (segment.length <= 1 && sender.next && segment.seq == *sender.next - 1 && is_plain) {
        findings.add(Finding::keep_alive);
    }
    if (segment.length != 0 && is_plain && receiver.window && receiver.ack &&
        segment.end() == *receiver.ack + *receiver.window) {
        findings.add(Finding::window_full);
    }
    look_at_ack(findings, segment, from);
    look_at_old(findings, segment, from);
    return findings;
}

void Analysis::look_at_ack(Findings& findings, const Segment& segment, std::size_t from) const {
    const auto& sender = flows_.at(from);
    const auto& receiver = flows_.at(1 - from);
    if (segment.has(packet::ACK) && receiver.highest_ack &&
        before(*receiver.highest_ack, segment.ack)) {
        findings.add(Finding::ack_lost_segment);
    }
    const bool says_nothing_new = segment.length == 0 && !segment.has(special) &&
                                  segment.seq == sender.next && segment.ack == sender.ack;
    if (!says_nothing_new) {
        return;
    }
    const bool is_same_window = window(segment, from) == sender.window;
    const bool has_sack = !segment.options.sack.empty();
    if (segment.window == 0) {
        if (is_same_window && receiver.last_was_probe) {
            findings.add(Finding::zero_window_probe_ack);
        }
    } else if (is_same_window && receiver.last_was_keep_alive) {
        findings.add(Finding::keep_alive_ack);
    } else if (is_same_window || has_sack) {
        findings.add(Finding::duplicate_ack);
    } else {
        findings.add(Finding::window_update);
    }
}

// A segment that brings nothing new: sent again, or overtaken.
void Analysis::look_at_old(Findings& findings, const Segment& segment, std::size_t from) const {
    const auto& sender = flows_.at(from);
    const auto& receiver = flows_.at(1 - from);
    if (segment.size() == 0 || findings.has(Finding::keep_alive)) {
        return;
    }
    const auto end_of_data = segment.seq + static_cast<std::uint32_t>(segment.length);
    if (segment.length != 0 && receiver.ack && !before(*receiver.ack, end_of_data)) {
        findings.add(Finding::spurious_retransmission);
        findings.add(Finding::retransmission);
        return;
    }
    if (!sender.next || !before(segment.seq, *sender.next)) {
        return;
    }
    if (receiver.duplicate_acks >= 2 && receiver.ack == segment.seq &&
        segment.time - receiver.ack_time < fast_time) {
        findings.add(Finding::fast_retransmission);
    } else if (segment.end() != sender.next &&
               segment.time - sender.next_time < round_trip_.value_or(overtaken_time)) {
        findings.add(Finding::out_of_order);
        return;
    }
    findings.add(Finding::retransmission);
}

void Analysis::remember(const Findings& findings, const Segment& segment, std::size_t from) {
    auto& sender = flows_.at(from);
    if (findings.has(Finding::duplicate_ack)) {
        ++sender.duplicate_acks;
    } else if (segment.length != 0 || segment.has(special) || segment.ack != sender.ack) {
        sender.duplicate_acks = 0;
    }
    const bool is_probe = findings.has(Finding::zero_window_probe);
    const auto next_before = sender.next;
    if (!is_probe && (!sender.next || before(*sender.next, segment.end()))) {
        sender.next = segment.end();
        sender.next_time = segment.time;
    }
    auto& receiver = flows_.at(1 - from);
    // After a gap only what was before it may be acknowledged, and what already was, until the gap is filled.
    const auto known = later(next_before, receiver.ack);
    const bool is_after_gap =
        findings.has(Finding::lost_segment) && known && before(*known, segment.seq);
    if (is_after_gap) {
        sender.highest_ack = known;
    } else if (findings.has(Finding::lost_segment) || !next_before ||
               (continues(sender.highest_ack, segment) && !is_probe)) {
        sender.highest_ack = sender.next;
    }
    if (findings.has(Finding::ack_lost_segment)) {
        // That fills the gap. If it is more than was ever seen, nobody knows how much that may be.
        const bool is_gap = receiver.highest_ack != receiver.next;
        receiver.highest_ack = is_gap ? receiver.next : std::nullopt;
    }
    if (segment.has(packet::ACK)) {
        sender.ack = segment.ack;
        sender.ack_time = segment.time;
    }
    sender.window = window(segment, from);
    sender.last_was_keep_alive = findings.has(Finding::keep_alive);
    sender.last_was_probe = is_probe;
}

std::uint32_t Analysis::relative(std::uint32_t number, std::size_t end) const {
    return number - flows_.at(end).start.value_or(number);
}

std::uint32_t Analysis::relative_seq(const Segment& segment, std::size_t from) const {
    return relative(segment.seq, from);
}

std::uint32_t Analysis::relative_ack(const Segment& segment, std::size_t from) const {
    return segment.has(packet::ACK) ? relative(segment.ack, 1 - from) : 0;
}

std::uint32_t Analysis::window(const Segment& segment, std::size_t from) const {
    const auto& sender = flows_.at(from);
    const auto& receiver = flows_.at(1 - from);
    const bool both_have_it = sender.scale && (receiver.scale || !receiver.syn);
    if (segment.has(packet::SYN) || !both_have_it) {
        return segment.window;
    }
    return segment.window << std::min(*sender.scale, 14U);  // RFC 7323: 14 at most
}

std::uint32_t Analysis::newly_acknowledged(const Segment& segment, std::size_t from) const {
    const auto& last = flows_.at(from).ack;
    const auto start = flows_.at(1 - from).start;
    if (!segment.has(packet::ACK) || (!last && !start)) {
        return 0;
    }
    const auto since = last ? *last : *start + 1;
    return before(since, segment.ack) ? segment.ack - since : 0;
}

}  // namespace wire
