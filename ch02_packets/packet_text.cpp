#include "ch02_packets/packet_text.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

namespace packet {

std::string hex(Bytes bytes) {
    constexpr std::string_view digits{"0123456789abcdef"};
    std::string text;
    for (const auto byte : bytes) {
        text += digits[static_cast<unsigned>(byte) >> 4U];
        text += digits[static_cast<unsigned>(byte) & 15U];
    }
    return text;
}

std::optional<Buffer> from_hex(std::string_view text) {
    Buffer bytes;
    while (!text.empty()) {
        if (text[0] == ' ') {
            text.remove_prefix(1);
            continue;
        }
        unsigned char byte = 0;
        const auto* const end = text.data() + std::min<std::size_t>(2, text.size());
        const auto [stop, error] = std::from_chars(text.data(), end, byte, 16);
        if (error != std::errc{} || stop != text.data() + 2) {
            return std::nullopt;
        }
        bytes.push_back(std::byte{byte});
        text.remove_prefix(2);
    }
    return bytes;
}

std::string to_text(const Mac& mac) {
    std::string text;
    for (const auto& byte : mac) {
        text += text.empty() ? "" : ":";
        text += hex(std::as_bytes(std::span{&byte, 1}));
    }
    return text;
}

std::string to_text(const Ip& ip) {
    std::string text;
    for (const auto byte : ip) {
        text += text.empty() ? "" : ".";
        text += std::to_string(byte);
    }
    return text;
}

std::optional<Mac> mac_from(std::string_view text) {
    Mac mac{};
    if (text.size() != 17) {
        return std::nullopt;
    }
    for (auto& byte : mac) {
        const auto digits = from_hex(cut(text, ':'));
        if (!digits || digits->size() != 1) {
            return std::nullopt;
        }
        byte = static_cast<std::uint8_t>(digits->front());
    }
    return mac;
}

std::optional<Ip> ip_from(const std::string& text) {
    Ip ip{};
    return inet_pton(AF_INET, text.c_str(), ip.data()) == 1 ? std::optional{ip} : std::nullopt;
}

std::string icmp_name(std::uint8_t type) {
    switch (type) {
        case ECHO_REPLY:
            return "echo reply";
        case UNREACHABLE:
            return "destination unreachable";
        case ECHO:
            return "echo request";
        case TIME_EXCEEDED:
            return "time exceeded";
        default:
            return "type " + std::to_string(type);
    }
}
std::string_view cut(std::string_view& text, char separator) {
    const auto word = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

std::string printable(Bytes data) {
    std::string text;
    for (const auto byte : data) {
        text += byte < std::byte{' '} || byte > std::byte{'~'} ? '.' : static_cast<char>(byte);
    }
    return text;
}

namespace {

// A number in its format: "17", "0x0800", "SYN,ACK", "none".
std::string number_text(std::uint32_t value, unsigned bits, const FieldFormat& format) {
    if (format.names.empty()) {
        return std::to_string(value);
    }
    std::string text;
    if (format.names == hexadecimal) {
        for (auto rest = bits; rest > 0; rest -= 8) {
            const auto byte = static_cast<std::uint8_t>(value >> (rest - 8));
            text += hex(std::as_bytes(std::span{&byte, 1}));
        }
        return "0x" + text;
    }
    for (auto names = format.names; !names.empty(); --bits) {
        const auto name = cut(names, ' ');
        if ((value >> (bits - 1) & 1U) != 0) {
            text += text.empty() ? "" : ",";
            text += name;
        }
    }
    return text.empty() ? "none" : text;
}

// "SYN,ACK" as a number; names has the names of its bits, the highest first.
std::optional<std::uint32_t> flags_from(std::string_view text, unsigned bits,
                                        std::string_view names) {
    std::uint32_t value = 0;
    while (!text.empty() && text != "none") {
        const auto word = cut(text, ',');
        auto rest = names;
        auto bit = bits;
        while (bit > 0 && cut(rest, ' ') != word) {
            --bit;
        }
        if (bit == 0) {
            return std::nullopt;
        }
        value |= 1U << (bit - 1);
    }
    return value;
}

// The number that number_text wrote, if it fits into that many bits.
std::optional<std::uint32_t> number_from(std::string_view text, unsigned bits,
                                         std::string_view names) {
    if (!names.empty() && names != hexadecimal) {
        return flags_from(text, bits, names);
    }
    const bool is_hex = text.starts_with("0x");
    text.remove_prefix(is_hex ? 2 : 0);
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, is_hex ? 16 : 10);
    const bool fits = error == std::errc{} && stop == end && value >> bits == 0;
    return fits ? std::optional{static_cast<std::uint32_t>(value)} : std::nullopt;
}

// Goes along the fields of a header and notes each.
class FieldsReader {
public:
    explicit FieldsReader(std::vector<Field>& fields) : fields_{fields} {}

    template <typename Value>
    void operator()(const char* name, const Value& value, FieldFormat format = {}) {
        const auto bits = width<Value>(format);
        fields_.push_back({name, number_text(value, bits, format), bits});
    }
    template <std::size_t size>
    void operator()(const char* name, const std::array<std::uint8_t, size>& address) {
        fields_.push_back({name, to_text(address), 8 * size});
    }

private:
    std::vector<Field>& fields_;
};

HeaderText text_of(const auto& header) {
    HeaderText text{std::string{header.layer}, std::string{header.name}, {}};
    header.fields(header, FieldsReader{text.fields});
    if constexpr (requires { header.options; }) {
        if (!header.options.empty()) {
            text.fields.push_back(
                {std::string{header.options_name}, hex(header.options), 8 * header.options.size()});
        }
    }
    return text;
}

std::string checksum_verdict(const Packet& packet, std::uint16_t field) {
    if (packet.udp && field == 0) {
        return "no checksum";
    }
    if (!packet.trouble.empty() || (packet.ipv4->flags & Ipv4::MF) != 0) {
        return "checksum not to be judged: a part is missing";
    }
    const auto bytes = covered(packet);
    if (checksum(bytes) == 0) {
        return "checksum right";
    }
    // Where the network card has to add the checksum, the kernel leaves the pseudo-header's sum.
    const auto pseudo_header = packet.icmp ? Bytes{} : Bytes{bytes}.first(12);
    const bool left = field == (~checksum(pseudo_header) & 0xffff);
    return left ? "checksum left to the card" : "checksum wrong";
}

std::string verdict(const Packet& /*packet*/, const Ethernet& /*header*/) {
    return "";
}
std::string verdict(const Packet& /*packet*/, const Arp& header) {
    constexpr std::array names{"ARP request", "ARP reply", "RARP request", "RARP reply"};
    const auto known = header.operation >= 1 && header.operation <= names.size();
    return known ? names[header.operation - 1U] : "unknown operation";
}
std::string verdict(const Packet& /*packet*/, const Ipv4& header) {
    return checksum(covered(header)) == 0 ? "checksum right" : "checksum wrong";
}
std::string verdict(const Packet& packet, const Icmp& header) {
    return icmp_name(header.type) + ", " + checksum_verdict(packet, header.checksum);
}
std::string verdict(const Packet& packet, const auto& header) {
    return checksum_verdict(packet, header.checksum);
}

// Goes along the fields and gives the one of that name its value.
class Setter {
public:
    Setter(std::string_view name, const std::string& value) : name_{name}, value_{value} {}

    template <typename Value>
    void operator()(const char* name, Value& value, FieldFormat format = {}) {
        take(name, value, number_from(value_, width<Value>(format), format.names));
    }
    void operator()(const char* name, Mac& mac) { take(name, mac, mac_from(value_)); }
    void operator()(const char* name, Ip& ip) { take(name, ip, ip_from(value_)); }

    [[nodiscard]] bool found() const { return found_; }

private:
    void take(std::string_view name, auto& into, const auto& value) {
        if (name != name_) {
            return;
        }
        if (!value) {
            throw std::invalid_argument{"'" + value_ + "' is not a " + std::string{name}};
        }
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        found_ = true;
    }

    std::string_view name_;
    const std::string& value_;
    bool found_ = false;
};

// A header has up to 15 units of 4 bytes: 20 bytes are its fields, so 40 are left for options.
Buffer options_from(const std::string& text) {
    auto options = from_hex(text);
    if (!options || options->size() % 4 != 0 || options->size() > 40) {
        throw std::invalid_argument{"options are up to 40 bytes in hex, 4 by 4, not '" + text +
                                    "'"};
    }
    return *std::move(options);
}

}  // namespace

std::vector<HeaderText> headers(const Packet& packet) {
    std::vector<HeaderText> texts;
    for_each_header(packet, [&texts](const auto& header) { texts.push_back(text_of(header)); });
    return texts;
}

std::string line(const HeaderText& header) {
    std::string text{header.name};
    for (const auto& [name, value, bits] : header.fields) {
        text += ' ' + name + '=' + value;
    }
    return text;
}

std::vector<std::string> describe(const Packet& packet) {
    std::vector<std::string> lines;
    for_each_header(packet, [&](const auto& header) {
        const auto remark = verdict(packet, header);
        lines.push_back(std::string{header.layer} + ' ' + line(text_of(header)) +
                        (remark.empty() ? "" : " (" + remark + ')'));
    });
    if (!packet.data.empty()) {
        const bool whole = packet.udp || packet.tcp;
        lines.push_back((whole ? "application " : "rest ") + std::to_string(packet.data.size()) +
                        " bytes data=" + printable(packet.data));
    }
    if (!packet.trailer.empty()) {
        lines.push_back("link padding " + std::to_string(packet.trailer.size()) + " bytes");
    }
    if (!packet.trouble.empty()) {
        lines.push_back("broken " + packet.trouble);
    }
    return lines;
}

void set(Packet& packet, std::string_view assignment) {
    if (assignment.find('=') == std::string_view::npos) {
        throw std::invalid_argument{"FIELD=VALUE, not '" + std::string{assignment} + "'"};
    }
    const auto name = cut(assignment, '=');
    const std::string value{assignment};
    Setter setter{name, value};
    bool found = name == "data" && !packet.arp;
    if (found) {
        const auto bytes = std::as_bytes(std::span{value});
        packet.data.assign(bytes.begin(), bytes.end());
    }
    for_each_header(packet, [&](auto& header) {
        header.fields(header, setter);
        if constexpr (requires { header.options; }) {
            if (name == header.options_name) {
                header.options = options_from(value);
                found = true;
            }
        }
    });
    if (!found && !setter.found()) {
        throw std::invalid_argument{"there is no field '" + std::string{name} + "' here"};
    }
}

}  // namespace packet
