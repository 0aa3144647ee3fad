// zone.hpp - the records that a name server has, and the answers it gives from them.
//
// A zone begins at the name that has an SOA record: its origin. It ends where NS records below
// the origin delegate a part of it to other servers (RFC 1034, section 4.2).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>  // IWYU pragma: export
#include <vector>  // IWYU pragma: export

#include "ch08_names/dns_message.hpp"  // IWYU pragma: export

namespace dns {

class Zones {
public:
    // Takes a line of a zone file, "NAME TTL TYPE DATA", TTL in seconds; ';' begins a comment.
    // Throws app::UsageError that says what is wrong with the line.
    void add(const std::string& line);

    // Throws app::UsageError if there is no record, or one that is in no zone: it would be refused.
    void check() const;

    // Fills in the answer to reply.question: RFC 1034, section 4.3.2.
    void answer(Message& reply) const;

private:
    struct Place {
        std::string origin;  // of the zone that a name is in; empty if the zone is not ours
        std::string part;    // the delegated part that the name is in; empty if there is none
    };

    void add_answers(std::string name, std::uint16_t type, Message& reply) const;
    void add_negative(const std::string& name, const std::string& origin, Message& reply) const;
    void add_referral(const std::string& part, Message& reply) const;
    [[nodiscard]] std::vector<Record> find(const std::string& name, std::uint16_t type) const;
    [[nodiscard]] bool exists(const std::string& name) const;
    [[nodiscard]] Place place_of(std::string name) const;

    // By their names in small letters, and by their types.
    std::map<std::string, std::map<std::uint16_t, std::vector<Record>>> records_;
    std::set<std::string> known_;  // each record as text in small letters
};

// Leaves out the addresses that a client can ask for: those of servers outside of the delegated
// part. Only the reply has the others; without them it would be truncated. RFC 2181, section 9;
// RFC 9471, section 3.
void leave_out_extras(Message& reply);

// The zones in a file. Throws app::UsageError that names file and line, or std::system_error.
[[nodiscard]] Zones read_zones(const std::string& name);

// What dns_server serves without a file.
[[nodiscard]] Zones example_zones();

}  // namespace dns
