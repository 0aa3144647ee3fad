#include "ch08_names/zone.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
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
    "2.0.192.in-addr.arpa   3600 NS  ns.example.test",
    "1.2.0.192.in-addr.arpa 300  PTR www.example.test",
};

// U+FEFF in UTF-8: some editors on Windows begin a file with it.
constexpr std::string_view byte_order_mark{"\xef\xbb\xbf"};

void append(std::vector<Record>& into, const std::vector<Record>& records) {
    into.insert(into.end(), records.begin(), records.end());
}

// A ';' begins a comment, but not behind a backslash: RFC 1035, section 5.1.
std::string without_comment(const std::string& line) {
    std::size_t at = 0;
    while (at < line.size() && line[at] != ';') {
        at += line[at] == '\\' ? 2U : 1U;
    }
    return line.substr(0, std::min(at, line.size()));
}

// The name is that place, or below it.
bool is_within(const std::string& name, const std::string& place) {
    return lower(name) == lower(place) || lower(name).ends_with('.' + lower(place));
}

}  // namespace

void Zones::add(const std::string& line) {
    const auto words = words_in(without_comment(line));
    if (words.empty()) {
        return;
    }
    if (words.size() < 4) {
        throw app::UsageError{"a record is NAME TTL TYPE DATA"};
    }
    if (std::ranges::find(words, "@") != words.end()) {
        throw app::UsageError{"@ is not known here: write the name of the zone"};
    }
    Record record{words[0], type_of(words[2]), IN, number_in(words[1], "TTL", 0x7fffffff),
                  words[3]};
    for (const auto& word : std::span{words}.subspan(4)) {
        record.rdata += ' ' + word;
    }
    // There and back: throws if a message cannot hold it, and gives equal records equal text.
    record = decode(encode({.answer = {record}})).answer.front();
    auto& here = records_[lower(record.name)];
    auto& others = here[record.type];
    if (!others.empty() && others.front().ttl != record.ttl) {  // RFC 2181, section 5.2
        throw app::UsageError{"records of one name and type have one TTL"};
    }
    if (!known_.insert(lower(to_text(record))).second) {
        return;  // RFC 2181, section 5: no record comes twice
    }
    const bool is_alias_and_more = here.contains(CNAME) && (here.size() > 1 || !others.empty());
    if (is_alias_and_more || (record.type == SOA && !others.empty())) {
        // RFC 1034, section 3.6.2, and RFC 1035, section 5.2
        throw app::UsageError{"an alias has no other record, and a zone has one SOA"};
    }
    others.push_back(std::move(record));
}

// RFC 1035, section 5.2: a zone has an SOA record at its top.
void Zones::check() const {
    if (records_.empty()) {
        throw app::UsageError{"there is no record in it"};
    }
    for (const auto& [name, records] : records_) {
        if (place_of(name).origin.empty()) {
            throw app::UsageError{
                name + " is in no zone: neither it nor a name above it has an SOA record"};
        }
    }
}

void Zones::answer(Message& reply) const {
    if (reply.opcode != 0 || reply.question.size() != 1) {
        reply.rcode = reply.opcode != 0 ? NOTIMP : FORMERR;
        reply.question.clear();  // RFC 9619, section 4: no message has two
        return;
    }
    const auto& question = reply.question.front();
    if ((question.qtype >= 128 && question.qtype <= 255) || question.qtype == 41) {
        reply.rcode = NOTIMP;  // AXFR, ANY, OPT: no record has such a type (RFC 6895, section 3.1)
    } else if (place_of(question.qname).origin.empty() || question.qclass != IN) {
        reply.rcode = REFUSED;
    } else {
        add_answers(question.qname, question.qtype, reply);
    }
}

// The answer to an alias is the alias and the answer to its target, which may be an alias too.
void Zones::add_answers(std::string name, std::uint16_t type, Message& reply) const {
    for (;;) {
        const auto [origin, part] = place_of(name);
        if (origin.empty() || !part.empty()) {  // not ours, or delegated
            add_referral(part, reply);
            return;
        }
        reply.aa = true;
        const auto found = find(name, type);
        append(reply.answer, found);
        if (!found.empty()) {
            return;
        }
        const auto alias = find(name, CNAME);
        if (alias.empty()) {
            add_negative(name, origin, reply);
            return;
        }
        if (std::ranges::find(reply.answer, alias[0].name, &Record::name) != reply.answer.end()) {
            return;  // the aliases form a circle
        }
        append(reply.answer, alias);
        name = alias[0].rdata;
    }
}

// The SOA tells how long a client may remember that there is nothing: RFC 2308, section 3.
void Zones::add_negative(const std::string& name, const std::string& origin, Message& reply) const {
    reply.rcode = exists(name) ? NOERROR : NXDOMAIN;
    reply.authority = find(origin, SOA);
    auto& soa = reply.authority.front();
    soa.ttl = std::min(soa.ttl, number_in(words_in(soa.rdata).back(), "MINIMUM"));
}

// Names the servers that know the part, with their addresses if we have them.
void Zones::add_referral(const std::string& part, Message& reply) const {
    reply.authority = find(part, NS);
    for (const auto& server : reply.authority) {
        append(reply.additional, find(server.rdata, A));
        append(reply.additional, find(server.rdata, AAAA));
    }
}

std::vector<Record> Zones::find(const std::string& name, std::uint16_t type) const {
    const auto here = records_.find(lower(name));
    return here != records_.end() && here->second.contains(type) ? here->second.at(type)
                                                                 : std::vector<Record>{};
}

// A name exists if it has records, or if a name below it has.
bool Zones::exists(const std::string& name) const {
    return std::ranges::any_of(records_,
                               [&name](const auto& entry) { return is_within(entry.first, name); });
}

// Goes from the name up to the origin of its zone. Of several parts that are delegated, the one
// nearest to the origin counts.
Zones::Place Zones::place_of(std::string name) const {
    std::string part;
    while (find(name, SOA).empty()) {
        if (!find(name, NS).empty()) {
            part = name;
        }
        if (name == ".") {
            return {};
        }
        const auto dot = name.find('.');
        name = dot == std::string::npos ? "." : name.substr(dot + 1);
    }
    return {name, part};
}

void leave_out_extras(Message& reply) {
    std::erase_if(reply.additional, [&reply](const Record& record) {
        return !is_within(record.name, reply.authority.front().name);
    });
}

Zones read_zones(const std::string& name) {
    const auto file = sys::open(name, O_RDONLY);
    net::LineReader lines{file, 4000};  // SOA has three names, each of 1004 signs at most
    Zones zones;
    std::string place;
    try {
        for (int number = 1; const auto line = lines.next(); ++number) {
            place = name + ':' + std::to_string(number);
            const bool has_mark = number == 1 && line->text.starts_with(byte_order_mark);
            zones.add(line->text.substr(has_mark ? byte_order_mark.size() : 0));
        }
        place = name;
        zones.check();
    } catch (const app::UsageError& wrong) {
        throw app::UsageError{place + ": " + wrong.what()};
    } catch (const std::system_error& error) {  // opening a folder works, but reading it does not
        throw std::system_error{error.code(), "read " + name};
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
