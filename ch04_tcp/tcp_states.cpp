#include "ch04_tcp/tcp_states.hpp"

namespace wire {

namespace {

// Memory for a connection is bounded: with more gaps than that a FIN may count too late.
constexpr std::size_t most_early_ranges = 64;

// Whether the segment acknowledges that number.
bool acknowledges(const Segment& segment, const std::optional<std::uint32_t>& number) {
    return number && segment.has(packet::ACK) && before(*number, segment.ack);
}

}  // namespace

std::string_view name_of(State state) {
    constexpr std::array<std::string_view, 11> names{
        "CLOSED",     "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
        "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT"};
    return names.at(static_cast<std::size_t>(state));
}

void Ends::pass(const Segment& segment, std::size_t from, bool is_lost) {
    if (!segment.has(packet::SYN | packet::RST | packet::ACK)) {
        return;  // no TCP sends such a segment, and who gets it drops it: RFC 9293 3.10.7.4
    }
    auto& sender = ends_.at(index(from));
    auto& receiver = ends_.at(index(1 - from));
    if (!sender.sent && !receiver.sent) {
        begin_in_the_middle(sender, receiver, segment);
    }
    send(sender, segment, receiver);
    if (!is_lost && segment.checksum != Checksum::wrong) {
        receive(receiver, segment, sender);
    }
}

// For the first segment that was seen. If it is a SYN without an ACK, there is nothing to do.
void Ends::begin_in_the_middle(End& sender, End& receiver, const Segment& segment) {
    if (segment.has(packet::ACK)) {
        receiver.sent = segment.ack;
        sender.wanted = segment.ack;
    }
    if (!segment.has(packet::SYN)) {
        sender.state = receiver.state = State::established;
        receiver.wanted = segment.seq;
    } else if (segment.has(packet::ACK)) {
        receiver.state = State::syn_sent;
    }
}

void Ends::send(End& sender, const Segment& segment, const End& receiver) {
    if (segment.has(packet::RST)) {
        // In SYN-SENT a reset answers an old ACK, and the end still waits for the right one.
        if (sender.state != State::syn_sent) {
            reset(sender, State::closed);
        }
        return;
    }
    if (!segment.has(packet::SYN) && sender.before_reset) {
        sender.state =
            *sender.before_reset;  // it goes on: the reset has not come, or was not its own
        sender.before_reset.reset();
    }
    if (segment.has(packet::SYN)) {
        send_syn(sender, segment);
    } else if (sender.state == State::syn_sent ||
               (sender.state == State::syn_received && segment.length != 0)) {
        sender.state = State::established;  // what it has received was not seen
    }
    // Its ACK says what it has, even if that was not seen.
    if (segment.has(packet::ACK) && (!sender.wanted || before(*sender.wanted, segment.ack))) {
        has_all_before(sender, segment.ack, receiver);
    }
    if (segment.has(packet::FIN)) {
        send_fin(sender, segment, receiver);
    }
    if (!sender.sent || before(*sender.sent, segment.end())) {
        sender.sent = segment.end();
    }
}

void Ends::reset(End& end, State state) {
    if (!end.before_reset && end.state != State::closed && end.state != State::listen) {
        end.before_reset = end.state;
    }
    end.state = state;
}

void Ends::send_syn(End& sender, const Segment& segment) {
    const bool is_new = sender.state == State::closed || sender.state == State::listen;
    if (!segment.has(packet::ACK)) {
        sender.has_called_connect = true;
        if (is_new) {
            sender.state = State::syn_sent;
        }
    } else if (is_new || sender.state == State::syn_sent) {
        sender.state = State::syn_received;
    }
}

void Ends::send_fin(End& sender, const Segment& segment, const End& receiver) {
    sender.fin = segment.end() - 1;
    if (sender.state == State::established || sender.state == State::syn_received) {
        sender.state = State::fin_wait_1;
    } else if (sender.state == State::close_wait) {
        // If it does not acknowledge the FIN that passed, it had sent its own before that came.
        sender.state = acknowledges(segment, receiver.fin) ? State::last_ack : State::closing;
    }
}

void Ends::receive(End& receiver, const Segment& segment, const End& sender) {
    if (segment.has(packet::RST)) {
        receive_reset(receiver, segment);
    } else if (segment.has(packet::SYN)) {
        receive_syn(receiver, segment);
    } else if (receiver.state != State::closed && receiver.state != State::listen &&
               receiver.state != State::syn_sent) {
        if (!receiver.wanted) {
            receiver.wanted = segment.seq;
        }
        if (before(segment.end(), *receiver.wanted)) {
            return;  // all of it is old
        }
        receive_ack(receiver, segment);
        if (!before(*receiver.wanted, segment.seq)) {
            has_all_before(receiver, segment.end(), sender);
        } else if (segment.size() != 0 && receiver.early.size() < most_early_ranges) {
            receiver.early.emplace_back(segment.seq, segment.end());
        }
    }
}

// A reset counts only with the number that is wanted: a stranger cannot guess it (RFC 9293 3.10.7).
void Ends::receive_reset(End& receiver, const Segment& segment) {
    if (receiver.state == State::syn_sent) {
        if (segment.has(packet::ACK) && segment.ack == receiver.sent) {
            reset(receiver, State::closed);
        }
    } else if (!receiver.wanted || segment.seq == *receiver.wanted) {
        const bool goes_on_listening =
            (receiver.state == State::syn_received || receiver.state == State::listen) &&
            !receiver.has_called_connect;
        reset(receiver, goes_on_listening ? State::listen : State::closed);
    }
}

void Ends::receive_syn(End& receiver, const Segment& segment) {
    const bool has_ack = segment.has(packet::ACK);
    const bool has_right_ack = has_ack && segment.ack == receiver.sent;
    switch (receiver.state) {
        case State::closed:
        case State::listen:
            if (!has_ack) {
                receiver.state = State::syn_received;
                receiver.wanted = segment.end();
            }
            break;
        case State::syn_sent:
            if (!has_ack || has_right_ack) {
                receiver.state = has_ack ? State::established : State::syn_received;
                receiver.wanted = segment.end();
            }
            break;
        case State::syn_received:  // both have called connect
            if (has_right_ack) {
                receiver.state = State::established;
            }
            break;
        default:
            break;
    }
}

void Ends::receive_ack(End& receiver, const Segment& segment) {
    const bool has_right_ack = segment.has(packet::ACK) && segment.ack == receiver.sent;
    if (receiver.state == State::syn_received && has_right_ack) {
        receiver.state = State::established;
    }
    if (!acknowledges(segment, receiver.fin)) {
        return;
    }
    if (receiver.state == State::fin_wait_1) {
        receiver.state = State::fin_wait_2;
    } else if (receiver.state == State::closing) {
        receiver.state = State::time_wait;
    } else if (receiver.state == State::last_ack) {
        receiver.state = State::closed;
    }
}

// What came early follows now, if nothing is missing before it. A FIN counts when all before it has come.
void Ends::has_all_before(End& receiver, std::uint32_t number, const End& sender) {
    receiver.wanted = number;
    for (bool is_longer = true; is_longer;) {
        is_longer = false;
        for (const auto& [from, end] : receiver.early) {
            if (!before(*receiver.wanted, from) && before(*receiver.wanted, end)) {
                receiver.wanted = end;
                is_longer = true;
            }
        }
    }
    std::erase_if(receiver.early,
                  [&](const auto& range) { return !before(*receiver.wanted, range.second); });
    if (!sender.fin || !before(*sender.fin, *receiver.wanted)) {
        return;
    }
    if (receiver.state == State::syn_received || receiver.state == State::established) {
        receiver.state = State::close_wait;
    } else if (receiver.state == State::fin_wait_1) {
        receiver.state = State::closing;
    } else if (receiver.state == State::fin_wait_2) {
        receiver.state = State::time_wait;
    }
}

}  // namespace wire
