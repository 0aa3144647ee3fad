// zone.hpp - the records that a name server knows, and where its knowledge ends.
//
// Names are in small letters; a zone begins at the name that has an SOA record and ends
// where NS records below it give a part away (RFC 1034, section 4.2).
#pragma once

#include <string>       // IWYU pragma: export
#include <string_view>  // IWYU pragma: export
#include <vector>       // IWYU pragma: export

#include "ch08_names/dns_message.hpp"  // IWYU pragma: export

namespace dns {

class Zones {
public:
    // Takes a line of a zone file, "NAME TTL TYPE DATA", TTL in seconds; ';' begins a comment.
    // Throws std::invalid_argument that says what is wrong with it.
    void add(std::string_view line);

    // Fills in the answer to reply.question: RFC 1034, section 4.3.2.
    void answer(Message& reply) const;

private:
    void add_answers(Question question, Message& reply) const;
    void refer(const std::string& part, Message& reply) const;
    bool find(std::string_view name, std::uint16_t type, std::vector<Record>& into) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> origin_of(std::string name) const;
    [[nodiscard]] std::optional<std::string> given_away(std::string name,
                                                        const std::string& origin) const;

    std::vector<Record> records_;
};

// The zones in a file. Throws app::UsageError that names file and line, std::system_error.
[[nodiscard]] Zones read_zones(const std::string& name);

// What dns_server serves when it is given no file.
[[nodiscard]] Zones example_zones();

}  // namespace dns
