#include "ch04_tcp/link_rule.hpp"

#include <sstream>
#include <vector>

#include "common/program.hpp"

namespace wire {

namespace {

// A frame is an ack when it carries nothing else.
bool is_of(const std::string& kind, const packet::Packet& packet) {
    if (!packet.tcp) {
        return kind == "udp" && packet.udp;
    }
    const auto has = [&packet](packet::TcpFlag flag) { return (packet.tcp->flags & flag) != 0; };
    const bool data = !packet.data.empty();
    const bool ack = !data && !has(packet::SYN) && !has(packet::FIN) && !has(packet::RST);
    return (kind == "syn" && has(packet::SYN)) || (kind == "fin" && has(packet::FIN)) ||
           (kind == "rst" && has(packet::RST)) || (kind == "data" && data) ||
           (kind == "ack" && ack);
}

}  // namespace

Rule rule_from(const std::string& text) {
    std::istringstream rest{text};
    std::vector<std::string> words;
    for (std::string word; std::getline(rest, word, ':');) {
        words.push_back(word);
    }
    if (words.size() < 3 || words.size() > 5) {
        throw app::UsageError{"'" + text + "' is not a rule like drop:client:data:2"};
    }
    constexpr long most = 1'000'000;  // frames
    Rule rule{words[0], words[1], words[2]};
    (void)app::choice(words, 0, {"drop", "double", "damage", "swap"}, 0);
    (void)app::choice(words, 1, {"client", "server"}, 0);
    (void)app::choice(words, 2, {"syn", "ack", "data", "fin", "rst", "udp"}, 0);
    rule.first = app::number(words, 3, "FIRST", 1, most, 1);
    rule.last =
        app::number(words, 4, "LAST", rule.first, most, words.size() == 4 ? rule.first : most);
    return rule;
}

bool meets(Rule& rule, const std::string& side, const packet::Packet& packet) {
    if (rule.side != side || !is_of(rule.kind, packet)) {
        return false;
    }
    ++rule.seen;
    return rule.seen >= rule.first && rule.seen <= rule.last;
}

}  // namespace wire
