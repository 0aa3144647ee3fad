#include "ch08_names/dns_message.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

#include "common/bytes.hpp"
#include "common/deadline.hpp"
#include "common/io.hpp"
#include "common/program.hpp"

namespace dns {

namespace {

// A C string would end at a byte 0, and hide what stands behind it.
bool read_address(int family, const std::string& text, void* address) {
    return text.find('\0') == std::string::npos && inet_pton(family, text.c_str(), address) == 1;
}

using TypeName = std::pair<std::uint16_t, std::string_view>;

constexpr std::array<TypeName, 6> type_names{
    {{A, "A"}, {NS, "NS"}, {CNAME, "CNAME"}, {SOA, "SOA"}, {PTR, "PTR"}, {AAAA, "AAAA"}}};

std::string type_name(std::uint16_t type) {
    const auto* const found = std::ranges::find(type_names, type, &TypeName::first);
    return found != type_names.end() ? std::string{found->second} : "TYPE" + std::to_string(type);
}

// Takes one character of a name: "a", "\." for '.', "\032" for the byte with the number 32.
char take_character(std::string_view& text) {
    const bool is_escape = text[0] == '\\';
    text.remove_prefix(is_escape ? 1 : 0);
    const bool is_number = is_escape && !text.empty() && text[0] >= '0' && text[0] <= '9';
    const std::size_t size = is_number ? 3 : 1;
    if (text.size() < size) {
        throw app::UsageError{"a name ends too early after '\\'"};
    }
    const std::string taken{text.substr(0, size)};
    text.remove_prefix(size);
    return is_number ? static_cast<char>(number_in(taken, "a byte", 255)) : taken[0];
}

// The labels of a name, each after a byte with its length.
std::string labels_of(std::string_view text) {
    std::string labels;
    if (text.find(' ') != std::string_view::npos) {
        throw app::UsageError{"a space inside a name is written \\032"};
    }
    text = text == "." ? "" : text;
    while (!text.empty()) {
        std::string label;
        while (!text.empty() && text[0] != '.') {
            label += take_character(text);
        }
        text.remove_prefix(text.empty() ? 0 : 1);
        if (label.empty() || label.size() > 63) {
            throw app::UsageError{"a label has 1 to 63 bytes, not '" + app::printable(label) + "'"};
        }
        labels += static_cast<char>(label.size());
        labels += label;
    }
    if (labels.size() > 254) {  // and a byte 0 at the end
        throw app::UsageError{"a name longer than 255 bytes"};
    }
    return labels;
}

// The flags of a header and their bits; opcode is at bit 11, rcode in the lowest four bits.
constexpr std::array flags{std::pair{&Message::qr, 0x8000U}, std::pair{&Message::aa, 0x0400U},
                           std::pair{&Message::tc, 0x0200U}, std::pair{&Message::rd, 0x0100U},
                           std::pair{&Message::ra, 0x0080U}};

// Takes one field after another from a message; throws Malformed if it ends too early.
class Reader {
public:
    explicit Reader(std::span<const std::byte> message) : message_{message} {}

    std::uint8_t u8() { return std::to_integer<std::uint8_t>(take(1)[0]); }
    std::uint16_t u16() {
        const unsigned high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }

    // A name is a row of labels, each after a byte with its length; length 0 ends the name. A
    // pointer (two bytes, the upper two bits set) may take the place of a length: the rest of the
    // name is then read from an earlier place in the message, where another name ends the same way.
    std::string name() {
        std::string text;
        std::size_t size = 1;            // in bytes; text may be longer
        std::optional<std::size_t> end;  // after the first pointer
        std::size_t part = at_;          // where the part of the name that is read now begins
        int pointers = 0;
        while (const unsigned length = u8()) {
            if (length < 0xc0) {
                size += length + 1;
                if (size > 255) {
                    throw Malformed{"a name longer than 255 bytes"};
                }
                append_label(text, length);
                continue;
            }
            const std::size_t target = (length & 0x3f) << 8 | u8();
            if (target >= part) {  // pointers cannot form a loop
                throw Malformed{"a pointer that does not lead backwards"};
            }
            if (++pointers > 127) {  // no name has more labels than that
                throw Malformed{"a name made of pointers only"};
            }
            end = end.value_or(at_);
            part = target;
            at_ = target;
        }
        at_ = end.value_or(at_);
        return text.empty() ? "." : text;
    }

    // The fields in braces are read from left to right.
    Question question() { return {name(), u16(), u16()}; }

    Record record() {
        Record record{name(), u16(), u16(), u32(), {}};
        const std::size_t rdlength = u16();
        const auto end = at_ + rdlength;
        record.rdata = rdata(record, rdlength);
        if (at_ != end) {
            throw Malformed{"data that is longer or shorter than its length says"};
        }
        if (record.ttl > 0x7fffffff) {  // RFC 2181, section 8
            record.ttl = 0;
        }
        return record;
    }

