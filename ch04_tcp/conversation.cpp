#include "ch04_tcp/conversation.hpp"

#include <algorithm>

namespace wire {

namespace {

// Memory is bounded: the conversation that has been silent longest is forgotten.
constexpr std::size_t most_conversations = 4096;

std::array<Endpoint, 2> endpoints(const packet::Packet& packet) {
    const auto [source, destination] = addresses(packet).value_or(std::array<std::string, 2>{});
    return {{{source, packet.tcp->source_port}, {destination, packet.tcp->destination_port}}};
}

std::string count(std::size_t number, const std::string& what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

// What a segment is, from the report and from what was before it.
class Words {
public:
    Words(const Report& report, const Conversation& before)
        : report_{report}, segment_{report.segment}, before_{before} {}

    std::vector<std::string> find() {
        add_if(segment_.checksum == Checksum::wrong, "checksum wrong");
        if (segment_.has(packet::RST)) {
            add(word_for_reset());
            return words_;
        }
        add_if(has(Finding::reused_ports), "ports used again");
        add_probe();
        add_repetition();
        add_syn();
        add_window();
        add_if(segment_.has(packet::FIN), "FIN: no more to send");
        add_if(segment_.has(packet::URG), "urgent data");
        add_if(has(Finding::window_full), "fills the window");
        const bool is_data = segment_.length != 0 && !has(Finding::zero_window_probe) &&
                             !has(Finding::keep_alive) && !segment_.has(packet::URG);
        add_if(is_data, "data");
        add_acknowledgement();
        add_if(words_.empty(), "nothing new");
        return words_;
    }

private:
    void add(std::string word) { words_.push_back(std::move(word)); }
    void add_if(bool condition, const char* word) {
        if (condition) {
            words_.emplace_back(word);
        }
    }
    [[nodiscard]] bool has(Finding finding) const { return report_.findings.has(finding); }

    [[nodiscard]] std::string word_for_reset() const {
        const auto receiver = 1 - report_.from;
        const auto state = before_.states.state(receiver);
        if (state == State::syn_sent && report_.states.at(receiver) == State::closed) {
            return "refused";
        }
        const bool is_open = state != State::closed && state != State::listen;
        return is_open && report_.states.at(receiver) == state ? "reset, does not count" : "reset";
    }

    void add_probe() {
        add_if(has(Finding::zero_window_probe), "window probe");
        add_if(has(Finding::zero_window_probe_ack), "answers the probe");
        add_if(has(Finding::keep_alive), "keep-alive");
        add_if(has(Finding::keep_alive_ack), "answers the keep-alive");
    }

    void add_repetition() {
        add_if(has(Finding::spurious_retransmission), "sent again, not needed");
        add_if(has(Finding::fast_retransmission), "fast retransmission");
        add_if(has(Finding::retransmission) && !has(Finding::spurious_retransmission) &&
                   !has(Finding::fast_retransmission) &&
                   !(segment_.has(packet::ACK) && is_ack_of_second_syn()),
               "sent again");
        add_if(has(Finding::out_of_order), "out of order");
        add_if(has(Finding::lost_segment), "bytes before it unseen");
        add_if(has(Finding::ack_lost_segment), "ACK of bytes not seen");
        add_if(has(Finding::duplicate_ack), "the same ACK again");
    }

    // The third segment may bring data, or be lost and come again.
    void add_syn() {
        const auto sender = report_.from;
        const bool has_ack = segment_.has(packet::ACK);
        if (segment_.has(packet::SYN) && !has_ack) {
            const bool answers_syn = before_.states.state(sender) == State::syn_received;
            add(answers_syn ? "both have called connect" : "handshake 1/3");
        } else if (segment_.has(packet::SYN)) {
            add(is_ack_of_second_syn() ? "acknowledges SYN" : "handshake 2/3");
        } else if (has_ack && sender == 0 && before_.begin_was_seen &&
                   !before_.handshake_is_complete && before_.analysis.syn(1)) {
            add("handshake 3/3");
        }
    }
    // Its sender has sent a SYN before: both have called connect.
    [[nodiscard]] bool is_ack_of_second_syn() const {
        return segment_.has(packet::SYN) && before_.analysis.syn(report_.from) &&
               !before_.analysis.has_acknowledged(report_.from);
    }

    void add_window() {
        const auto last = before_.analysis.last_window(report_.from);
        if (has(Finding::zero_window)) {
            add(last == 0U ? "window still closed" : "window closed");
        } else if (last == 0U && report_.window != 0 && !segment_.has(packet::SYN)) {
            add("window open again");
        } else {
            add_if(has(Finding::window_update), "window update");
        }
    }

    void add_acknowledgement() {
        const auto bytes = before_.analysis.newly_acknowledged(segment_, report_.from);
        const bool in_handshake = segment_.has(packet::SYN) || is("handshake 3/3");
        if (bytes == 0 || in_handshake) {
            return;
        }
        const bool is_fin = acknowledges_fin();
        if (const auto data = bytes - (is_fin ? 1 : 0); data != 0) {
            add("acknowledges " + count(data, "byte"));
        }
        add_if(is_fin, "acknowledges FIN");
    }
    [[nodiscard]] bool acknowledges_fin() const {
        const auto fin = before_.states.fin(1 - report_.from);
        return fin && before(*fin, segment_.ack);
    }
    [[nodiscard]] bool is(const char* word) const {
        return std::ranges::find(words_, word) != words_.end();
    }

    const Report& report_;
    const Segment& segment_;
    const Conversation& before_;
    std::vector<std::string> words_;
};

}  // namespace

std::string to_text(const Endpoint& endpoint) {
    const bool has_colons = endpoint.address.find(':') != std::string::npos;
    return (has_colons ? '[' + endpoint.address + ']' : endpoint.address) + ':' +
           std::to_string(endpoint.port);
}

std::pair<Report, Conversation&> Conversations::pass(const packet::Packet& packet,
                                                     const Segment& segment, bool is_lost) {
    Report report{.segment = segment};
    bool is_reused = false;
    auto& conversation = find(packet, segment, is_reused);
    const auto before = conversation;
    report.from = endpoints(packet)[0] == conversation.ends[0] ? 0 : 1;
    report.is_first = conversation.segments++ == 0;

    auto& analysis = conversation.analysis;
    report.findings = analysis.pass(segment, report.from);
    if (is_reused) {
        report.findings.add(Finding::reused_ports);
    }
    report.seq = analysis.relative_seq(segment, report.from);
    report.ack = analysis.relative_ack(segment, report.from);
    report.window = analysis.window(segment, report.from);

    conversation.states.pass(segment, report.from, is_lost);
    for (std::size_t end = 0; end < 2; ++end) {
        report.states.at(end) = conversation.states.state(end);
        report.states_changed |= report.states.at(end) != before.states.state(end);
    }
    report.words = Words{report, before}.find();
    conversation.handshake_is_complete |= report.states[1] == State::established;
    return {report, conversation};
}

// A SYN with a new number begins a new connection between the same ports.
Conversation& Conversations::find(const packet::Packet& packet, const Segment& segment,
                                  bool& is_reused) {
    const auto ends = endpoints(packet);
    auto key = ends;
    std::sort(key.begin(), key.end());
    const auto found = index_.find(key);
    if (found == index_.end()) {
        return begin(key, ends[0], segment);
    }
    const auto& conversation = *found->second;
    const std::size_t from = ends[0] == conversation.ends[0] ? 0 : 1;
    const auto start = conversation.analysis.start(from);
    if (segment.has(packet::SYN) && !segment.has(packet::ACK) && start && *start != segment.seq) {
        is_reused = true;
        conversations_.erase(found->second);
        index_.erase(found);
        return begin(key, ends[0], segment);
    }
    conversations_.splice(conversations_.begin(), conversations_, found->second);
    return conversations_.front();
}

// Without a SYN, the higher port is the client's: servers have low ones.
Conversation& Conversations::begin(const Key& key, const Endpoint& source, const Segment& segment) {
    if (conversations_.size() == most_conversations) {
        auto oldest = conversations_.back().ends;
        std::sort(oldest.begin(), oldest.end());
        index_.erase(oldest);
        conversations_.pop_back();
    }
    const auto& peer = key[0] == source ? key[1] : key[0];
    bool source_is_client = source.port >= peer.port;
    if (segment.has(packet::SYN)) {
        source_is_client = !segment.has(packet::ACK);
    }
    auto& conversation = conversations_.emplace_front();
    conversation.ends = source_is_client ? Key{source, peer} : Key{peer, source};
    conversation.states = Ends{source == peer};
    conversation.begin_was_seen = segment.has(packet::SYN) && !segment.has(packet::ACK);
    index_.emplace(key, conversations_.begin());
    return conversation;
}

}  // namespace wire
