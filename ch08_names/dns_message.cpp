#include "ch08_names/dns_message.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

namespace dns {

namespace {

constexpr std::array<std::pair<Type, const char*>, 6> type_names{
    {{A, "A"}, {NS, "NS"}, {CNAME, "CNAME"}, {SOA, "SOA"}, {PTR, "PTR"}, {AAAA, "AAAA"}}};

}  // namespace

std::string type_name(std::uint16_t type) {
    for (const auto& [number, name] : type_names) {
        if (number == type) {
            return name;
        }
    }
    return "TYPE" + std::to_string(type);
}

std::optional<Type> type_of(std::string_view text) {
    for (const auto& [number, name] : type_names) {
        if (text == name) {
            return number;
        }
    }
    return std::nullopt;
}

std::string to_text(const Question& question) {
    return question.qname + ' ' + type_name(question.qtype);
}

std::string to_text(const Record& record) {
    return record.name + ' ' + std::to_string(record.ttl) + ' ' + type_name(record.type) + ' ' +
           record.rdata;
}

std::string rcode_name(unsigned rcode) {
    constexpr std::array names{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
    return rcode < names.size() ? names[rcode] : "RCODE" + std::to_string(rcode);
}

std::string lower(std::string_view text) {
    std::string result{text};
    for (auto& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

std::optional<std::uint32_t> number_in(std::string_view text) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end) {
        return std::nullopt;
    }
    return number;
}

namespace {

bool is_label_character(char c) {
    return c > ' ' && c <= '~' && c != '.';
}

// The flags of a header; opcode is at bit 11, rcode in the lowest four bits.
constexpr unsigned QR = 0x8000;
constexpr unsigned AA = 0x0400;
constexpr unsigned TC = 0x0200;
constexpr unsigned RD = 0x0100;
constexpr unsigned RA = 0x0080;

// Takes one field after another from a message; throws Malformed if it ends too early.
class Reader {
public:
    explicit Reader(std::span<const std::byte> message) : message_{message} {}

    std::uint8_t u8() { return byte_at(at_++); }
    std::uint16_t u16() {
        const unsigned high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }

    // A name is a row of labels, each after a byte with its length; length 0 ends the name. A
    // pointer (two bytes) may take the place of a length: the rest of the name is then read from
    // an earlier place in the message, where another name ends the same way.
    std::string name() {
        std::string text;
        std::size_t here = at_;  // the next length or pointer
        std::size_t part = at_;  // where the part of the name that is read now begins
        std::size_t end = 0;     // the end of the first part
        int pointers = 0;
        while (const unsigned length = byte_at(here)) {
            if (length < 0xc0) {
                append_label(text, here, length);
                here += 1 + length;
                continue;
            }
            if (++pointers > 127) {  // no name has more labels than that
                throw Malformed{"a name made of pointers only"};
            }
            if (pointers == 1) {
                end = here + 2;
            }
            part = target(here, part);
            here = part;
        }
        at_ = pointers == 0 ? here + 1 : end;
        return text.empty() ? "." : text;
    }

    Question question() {
        auto qname = name();
        const auto qtype = u16();
        return {std::move(qname), qtype, u16()};
    }

    Record record() {
        Record record;
        record.name = name();
        record.type = u16();
        record.rclass = u16();
        record.ttl = u32();
        const std::size_t rdlength = u16();
        const auto end = at_ + rdlength;
        record.rdata = rdata(record.type, rdlength);
        if (at_ != end) {
            throw Malformed{"data that is longer or shorter than its length says"};
        }
        return record;
    }

private:
    [[nodiscard]] std::uint8_t byte_at(std::size_t at) const {
        if (at >= message_.size()) {
            throw Malformed{"it ends too early"};
        }
        return static_cast<std::uint8_t>(message_[at]);
    }

    // Where a pointer leads: the lower 14 bits of its two bytes. It must lead to before the part
    // that it ends, so pointers cannot form a loop.
    [[nodiscard]] std::size_t target(std::size_t pointer, std::size_t part) const {
        const std::size_t to = (byte_at(pointer) & 0x3fU) << 8U | byte_at(pointer + 1);
        if (to >= part) {
            throw Malformed{"a pointer that does not lead backwards"};
        }
        return to;
    }

    void append_label(std::string& text, std::size_t at, unsigned length) const {
        if (length > 63) {
            throw Malformed{"a label of an unknown kind"};
        }
        text += text.empty() ? "" : ".";
        for (unsigned i = 1; i <= length; ++i) {
            const auto c = static_cast<char>(byte_at(at + i));
            if (!is_label_character(c)) {
                throw Malformed{"a label with a byte that no host name has"};
            }
            text += lower({&c, 1});
        }
        if (text.size() > 253) {
            throw Malformed{"a name longer than 253 characters"};
        }
    }

    std::string rdata(std::uint16_t type, std::size_t rdlength) {
        switch (type) {
            case A:
                return address<4>(AF_INET);
            case AAAA:
                return address<16>(AF_INET6);
            case NS:
            case CNAME:
            case PTR:
                return name();
            case SOA: {
                auto text = name();
                text += ' ' + name();
                for (int field = 0; field < 5; ++field) {
                    text += ' ' + std::to_string(u32());
                }
                return text;
            }
            default:
                for (std::size_t i = 0; i < rdlength; ++i) {
                    u8();
                }
                return std::to_string(rdlength) + " bytes";
        }
    }

    template <std::size_t size>
    std::string address(int family) {
        std::array<std::uint8_t, size> bytes;
        for (auto& byte : bytes) {
            byte = u8();
        }
        std::array<char, INET6_ADDRSTRLEN> text{};
        return inet_ntop(family, bytes.data(), text.data(), text.size());
    }

    std::span<const std::byte> message_;
    std::size_t at_ = 0;
};

// Appends one field after another to a message. If the message has a name already, or the end of
// one, a pointer takes its place.
class Writer {
public:
    void u8(unsigned value) { message_.push_back(std::byte(value)); }
    void u16(unsigned value) {
        u8(value >> 8 & 255);
        u8(value & 255);
    }
    void u32(std::uint32_t value) {
        u16(value >> 16);
        u16(value & 65535);
    }

    void name(std::string_view text) {
        if (text.size() > 253) {
            throw std::invalid_argument{"a name longer than 253 characters"};
        }
        while (!text.empty() && text != ".") {
            const auto [earlier, is_new] = names_.try_emplace(std::string{text}, message_.size());
            if (!is_new && earlier->second < 0x4000) {  // a pointer has 14 bits
                u16(0xc000 | static_cast<unsigned>(earlier->second));
                return;
            }
            const auto first = text.substr(0, text.find('.'));
            label(first);
            text.remove_prefix(std::min(first.size() + 1, text.size()));
        }
        u8(0);
    }

    void question(const Question& question) {
        name(question.qname);
        u16(question.qtype);
        u16(question.qclass);
    }

    void record(const Record& record) {
        name(record.name);
        u16(record.type);
        u16(record.rclass);
        u32(record.ttl);
        const auto rdlength = message_.size();
        u16(0);  // filled in when it is known
        rdata(record);
        const auto size = message_.size() - rdlength - 2;
        message_[rdlength] = std::byte(size >> 8);
        message_[rdlength + 1] = std::byte(size & 255);
    }

    std::vector<std::byte> take() { return std::move(message_); }

private:
    void label(std::string_view text) {
        if (text.empty() || text.size() > 63) {
            throw std::invalid_argument{"a label has 1 to 63 characters, not '" +
                                        std::string{text} + "'"};
        }
        if (!std::ranges::all_of(text, is_label_character)) {
            throw std::invalid_argument{"not a host name: '" + std::string{text} + "'"};
        }
        u8(static_cast<unsigned>(text.size()));
        for (const char c : text) {
            u8(static_cast<unsigned char>(c));
        }
    }

    void rdata(const Record& record) {
        switch (record.type) {
            case A:
                address<4>(AF_INET, record.rdata);
                break;
            case AAAA:
                address<16>(AF_INET6, record.rdata);
                break;
            case SOA:
                start_of_authority(record.rdata);
                break;
            default:
                name(record.rdata);
        }
    }

    template <std::size_t size>
    void address(int family, const std::string& text) {
        std::array<std::uint8_t, size> bytes;
        if (inet_pton(family, text.c_str(), bytes.data()) != 1) {
            throw std::invalid_argument{"not an address of that kind: '" + text + "'"};
        }
        for (const auto byte : bytes) {
            u8(byte);
        }
    }

    // "ns.example.test admin.example.test 1 3600 600 86400 60"
    void start_of_authority(const std::string& text) {
        std::istringstream words{text};
        std::string server;
        std::string mailbox;
        words >> server >> mailbox;
        name(server);
        name(mailbox);
        for (int field = 0; field < 5; ++field) {
            std::string word;
            words >> word;
            const auto number = number_in(word);
            if (!number) {
                throw std::invalid_argument{"SOA wants two names and five numbers"};
            }
            u32(*number);
        }
    }

    std::vector<std::byte> message_;
    std::map<std::string, std::size_t> names_;  // and their offsets
};

}  // namespace

Message decode(std::span<const std::byte> bytes) {
    Reader reader{bytes};
    Message message;
    message.id = reader.u16();
    const unsigned flags = reader.u16();
    message.qr = (flags & QR) != 0;
    message.opcode = flags >> 11 & 15;
    message.aa = (flags & AA) != 0;
    message.tc = (flags & TC) != 0;
    message.rd = (flags & RD) != 0;
    message.ra = (flags & RA) != 0;
    message.rcode = flags & 15;
    const unsigned qdcount = reader.u16();
    const std::array counts{reader.u16(), reader.u16(), reader.u16()};
    for (unsigned i = 0; i < qdcount; ++i) {
        message.question.push_back(reader.question());
    }
    const std::array sections{&message.answer, &message.authority, &message.additional};
    for (std::size_t section = 0; section < sections.size(); ++section) {
        for (unsigned i = 0; i < counts[section]; ++i) {
            sections[section]->push_back(reader.record());
        }
    }
    return message;
}

std::vector<std::byte> encode(const Message& message) {
    Writer writer;
    writer.u16(message.id);
    writer.u16((message.qr ? QR : 0) | message.opcode << 11 | (message.aa ? AA : 0) |
               (message.tc ? TC : 0) | (message.rd ? RD : 0) | (message.ra ? RA : 0) |
               message.rcode);
    const std::array sections{&message.answer, &message.authority, &message.additional};
    writer.u16(static_cast<unsigned>(message.question.size()));
    for (const auto* section : sections) {
        writer.u16(static_cast<unsigned>(section->size()));
    }
    for (const auto& question : message.question) {
        writer.question(question);
    }
    for (const auto* section : sections) {
        for (const auto& record : *section) {
            writer.record(record);
        }
    }
    return writer.take();
}

std::vector<std::byte> with_length(const std::vector<std::byte>& message) {
    Writer writer;
    writer.u16(static_cast<unsigned>(message.size()));
    auto bytes = writer.take();
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

std::uint16_t first_number(std::span<const std::byte> bytes) {
    return Reader{bytes}.u16();
}

std::string reverse_name(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    std::string name;
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        for (std::size_t i = 4; i-- > 0;) {
            name += std::to_string(bytes[i]) + '.';
        }
        return name + "in-addr.arpa";
    }
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
        constexpr std::string_view digits{"0123456789abcdef"};
        for (std::size_t i = 16; i-- > 0;) {
            name += {digits[bytes[i] & 15U], '.', digits[bytes[i] >> 4U], '.'};
        }
        return name + "ip6.arpa";
    }
    return text;
}

Question question_in(const std::string& line) {
    std::istringstream words{line};
    std::string name;
    std::string type = "A";
    std::string more;
    words >> name >> type;
    const auto number = type_of(type);
    if (name.empty() || !number || words >> more) {
        throw std::invalid_argument{"a question is NAME, NAME TYPE or ADDRESS PTR, not '" + line +
                                    "'"};
    }
    Question question{lower(*number == PTR ? reverse_name(name) : name), *number};
    Writer{}.question(question);  // throws if the name cannot be asked for
    return question;
}

}  // namespace dns
