#include "ch02_packets/packet_text.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
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

std::string to_text(const Ip6& ip) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET6, ip.data(), text.data(), text.size());
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

namespace {

// The name that a table of pairs has for a number.
std::string name_of(int number, const auto& names, const std::string& otherwise) {
    for (const auto& [known, name] : names) {
        if (known == number) {
            return name;
        }
    }
    return otherwise;
}

}  // namespace

std::string icmp_name(std::uint8_t type) {
    constexpr std::array names{std::pair{ECHO_REPLY, "echo reply"},
                               std::pair{UNREACHABLE, "destination unreachable"},
                               std::pair{REDIRECT, "redirect"},
                               std::pair{ECHO, "echo request"},
                               std::pair{TIME_EXCEEDED, "time exceeded"},
                               std::pair{BAD_PARAMETER, "parameter problem"}};
    return name_of(type, names, "type " + std::to_string(type));
}

std::string icmpv6_name(std::uint8_t type, std::uint8_t code) {
    constexpr std::array types{
        std::pair{UNREACHABLE6, "destination unreachable"},
        std::pair{PACKET_TOO_BIG, "packet too big"},
        std::pair{TIME_EXCEEDED6, "time exceeded"},
        std::pair{PARAMETER_PROBLEM, "parameter problem"},
        std::pair{ECHO6, "echo request"},
        std::pair{ECHO_REPLY6, "echo reply"},
        std::pair{LISTENER_QUERY, "multicast listener query"},
        std::pair{LISTENER_REPORT, "multicast listener report"},
        std::pair{LISTENER_DONE, "multicast listener done"},
        std::pair{ROUTER_SOLICITATION, "router solicitation"},
        std::pair{ROUTER_ADVERTISEMENT, "router advertisement"},
        std::pair{NEIGHBOUR_SOLICITATION, "neighbour solicitation"},
        std::pair{NEIGHBOUR_ADVERTISEMENT, "neighbour advertisement"},
        std::pair{REDIRECT6, "redirect"},
        std::pair{LISTENER_REPORT_2, "multicast listener report, version 2"}};
    constexpr auto key = [](int of_type, int of_code) { return of_type * 256 + of_code; };
    constexpr std::array codes{
        std::pair{key(UNREACHABLE6, 0), ": no route to destination"},
        std::pair{key(UNREACHABLE6, 1), ": administratively prohibited"},
        std::pair{key(UNREACHABLE6, 2), ": beyond scope of source address"},
        std::pair{key(UNREACHABLE6, 3), ": address unreachable"},
        std::pair{key(UNREACHABLE6, 4), ": port unreachable"},
        std::pair{key(UNREACHABLE6, 5), ": source address failed policy"},
        std::pair{key(UNREACHABLE6, 6), ": reject route to destination"},
        std::pair{key(TIME_EXCEEDED6, 0), ": hop limit exceeded"},
        std::pair{key(TIME_EXCEEDED6, 1), ": fragment reassembly time exceeded"},
        std::pair{key(PARAMETER_PROBLEM, 0), ": erroneous header field"},
        std::pair{key(PARAMETER_PROBLEM, 1), ": unrecognized next header"},
        std::pair{key(PARAMETER_PROBLEM, 2), ": unrecognized option"}};
    return name_of(type, types, "type " + std::to_string(type)) +
           name_of(key(type, code), codes, code == 0 ? "" : ", code " + std::to_string(code));
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
void from_text(const std::string& text, Ip6& ip) {
    if (inet_pton(AF_INET6, text.c_str(), ip.data()) != 1) {
        throw app::UsageError{"'" + text + "' is not an IPv6 address"};
    }
}
// Options fill their header up to whole units.
void options_from_text(const std::string& text, auto& header) {
    const auto bytes = from_hex(text);
    if (!bytes || (header.size + bytes->size()) % header.unit != 0 ||
        bytes->size() > header.most_options) {
        throw app::UsageError{"options are up to " + std::to_string(header.most_options) +
                              " bytes in hex, and with the " + std::to_string(header.size) +
                              " bytes before them a multiple of " + std::to_string(header.unit) +
                              ", not '" + text + "'"};
    }
    header.options = *bytes;
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

constexpr auto* not_checked = "checksum not checked: a part is missing or damaged";

std::string checksum_remark(const Packet& packet, std::uint16_t field) {
    if (packet.udp && field == 0) {
        return packet.ipv6 ? "no checksum, which IPv6 allows to tunnels only" : "no checksum";
    }
    if (!packet.trouble.empty() || packet.missing != 0 || has_more_fragments(packet)) {
        return not_checked;
    }
    if (checksum(covered(packet)) == 0) {
        return "checksum right";
    }
    if (!packet.icmp && field == unfinished_checksum(packet)) {
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
    if (header.length() != Ipv4::size + header.options.size()) {
        return not_checked;
    }
    const std::string text = checksum(covered(header)) == 0 ? "checksum right" : "checksum wrong";
    return text + (header.total_length == 0 ? ", length 0: taken from the frame" : "");
}
std::string remark(const Packet& packet, const Icmp& header) {
    return icmp_name(header.type) + ", " + checksum_remark(packet, header.checksum);
}
std::string remark(const Packet& packet, const Icmpv6& header) {
    return icmpv6_name(header.type, header.code) + ", " + checksum_remark(packet, header.checksum);
}
std::string remark(const Packet& packet, const auto& header) {
    if constexpr (requires { header.checksum; }) {
        return checksum_remark(packet, header.checksum);
    }
    return "";
}

// What the headers of IPv6 say follows, if it is not decoded here: "(ESP, not decoded here) ".
std::string name_of_rest(const Packet& packet) {
    constexpr auto decoded =
        std::to_array<std::uint8_t>({0, TCP, UDP, 43, Fragment::number, ICMPV6, 60});
    constexpr std::array names{std::pair{4, "IPv4"}, std::pair{41, "IPv6"}, std::pair{50, "ESP"},
                               std::pair{51, "AH"}};
    if (!packet.ipv6 || std::ranges::find(decoded, next_header(packet)) != decoded.end()) {
        return "";
    }
    const auto next = next_header(packet);
    if (next == 59) {
        return "(no next header) ";
    }
    return '(' + name_of(next, names, "protocol " + std::to_string(next)) + ", not decoded here) ";
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
                        std::to_string(packet.data.size()) + " bytes " + name_of_rest(packet) +
                        "data=" + printable(packet.data));
    }
    if (packet.surplus != 0) {
        lines.push_back("transport surplus " + std::to_string(packet.surplus) +
                        " bytes, behind the length of udp");
    }
    if (const auto padding = packet.trailer.size() - packet.surplus; padding != 0) {
        lines.push_back("link padding " + std::to_string(padding) + " bytes");
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
                if constexpr (std::same_as<decltype(variable), Buffer&>) {
                    options_from_text(value, header);
                } else {
                    from_text(value, variable, format...);
                }
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