    [[nodiscard]] bool at_end() const { return at_ == message_.size(); }

private:
    std::span<const std::byte> take(std::size_t size) {
        if (size > message_.size() - at_) {
            throw Malformed{"it ends too early"};
        }
        at_ += size;
        return message_.subspan(at_ - size, size);
    }

    void append_label(std::string& text, std::size_t length) {
        if (length > 63) {
            throw Malformed{"a label of an unknown kind"};
        }
        text += text.empty() ? "" : ".";
        for (const std::byte byte : take(length)) {
            const auto c = std::to_integer<char>(byte);
            if (c > ' ' && c <= '~' && c != '.' && c != ';' && c != '\\') {
                text += c;
            } else {  // a backslash and three digits
                text += '\\' + std::to_string(1000 + std::to_integer<int>(byte)).substr(1);
            }
        }
    }

    std::string rdata(const Record& record, std::size_t rdlength) {
        if (record.rclass != IN) {  // an address of CHAOS, for example, is not one of IPv4
            return std::to_string(take(rdlength).size()) + " bytes";
        }
        switch (record.type) {
            case A:
                return address(AF_INET, 4);
            case AAAA:
                return address(AF_INET6, 16);
            case NS:
            case CNAME:
            case PTR:
                return name();
            case SOA: {
                auto text = name() + ' ';
                text += name();
                for (int field = 0; field < 5; ++field) {
                    text += ' ' + std::to_string(u32());
                }
                return text;
            }
            default:
                return std::to_string(take(rdlength).size()) + " bytes";
        }
    }

    std::string address(int family, std::size_t size) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        return inet_ntop(family, take(size).data(), text.data(), text.size());
    }

    std::span<const std::byte> message_;
    std::size_t at_ = 0;
};

// Appends one field after another to a message. If the message has a name already, or the end of
// one, a pointer takes its place.
class Writer {
public:
    // The lowest 8, 16 or 32 bits of value.
    void u8(std::size_t value) { message_.push_back(std::byte(value)); }
    void u16(std::size_t value) {
        u8(value >> 8);
        u8(value);
    }
    void u32(std::size_t value) {
        u16(value >> 16);
        u16(value);
    }
    void bytes(std::span<const std::byte> bytes) {
        message_.insert(message_.end(), bytes.begin(), bytes.end());
    }

    // A pointer may lead to a name with other capitals (RFC 4343, section 4.1). lower changes no
    // length of a label: 63, the greatest, is less than 'A'.
    void name(std::string_view text) {
        auto labels = labels_of(text);
        while (!labels.empty()) {
            const auto [earlier, is_new] = names_.try_emplace(lower(labels), message_.size());
            if (!is_new && earlier->second < 0x4000) {  // a pointer has 14 bits
                u16(0xc000 | earlier->second);
                return;
            }
            const std::size_t size = 1U + static_cast<unsigned char>(labels[0]);
            bytes(net::bytes(labels).first(size));
            labels.erase(0, size);
        }
        u8(0);
    }

    void question(const Question& question) {
        name(question.qname);
        u16(question.qtype);
        u16(question.qclass);
    }

