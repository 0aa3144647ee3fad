// dns_message.hpp - DNS messages, from bytes and to bytes: RFC 1035, section 4.
//
// Fields have the names of the RFC and are in host byte order; only Reader and Writer
// (dns_message.cpp) know network byte order. Domain names are text, "www.example.test"; the root
// is ".". Any byte may be in a name (RFC 2181, section 11): text may have it as "\032", its number
// in three digits, or behind a backslash, "\." (RFC 1035, section 5.1), and may end with a dot.
// Names that were decoded have no dot at the end, and numbers only for what is not visible and
// for '.', ';' and '\'.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace dns {

enum Type : std::uint16_t { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, AAAA = 28 };
inline constexpr std::uint16_t IN = 1;
enum Rcode : unsigned { NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED };

struct Question {
    std::string qname;
    std::uint16_t qtype = A;
    std::uint16_t qclass = IN;
    bool operator==(const Question& other) const;  // capitals make no difference
};

struct Record {
    std::string name;
    std::uint16_t type = A;
    std::uint16_t rclass = IN;
    std::uint32_t ttl = 0;  // seconds
    std::string rdata;      // as a zone file has it: "192.0.2.1", "www.example.test"
};

struct Message {
    std::uint16_t id = 0;
    bool qr = false;  // a response
    unsigned opcode = 0;
    bool aa = false;  // authoritative answer
    bool tc = false;  // truncated
    bool rd = false;  // recursion desired
    bool ra = false;  // recursion available
    unsigned rcode = NOERROR;
    std::vector<Question> question{};
    std::vector<Record> answer{};
    std::vector<Record> authority{};
    std::vector<Record> additional{};
};

// The three sections of records, in their order in a message.
struct Section {
    const char* name;
    std::vector<Record> Message::*records;
};
inline constexpr std::array<Section, 3> sections{{{"answer", &Message::answer},
                                                  {"authority", &Message::authority},
                                                  {"additional", &Message::additional}}};

// The bytes that came over the network are not a DNS message.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The type of that name, such as "AAAA"; throws app::UsageError.
[[nodiscard]] std::uint16_t type_of(const std::string& text);

// "NXDOMAIN"
[[nodiscard]] std::string rcode_name(unsigned rcode);

// "www.example.test A", "www.example.test 300 A 192.0.2.1"; a type that is not in the list above
// is "TYPE99". A record of another class than IN has its class before its type: "CLASS3 A 4 bytes".
[[nodiscard]] std::string to_text(const Question& question);
[[nodiscard]] std::string to_text(const Record& record);

// The text in small letters: names that differ only in capitals are the same. ASCII only.
[[nodiscard]] std::string lower(std::string text);

// The pieces of text between its spaces.
[[nodiscard]] std::vector<std::string> words_in(const std::string& text);

// The number that word is; otherwise an app::UsageError says what it should be.
[[nodiscard]] std::uint32_t number_in(const std::string& word, const char* what,
                                      std::uint32_t most = 0xffffffff);

// decode throws Malformed; encode throws app::UsageError if a message cannot hold something, such
// as a label of 64 characters: names and data come from a user or a file. decode_header leaves out
// the four sections, and decode the records of a truncated reply.
[[nodiscard]] Message decode_header(std::span<const std::byte> bytes);
[[nodiscard]] Message decode(std::span<const std::byte> bytes);
[[nodiscard]] std::vector<std::byte> encode(const Message& message);

// The number in the first two bytes: the id of a message. Throws Malformed if there are fewer.
[[nodiscard]] std::uint16_t first_number(std::span<const std::byte> bytes);

// TCP carries a message after two bytes with its length. What is received is empty if the stream ended
// before it. The whole message must come within that time: one byte now and then is not enough.
// Otherwise receive_by_tcp throws std::runtime_error.
void send_by_tcp(const net::Fd& fd, const std::vector<std::byte>& message);
[[nodiscard]] std::vector<std::byte> receive_by_tcp(const net::Fd& fd,
                                                    std::chrono::milliseconds limit);

// "1.2.0.192.in-addr.arpa" for "192.0.2.1": in a name the most general part comes last. Text
// that is not an address comes back unchanged.
[[nodiscard]] std::string reverse_name(const std::string& text);

// The question in "NAME", "NAME TYPE" or "ADDRESS PTR". Throws app::UsageError.
[[nodiscard]] Question question_in(const std::string& line);

}  // namespace dns
