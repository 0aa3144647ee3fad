#include "ch02_packets/packet_text.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

#include "common/bytes.hpp"
#include "common/program.hpp"

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

std::string hex(std::uint16_t number) {
    return "0x" + hex(std::array{std::byte(number >> 8U), std::byte(number)});
}

std::optional<Buffer> from_hex(std::string_view text) {
    std::string digits{text};
    std::erase_if(digits, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    Buffer bytes(digits.size() / 2);
    const auto* pair = digits.data();
    for (auto& byte : bytes) {
        std::uint8_t value = 0;
        if (std::from_chars(pair, pair + 2, value, 16).ptr != pair + 2) {
            return std::nullopt;
        }
        byte = std::byte{value};
        pair += 2;
    }
    return digits.size() % 2 == 0 ? std::optional{bytes} : std::nullopt;
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
    std::array<char, INET_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET, ip.data(), text.data(), text.size());
}

Mac mac_from(const std::string& text) {
    std::string_view rest{text};
    Mac mac{};
    for (auto& byte : mac) {
        const auto pair = from_hex(cut(rest, ':'));
        if (text.size() != 17 || !pair || pair->size() != 1) {
            throw app::UsageError{"'" + text + "' is not a MAC address"};
        }
        byte = static_cast<std::uint8_t>(pair->front());
    }
    return mac;
}

Ip ip_from(const std::string& text) {
    Ip ip{};
    if (inet_pton(AF_INET, text.c_str(), ip.data()) != 1) {
        throw app::UsageError{"'" + text + "' is not an IP address"};
    }
    return ip;
}

std::string icmp_name(std::uint8_t type) {
    constexpr std::array names{std::pair{ECHO_REPLY, "echo reply"},
                               std::pair{UNREACHABLE, "destination unreachable"},
                               std::pair{REDIRECT, "redirect"}, std::pair{ECHO, "echo request"},
                               std::pair{TIME_EXCEEDED, "time exceeded"}};
    for (const auto& [known, name] : names) {
        if (known == type) {
            return name;
        }
    }
    return "type " + std::to_string(type);
}

