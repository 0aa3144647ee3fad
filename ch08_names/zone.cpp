#include "ch08_names/zone.hpp"

#include <algorithm>
#include <array>
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

std::string parent(const std::string& name) {
    return name.substr(name.find('.') + 1);
}

std::string word(std::string_view& line) {
    const auto begin = std::min(line.find_first_not_of(" \t\r"), line.size());
    const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
    std::string result{line.substr(begin, end - begin)};
    line.remove_prefix(end);
    return result;
}

}  // namespace

void Zones::add(std::string_view line) {
    line = line.substr(0, line.find(';'));
    Record record;
    record.name = lower(word(line));
    if (record.name.empty()) {
        return;
    }
    const auto ttl = word(line);
    if (ttl.empty() || ttl.size() > 9 || ttl.find_first_not_of("0123456789") != std::string::npos) {
        throw std::invalid_argument{"not a number of seconds: '" + ttl + "'"};
    }
    record.ttl = static_cast<std::uint32_t>(std::stoul(ttl));
    const auto type = word(line);
    const auto number = type_of(type);
    if (!number) {
        throw std::invalid_argument{"not a type: '" + type + "'"};
    }
    record.type = *number;
    while (!(record.rdata += word(line)).empty() && !line.empty()) {
        record.rdata += ' ';
    }
    record.rdata = lower(record.rdata.substr(0, record.rdata.find_last_not_of(' ') + 1));
    (void)encode({.answer = {record}});  // throws if no message can say it
    records_.push_back(std::move(record));
}

void Zones::answer(Message& reply) const {
    if (reply.opcode != 0 || reply.question.size() != 1) {
        reply.rcode = reply.opcode != 0 ? NOTIMP : FORMERR;
        return;
    }
    const auto& question = reply.question.front();
    if (question.qtype == 255) {  // ANY: no server has to answer it (RFC 8482)
        reply.rcode = NOTIMP;
        return;
    }
    const auto origin = origin_of(question.qname);
    if (!origin || question.qclass != IN) {
        reply.rcode = REFUSED;
        return;
    }
    if (const auto part = given_away(question.qname, *origin)) {
        refer(*part, reply);
        return;
    }
    reply.aa = true;
    add_answers(question, reply);
    if (reply.answer.empty()) {
        reply.rcode = has(question.qname) ? NOERROR : NXDOMAIN;
        find(*origin, SOA, reply.authority);  // how long a client may remember that
    }
}

// The answer to an alias is the alias and the records of its target, which may be an alias too.
void Zones::add_answers(Question question, Message& reply) const {
    for (int aliases = 0; aliases < 8 && question.qtype != CNAME; ++aliases) {
        if (!find(question.qname, CNAME, reply.answer)) {
            break;
        }
        question.qname = reply.answer.back().rdata;
    }
    find(question.qname, question.qtype, reply.answer);
}

// Names the servers that know that part, with their addresses where we know them.
void Zones::refer(const std::string& part, Message& reply) const {
    find(part, NS, reply.authority);
    for (const auto& server : reply.authority) {
        find(server.rdata, A, reply.additional);
        find(server.rdata, AAAA, reply.additional);
    }
}

// Adds the records of that name and type to into; returns whether there are any.
bool Zones::find(std::string_view name, std::uint16_t type, std::vector<Record>& into) const {
    const auto before = into.size();
    std::ranges::copy_if(records_, std::back_inserter(into), [&](const Record& record) {
        return record.name == name && record.type == type;
    });
    return into.size() > before;
}

// Whether the name exists: it has records, or a name below it has.
bool Zones::has(std::string_view name) const {
    const auto below = '.' + std::string{name};
    return std::ranges::any_of(records_, [&](const Record& record) {
        return record.name == name || record.name.ends_with(below);
    });
}

// The name at which the zone of this name begins; no value if the zone is not ours.
std::optional<std::string> Zones::origin_of(std::string name) const {
    std::vector<Record> found;
    while (!find(name, SOA, found)) {
        if (name.find('.') == std::string::npos) {
            return std::nullopt;
        }
        name = parent(name);
    }
    return name;
}

// The part of the zone, around this name, that NS records give away; no value if none does.
std::optional<std::string> Zones::given_away(std::string name, const std::string& origin) const {
    std::optional<std::string> part;
    std::vector<Record> found;
    for (; name != origin; name = parent(name)) {
        if (find(name, NS, found)) {
            part = name;
        }
    }
    return part;
}

Zones read_zones(const std::string& name) {
    const auto file = sys::open(name, O_RDONLY);
    net::LineReader lines{file, 1000};
    Zones zones;
    for (int number = 1; const auto line = lines.next(); ++number) {
        try {
            zones.add(line->text);
        } catch (const std::invalid_argument& wrong) {
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
