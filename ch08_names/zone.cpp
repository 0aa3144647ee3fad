#include "ch08_names/zone.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"

namespace dns {

namespace {

constexpr std::array example{
    "example.test      3600 SOA   ns.example.test admin.example.test 1 3600 600 86400 60",
    "example.test      3600 NS    ns.example.test",
    "ns.example.test   3600 A     127.0.0.1",
    "www.example.test  300  A     192.0.2.1",
    "www.example.test  300  A     192.0.2.2",
    "www.example.test  300  AAAA  2001:db8::1",
    "web.example.test  300  CNAME www.example.test",
    "far.example.test  300  NS    ns.far.example.test",
    "ns.far.example.test 300 A    192.0.2.53",
    "2.0.192.in-addr.arpa   3600 SOA ns.example.test admin.example.test 1 3600 600 86400 60",
    "1.2.0.192.in-addr.arpa 300  PTR www.example.test",
};

void append(std::vector<Record>& into, const std::vector<Record>& records) {
    into.insert(into.end(), records.begin(), records.end());
}

}  // namespace

void Zones::add(const std::string& line) {
    const auto words = words_in(line.substr(0, line.find(';')));
    if (words.empty()) {
        return;
    }
    if (words.size() < 4) {
        throw app::UsageError{"a record is NAME TTL TYPE DATA"};
    }
    Record record{lower(words[0]), type_of(words[2]), IN, number_in(words[1], "TTL"),
                  lower(words[3])};
    for (const auto& word : std::span{words}.subspan(4)) {
        record.rdata += ' ' + lower(word);
    }
    (void)encode({.answer = {record}});  // throws if a message cannot hold it
    records_.push_back(std::move(record));
}

void Zones::answer(Message& reply) const {
    if (reply.opcode != 0 || reply.question.size() != 1) {
        reply.rcode = reply.opcode != 0 ? NOTIMP : FORMERR;
        return;
    }
    const auto& question = reply.question.front();
    if (question.qtype == 255) {  // ANY: no server needs to answer it (RFC 8482)
        reply.rcode = NOTIMP;
        return;
    }
    const auto [origin, part] = place_of(question.qname);
    if (origin.empty() || question.qclass != IN) {
        reply.rcode = REFUSED;
        return;
    }
    if (!part.empty()) {
        add_referral(part, reply);
        return;
    }
    reply.aa = true;
    add_answers(question, reply);
    if (reply.answer.empty()) {
        reply.rcode = exists(question.qname) ? NOERROR : NXDOMAIN;
        reply.authority = find(origin, SOA);  // tells how long a client may remember that
    }
}

// The answer to an alias is the alias and the records of its target. The target may be an alias
// too: follow 8 at most, because they may form a circle.
void Zones::add_answers(Question question, Message& reply) const {
    for (int aliases = 0; aliases < 8 && question.qtype != CNAME; ++aliases) {
        const auto alias = find(question.qname, CNAME);
        if (alias.empty()) {
            break;
        }
        append(reply.answer, alias);
        question.qname = alias.back().rdata;
    }
    append(reply.answer, find(question.qname, question.qtype));
}

// Names the servers that know the part, with their addresses if we have them.
void Zones::add_referral(const std::string& part, Message& reply) const {
    reply.authority = find(part, NS);
    for (const auto& server : reply.authority) {
        append(reply.additional, find(server.rdata, A));
        append(reply.additional, find(server.rdata, AAAA));
    }
}

std::vector<Record> Zones::find(std::string_view name, std::uint16_t type) const {
    std::vector<Record> found;
    std::ranges::copy_if(records_, std::back_inserter(found), [&](const Record& record) {
        return record.name == name && record.type == type;
    });
    return found;
}

// A name exists if it has records, or if a name below it has.
bool Zones::exists(std::string_view name) const {
    const auto below = '.' + std::string{name};
    return std::ranges::any_of(records_, [&](const Record& record) {
        return record.name == name || record.name.ends_with(below);
    });
}

// Goes from the name up to the origin of its zone. Of several parts that are delegated, the one
// nearest to the origin counts.
Zones::Place Zones::place_of(std::string name) const {
    std::string part;
    while (find(name, SOA).empty()) {
        if (!find(name, NS).empty()) {
            part = name;
        }
        const auto dot = name.find('.');
        if (dot == std::string::npos) {
            return {};
        }
        name.erase(0, dot + 1);
    }
    return {name, part};
}

Zones read_zones(const std::string& name) {
    const auto file = sys::open(name, O_RDONLY);
    net::LineReader lines{file, 1000};
    Zones zones;
    for (int number = 1; const auto line = lines.next(); ++number) {
        try {
            zones.add(line->text);
        } catch (const app::UsageError& wrong) {
            throw app::UsageError{name + ':' + std::to_string(number) + ": " + wrong.what()};
        }
    }
    return zones;
}

Zones example_zones() {
    Zones zones;
    for (const char* const line : example) {
        zones.add(line);
    }
    return zones;
}

}  // namespace dns