std::string_view cut(std::string_view& text, char separator) {
    const auto word = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

std::string printable(Bytes data) {
    std::string text;
    for (const auto byte : data) {
        const bool is_printable = byte >= std::byte{' '} && byte <= std::byte{'~'};
        text += is_printable ? static_cast<char>(byte) : '.';
    }
    return text;
}

namespace {

// "ACK,SYN": the names of the bits that are set, from the highest to the lowest; or "none".
std::string names_of_bits(std::uint32_t value, BitNames names) {
    std::string text;
    for (auto bit = names.size(); bit > 0; --bit) {
        if ((value >> (bit - 1) & 1U) != 0) {
            text += text.empty() ? "" : ",";
            text += names[bit - 1];
        }
    }
    return text.empty() ? "none" : text;
}

// And back.
std::uint32_t bits_from_names(std::string_view text, BitNames names) {
    std::uint32_t value = 0;
    while (!text.empty() && text != "none") {
        const auto word = cut(text, ',');
        const auto name = std::ranges::find(names, word);
        if (name == names.end()) {
            throw app::UsageError{"there is no flag '" + std::string{word} + "'"};
        }
        value |= 1U << (name - names.begin());
    }
    return value;
}

// to_text and from_text for every kind of field.
using packet::to_text;
std::string to_text(std::uint32_t number, const FieldFormat& format = {}) {
    if (!format.bit_names.empty()) {
        return names_of_bits(number, format.bit_names);
    }
    return format.is_hex ? hex(static_cast<std::uint16_t>(number)) : std::to_string(number);
}
std::string to_text(const Buffer& options) {
    return hex(options);
}

template <typename Number>
void from_text(std::string_view text, Number& number, const FieldFormat& format = {}) {
    if (!format.bit_names.empty()) {
        number = static_cast<Number>(bits_from_names(text, format.bit_names));
        return;
    }
    const int base = text.starts_with("0x") ? 16 : 10;
    const auto digits = text.substr(base == 16 ? 2 : 0);
    std::uint64_t value = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    const auto bits = width(number, format);
    if (error != std::errc{} || stop != text.data() + text.size() || value >> bits != 0) {
        throw app::UsageError{"'" + std::string{text} + "' is not a number of " +
                              std::to_string(bits) + " bits"};
    }
    number = static_cast<Number>(value);
}
void from_text(const std::string& text, Mac& mac) {
    mac = mac_from(text);
}
void from_text(const std::string& text, Ip& ip) {
    ip = ip_from(text);
}
// A header has at most 15 units of 4 bytes; 20 bytes are its fields, so 40 are left for options.
void from_text(const std::string& text, Buffer& options) {
    const auto bytes = from_hex(text);
    if (!bytes || bytes->size() % 4 != 0 || bytes->size() > 40) {
        throw app::UsageError{"options are up to 40 bytes in hex, a multiple of 4, not '" + text +
                              "'"};
    }
    options = *bytes;
}

HeaderText text_of(const auto& header) {
    HeaderText text{.layer = header.layer, .name = header.name};
    header.fields(header, [&text](const char* name, const auto& value, const auto&... format) {
        const auto bits = width(value, format...);
        if (bits != 0) {  // there may be no options
            text.bits += bits;
            text.fields.push_back({std::string{name} + '=' + to_text(value, format...), bits});
        }
    });
    return text;
}

std::string checksum_remark(const Packet& packet, std::uint16_t field) {
    if (packet.udp && field == 0) {
        return "no checksum";
    }
    if (!packet.trouble.empty() || packet.missing != 0 || (packet.ipv4->flags & Ipv4::MF) != 0) {
        return "checksum not checked: a part is missing";
    }
    const auto bytes = covered(packet);
    if (checksum(bytes) == 0) {
        return "checksum right";
    }
    // If the network card will compute the checksum, the kernel leaves the sum of the
    // pseudo-header, 12 bytes, in its place. ICMP has none.
    const bool has_pseudo_header = !packet.icmp;
    if (has_pseudo_header && field == (~checksum(Bytes{bytes}.first(12)) & 0xffff)) {
        return "checksum left to the card";
    }
    return "checksum wrong";
}

// What describe() says about a header, in parentheses.
std::string remark(const Packet& /*packet*/, const Arp& header) {
    constexpr std::array names{"ARP request", "ARP reply", "RARP request", "RARP reply"};
    const auto known = header.operation >= 1 && header.operation <= names.size();
    return known ? names[header.operation - 1U] : "unknown operation";
}
std::string remark(const Packet& /*packet*/, const Ipv4& header) {
    const std::string text = checksum(covered(header)) == 0 ? "checksum right" : "checksum wrong";
    return text + (header.total_length == 0 ? ", length 0: taken from the frame" : "");
}
std::string remark(const Packet& packet, const Icmp& header) {
    return icmp_name(header.type) + ", " + checksum_remark(packet, header.checksum);
}
std::string remark(const Packet& packet, const auto& header) {
    if constexpr (requires { header.checksum; }) {
        return checksum_remark(packet, header.checksum);
    }
    return "";
}

// Whether the data are a packet of IPv6: the type in front of them says so, or, if they are all of a raw
// packet, their first four bits.
bool is_ipv6(const Packet& packet) {
    if (packet.ethernet) {
        const auto outer = packet.ethernet->ether_type;
        return (packet.tags.empty() ? outer : packet.tags.back().inner_type) == IPV6;
    }
    return !packet.ipv4 && (packet.data[0] >> 4) == std::byte{6};
}

}  // namespace

std::vector<HeaderText> headers(const Packet& packet) {
    std::vector<HeaderText> texts;
    for_each_header(packet, [&texts](const auto& header) { texts.push_back(text_of(header)); });
    return texts;
}

std::string line(const HeaderText& header) {
    std::string text{header.name};
    for (const auto& field : header.fields) {
        text += ' ' + field.text;
    }
    return text;
}

std::vector<std::string> describe(const Packet& packet) {
    std::vector<std::string> lines;
    for_each_header(packet, [&](const auto& header) {
        const auto words = remark(packet, header);
        lines.push_back(std::string{header.layer} + ' ' + line(text_of(header)) +
                        (words.empty() ? "" : " (" + words + ')'));
    });
    if (!packet.data.empty()) {
        // After a broken TCP header nobody knows where the data begins.
        const bool is_application =
            packet.udp || (packet.tcp && packet.tcp->header_length * std::size_t{4} ==
                                             Tcp::size + packet.tcp->options.size());
        lines.push_back((is_application ? "application " : "rest ") +
                        std::to_string(packet.data.size()) + " bytes " +
                        (is_ipv6(packet) ? "(IPv6, not decoded here) " : "") +
                        "data=" + printable(packet.data));
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
        throw app::UsageError{"FIELD=VALUE is wanted, not '" + std::string{assignment} + "'"};
    }
    const auto name = cut(assignment, '=');
    const std::string value{assignment};
    bool found = false;
    for_each_header(packet, [&](auto& header) {
        header.fields(header, [&](std::string_view field, auto& variable, const auto&... format) {
            if (field == name) {
                from_text(value, variable, format...);
                found = true;
            }
        });
    });
    if (name == "data" && !packet.arp) {
        const auto bytes = net::bytes(value);
        packet.data.assign(bytes.begin(), bytes.end());
        found = true;
    }
    if (!found) {
        throw app::UsageError{"there is no field '" + std::string{name} + "' here"};
    }
}

void set_all(Packet& packet, std::span<const std::string> assignments) {
    for (const auto& assignment : assignments) {
        set(packet, assignment);
    }
}

}  // namespace packet
