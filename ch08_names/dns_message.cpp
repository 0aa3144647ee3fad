#include "ch08_names/dns_message.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
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

namespace {

// Takes fields from a message, never from beyond its end: that is Malformed.
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

    // Labels up to an empty one, or up to a pointer, which continues elsewhere.
    std::string name() {
        std::string text;
        std::size_t from = at_;
        std::size_t limit = at_;  // pointers lead to before it
        std::size_t after = 0;    // where the message goes on, once a pointer was followed
        int pointers = 0;
        while (const unsigned length = byte_at(from)) {
            if (length >= 0xc0) {
                if (++pointers > 127) {  // a name has no more labels than that
                    throw Malformed{"a name made of pointers only"};
                }
                after = after != 0 ? after : from + 2;
                from = limit = target(from, limit);
            } else {
                append_label(text, from, length);
                from += 1 + length;
            }
        }
        at_ = after != 0 ? after : from + 1;
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
            throw Malformed{"data of another length than it says"};
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

    // Every pointer leads to before the last one: so there is an end to them.
    [[nodiscard]] std::size_t target(std::size_t pointer, std::size_t limit) const {
        const std::size_t to = (byte_at(pointer) & 0x3fU) << 8U | byte_at(pointer + 1);
        if (to >= limit) {
            throw Malformed{"a name that does not point backwards"};
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
            if (c <= ' ' || c > '~' || c == '.') {
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

// Appends fields to a message. A name, or the end of one, that the message has already becomes a
// pointer to it.
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
            if (!is_new && earlier->second < 0x4000) {
                return u16(0xc000 | static_cast<unsigned>(earlier->second));
            }
            const auto label = text.substr(0, text.find('.'));
            if (label.empty() || label.size() > 63) {
                throw std::invalid_argument{"a label has 1 to 63 characters, not '" +
                                            std::string{label} + "'"};
            }
            u8(static_cast<unsigned>(label.size()));
            for (const char c : label) {
                u8(static_cast<unsigned char>(c));
            }
            text.remove_prefix(std::min(label.size() + 1, text.size()));
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
        u16(0);
        rdata(record);
        const auto size = message_.size() - rdlength - 2;
        message_[rdlength] = std::byte(size >> 8);
        message_[rdlength + 1] = std::byte(size & 255);
    }

    std::vector<std::byte> take() { return std::move(message_); }

private:
    void rdata(const Record& record) {
        switch (record.type) {
            case A:
                return address<4>(AF_INET, record.rdata);
            case AAAA:
                return address<16>(AF_INET6, record.rdata);
            case SOA:
                return start_of_authority(record.rdata);
            default:
                return name(record.rdata);
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
    void start_of_authority(std::string_view text) {
        for (int field = 0; field < 7; ++field) {
            const std::string word{text.substr(0, text.find(' '))};
            text.remove_prefix(std::min(word.size() + 1, text.size()));
            if (field < 2) {
                name(word);
            } else if (word.empty() || word.size() > 10 ||
                       word.find_first_not_of("0123456789") != std::string::npos ||
                       std::stoull(word) > 0xffffffff) {
                throw std::invalid_argument{"SOA wants two names and five numbers"};
            } else {
                u32(static_cast<std::uint32_t>(std::stoul(word)));
            }
        }
    }

    std::vector<std::byte> message_;
    std::map<std::string, std::size_t> names_;  // where each is
};

}  // namespace

Message decode(std::span<const std::byte> bytes) {
    Reader reader{bytes};
    Message message;
    message.id = reader.u16();
    const unsigned flags = reader.u16();
    message.qr = (flags & 0x8000) != 0;
    message.opcode = flags >> 11 & 15;
    message.aa = (flags & 0x0400) != 0;
    message.tc = (flags & 0x0200) != 0;
    message.rd = (flags & 0x0100) != 0;
    message.ra = (flags & 0x0080) != 0;
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
    writer.u16((message.qr ? 0x8000U : 0U) | message.opcode << 11 | (message.aa ? 0x0400U : 0U) |
               (message.tc ? 0x0200U : 0U) | (message.rd ? 0x0100U : 0U) |
               (message.ra ? 0x0080U : 0U) | message.rcode);
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
        throw std::invalid_argument{"neither NAME nor NAME TYPE: '" + line + "'"};
    }
    Question question{lower(*number == PTR ? reverse_name(name) : name), *number};
    Writer{}.question(question);  // throws if the name cannot be asked for
    return question;
}

}  // namespace dns
