#include "ch04_tcp/link_rule.hpp"

#include <sstream>
#include <vector>

#include "common/program.hpp"

namespace wire {

namespace {

bool is_of_kind(const std::string& kind, const packet::Packet& packet) {
    if (!packet.tcp) {
        return kind == "udp" && packet.udp;
    }
    const bool syn = (packet.tcp->flags & packet::SYN) != 0;
    const bool fin = (packet.tcp->flags & packet::FIN) != 0;
    const bool rst = (packet.tcp->flags & packet::RST) != 0;
    const bool data = !packet.data.empty();
    // Almost every segment has the ACK flag: one of the kind "ack" has nothing else.
    const bool ack = !syn && !fin && !rst && !data;
    return (kind == "syn" && syn) || (kind == "fin" && fin) || (kind == "rst" && rst) ||
           (kind == "data" && data) || (kind == "ack" && ack);
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

    // Without FIRST the rule is for every frame of the kind, without LAST for one frame.
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