    void record(const Record& record) {
        question({record.name, record.type, record.rclass});  // it begins as a question does
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
    void rdata(const Record& record) {
        switch (record.type) {
            case A:
                address(AF_INET, 4, record.rdata);
                break;
            case AAAA:
                address(AF_INET6, 16, record.rdata);
                break;
            case SOA:
                start_of_authority(words_in(record.rdata));
                break;
            default:
                name(record.rdata);
        }
    }

    void address(int family, std::size_t size, const std::string& text) {
        std::array<std::byte, 16> address;
        if (!read_address(family, text, address.data())) {
            throw app::UsageError{"not an address of that kind: '" + app::printable(text) + "'"};
        }
        bytes(std::span{address}.first(size));
    }

    // "ns.example.test admin.example.test 1 3600 600 86400 60"
    void start_of_authority(const std::vector<std::string>& words) {
        if (words.size() != 7) {
            throw app::UsageError{"SOA wants two names and five numbers"};
        }
        name(words[0]);
        name(words[1]);
        for (const auto& word : std::span{words}.subspan(2)) {
            u32(number_in(word, "a number of SOA"));
        }
    }

    std::vector<std::byte> message_;
    std::map<std::string, std::size_t> names_;  // and their offsets
};

using Clock = std::chrono::steady_clock;

// net::read_exactly with a deadline.
std::size_t read_until(Clock::time_point deadline, const net::Fd& fd, std::span<std::byte> into) {
    std::size_t filled = 0;
    std::size_t count = 1;
    while (filled < into.size() && count > 0) {
        const auto received = net::recv_until(fd, into.subspan(filled), deadline);
        if (!received) {
            throw std::runtime_error{"the whole message did not come in time"};
        }
        count = *received;
        filled += count;
    }
    return filled;
}

}  // namespace

bool Question::operator==(const Question& other) const {
    return lower(qname) == lower(other.qname) && qtype == other.qtype && qclass == other.qclass;
}

std::uint16_t type_of(const std::string& text) {
    for (const auto& [type, name] : type_names) {
        if (lower(std::string{name}) == lower(text)) {
            return type;
        }
    }
    throw app::UsageError{"not a type: '" + app::printable(text) + "'"};
}

std::string to_text(const Question& question) {
    return question.qname + ' ' + type_name(question.qtype);
}

std::string to_text(const Record& record) {
    // RFC 3597, section 5
    const auto rclass = record.rclass == IN ? "" : "CLASS" + std::to_string(record.rclass) + ' ';
    return record.name + ' ' + std::to_string(record.ttl) + ' ' + rclass + type_name(record.type) +
           ' ' + record.rdata;
}

std::string rcode_name(unsigned rcode) {
    constexpr std::array names{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
    return rcode < names.size() ? names[rcode] : "RCODE" + std::to_string(rcode);
}

std::string lower(std::string text) {
    for (auto& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

std::vector<std::string> words_in(const std::string& text) {
    std::istringstream stream{text};
    return {std::istream_iterator<std::string>{stream}, {}};
}

std::uint32_t number_in(const std::string& word, const char* what, std::uint32_t most) {
    return static_cast<std::uint32_t>(app::number({&word, 1}, 0, what, 0, most, 0));
}

Message decode_header(std::span<const std::byte> bytes) {
    Reader reader{bytes};
    Message message{.id = reader.u16()};
    const unsigned bits = reader.u16();
    for (const auto& [flag, bit] : flags) {
        message.*flag = (bits & bit) != 0;
    }
    message.opcode = bits >> 11 & 15;
    message.rcode = bits & 15;
    return message;
}

Message decode(std::span<const std::byte> bytes) {
    auto message = decode_header(bytes);
    Reader reader{bytes};
    (void)reader.u32();  // id and flags
    const unsigned qdcount = reader.u16();
    const std::array counts{reader.u16(), reader.u16(), reader.u16()};
    for (unsigned i = 0; i < qdcount; ++i) {
        message.question.push_back(reader.question());
    }
    if (message.qr && message.tc) {  // its records may be cut anywhere: RFC 2181, section 9
        return message;
    }
    for (std::size_t section = 0; section < sections.size(); ++section) {
        for (unsigned i = 0; i < counts.at(section); ++i) {
            (message.*sections.at(section).records).push_back(reader.record());
        }
    }
    if (!reader.at_end()) {
        throw Malformed{"it is longer than its counts say"};
    }
    return message;
}

std::vector<std::byte> encode(const Message& message) {
    Writer writer;
    writer.u16(message.id);
    unsigned bits = message.opcode << 11 | message.rcode;
    for (const auto& [flag, bit] : flags) {
        bits |= message.*flag ? bit : 0;
    }
    writer.u16(bits);
    writer.u16(message.question.size());
    for (const auto& section : sections) {
        writer.u16((message.*section.records).size());
    }
    for (const auto& question : message.question) {
        writer.question(question);
    }
    for (const auto& section : sections) {
        for (const auto& record : message.*section.records) {
            writer.record(record);
        }
    }
    return writer.take();
}

std::uint16_t first_number(std::span<const std::byte> bytes) {
    return Reader{bytes}.u16();
}

void send_by_tcp(const net::Fd& fd, const std::vector<std::byte>& message) {
    Writer writer;
    writer.u16(message.size());
    writer.bytes(message);
    net::send_all(fd, writer.take());
}

std::vector<std::byte> receive_by_tcp(const net::Fd& fd, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    std::array<std::byte, 2> length{};
    if (read_until(deadline, fd, length) == 0) {
        return {};
    }
    std::vector<std::byte> message(first_number(length));
    if (read_until(deadline, fd, message) < message.size()) {
        throw std::runtime_error{"the stream ended within a message"};
    }
    return message;
}

std::string reverse_name(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    std::string name;
    if (read_address(AF_INET, text, bytes.data())) {
        for (std::size_t i = 4; i-- > 0;) {
            name += std::to_string(bytes[i]) + '.';
        }
        return name + "in-addr.arpa";
    }
    if (read_address(AF_INET6, text, bytes.data())) {
        constexpr std::string_view digits{"0123456789abcdef"};
        for (std::size_t i = 16; i-- > 0;) {
            name += {digits[bytes[i] & 15U], '.', digits[bytes[i] >> 4U], '.'};
        }
        return name + "ip6.arpa";
    }
    return text;
}

Question question_in(const std::string& line) {
    auto words = words_in(line);
    if (words.size() == 1) {
        words.emplace_back("A");
    }
    if (words.size() != 2) {
        throw app::UsageError{"a question is NAME, NAME TYPE or ADDRESS PTR, not '" +
                              app::printable(line) + "'"};
    }
    const auto type = type_of(words[1]);
    const Question question{type == PTR ? reverse_name(words[0]) : words[0], type};
    // There and back: throws if the name cannot be asked for, and removes what it does not need.
    return decode(encode({.question = {question}})).question.front();
}

}  // namespace dns
