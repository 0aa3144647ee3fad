#include "ch04_tcp/link_rule.hpp"

#include <sstream>
#include <vector>

#include "common/program.hpp"

namespace wire {

namespace {

bool is_of_kind(const std::string& kind, const packet::Packet& packet) {
    if (kind == "udp") {
        return packet.udp.has_value();
    }
    if (!packet.tcp) {
        return false;
    }
    const unsigned flags = packet.tcp->flags;
    if (kind == "syn") {
        return (flags & packet::SYN) != 0;
    }
    if (kind == "fin") {
        return (flags & packet::FIN) != 0;
    }
    if (kind == "rst") {
        return (flags & packet::RST) != 0;
    }
    if (kind == "data") {
        return !packet.data.empty();
    }
    // An ack: almost every segment has the flag, so this kind has nothing else.
    return packet.data.empty() && (flags & (packet::SYN | packet::FIN | packet::RST)) == 0;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream rest{text};
    for (std::string word; std::getline(rest, word, ':');) {
        words.push_back(word);
    }
    return words;
}

}  // namespace

Rule rule_from(const std::string& text) {
    const auto words = split(text);
    if (words.size() < 3 || words.size() > 5) {
        throw app::UsageError{"'" + text + "' is not a rule like drop:client:data:2"};
    }
    (void)app::choice(words, 0, {"drop", "double", "damage", "swap"}, 0);
    (void)app::choice(words, 1, {"client", "server"}, 0);
    (void)app::choice(words, 2, {"syn", "ack", "data", "fin", "rst", "udp"}, 0);
    Rule rule{words[0], words[1], words[2]};

    // drop:client:data is for all of them, :2 for the second alone, :2:4 for the second to the fourth.
    constexpr long most = 1'000'000;
    rule.first = app::number(words, 3, "FIRST", 1, most, 1);
    const long last_if_missing = words.size() == 4 ? rule.first : most;
    rule.last = app::number(words, 4, "LAST", rule.first, most, last_if_missing);
    return rule;
}

bool applies(Rule& rule, const std::string& side, const packet::Packet& packet) {
    if (rule.side != side || !is_of_kind(rule.kind, packet)) {
        return false;
    }
    ++rule.seen;
    return rule.seen >= rule.first && rule.seen <= rule.last;
}

}  // namespace wire
