// packet_text.hpp - headers as people read and write them: "source_port=9190".
//
// What line() prints, set() understands: the words of frame_parse are arguments of
// frame_build.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <type_traits>
#include <utility>

#include "common/packet.hpp"  // IWYU pragma: export

namespace packet {

inline std::string hex(Bytes bytes) {
    constexpr std::string_view digits{"0123456789abcdef"};
    std::string text;
    for (const auto byte : bytes) {
        text += digits[static_cast<unsigned>(byte) >> 4U];
        text += digits[static_cast<unsigned>(byte) & 15U];
    }
    return text;
}

// No value where the text is not pairs of hexadecimal digits; between them may be spaces.
inline std::optional<Buffer> from_hex(std::string_view text) {
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

// "02:00:00:00:00:01"
inline std::string to_text(const Mac& mac) {
    std::string text;
    for (const auto& byte : mac) {
        text += text.empty() ? "" : ":";
        text += hex(std::as_bytes(std::span{&byte, 1}));
    }
    return text;
}

// "192.0.2.1"
inline std::string to_text(const Ip& ip) {
    std::string text;
    for (const auto byte : ip) {
        text += text.empty() ? "" : ".";
        text += std::to_string(byte);
    }
    return text;
}

// What stands before the first separator, which goes too.
inline std::string_view cut(std::string_view& text, char separator) {
    const auto word = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

// A number as its form wants it: "17", "0x0800", "SYN,ACK", "none".
inline std::string to_text(std::uint32_t value, unsigned bits, const Form& form) {
    if (form.names.empty()) {
        return std::to_string(value);
    }
    std::string text;
    if (form.names == hexadecimal) {
        for (auto rest = bits; rest > 0; rest -= 8) {
            const auto byte = static_cast<std::uint8_t>(value >> (rest - 8));
            text += hex(std::as_bytes(std::span{&byte, 1}));
        }
        return "0x" + text;
    }
    for (auto names = form.names; !names.empty(); --bits) {
        const auto name = cut(names, ' ');
        if ((value >> (bits - 1) & 1U) != 0) {
            text += text.empty() ? "" : ",";
            text += name;
        }
    }
    return text.empty() ? "none" : text;
}

inline std::optional<Mac> mac_from(std::string_view text) {
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

inline std::optional<Ip> ip_from(const std::string& text) {
    Ip ip{};
    return inet_pton(AF_INET, text.c_str(), ip.data()) == 1 ? std::optional{ip} : std::nullopt;
}

// "SYN,ACK" as a number, where these are the names of its bits, the highest first.
inline std::optional<std::uint32_t> flags_from(std::string_view text, unsigned bits,
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

// What to_text wrote, as a number of so many bits.
inline std::optional<std::uint32_t> number_from(std::string_view text, unsigned bits,
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

// Goes along the fields and calls say(name, value as text, bits).
template <typename Say>
class Speaker {
public:
    explicit Speaker(Say say) : say_{std::move(say)} {}

    template <typename Value>
    void operator()(const char* name, const Value& value, Form form = {}) {
        say_(name, to_text(value, width<Value>(form), form), width<Value>(form));
    }
    template <std::size_t size>
    void operator()(const char* name, const std::array<std::uint8_t, size>& address) {
        say_(name, to_text(address), unsigned{8 * size});
    }

private:
    Say say_;
};

// "udp source_port=40000 destination_port=9190 length=13 checksum=0x1c2d"
std::string line(const auto& header) {
    std::string text{header.name};
    header.fields(header, Speaker{[&text](const char* name, const std::string& value, unsigned) {
                      text += ' ' + std::string{name} + '=' + value;
                  }});
    if constexpr (requires { header.options; }) {
        text += header.options.empty()
                    ? ""
                    : ' ' + std::string{header.options_name} + '=' + hex(header.options);
    }
    return text;
}

inline std::string checksum_verdict(const Packet& packet, std::uint16_t field) {
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
    // Where the network card is to add it, the kernel leaves the sum of the pseudo-header.
    const auto pseudo_header = packet.icmp ? Bytes{} : Bytes{bytes}.first(12);
    const bool left = field == (~checksum(pseudo_header) & 0xffff);
    return left ? "checksum left to the card" : "checksum wrong";
}

inline std::string verdict(const Packet& /*packet*/, const Ethernet& /*header*/) {
    return "";
}
inline std::string verdict(const Packet& /*packet*/, const Arp& header) {
    constexpr std::array names{"ARP request", "ARP reply", "RARP request", "RARP reply"};
    const auto known = header.operation >= 1 && header.operation <= names.size();
    return known ? names[header.operation - 1U] : "unknown operation";
}
inline std::string verdict(const Packet& /*packet*/, const Ipv4& header) {
    Buffer bytes;
    append_header(bytes, header);
    return checksum(bytes) == 0 ? "checksum right" : "checksum wrong";
}
inline std::string icmp_name(std::uint8_t type) {
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
inline std::string verdict(const Packet& packet, const Icmp& header) {
    return icmp_name(header.type) + ", " + checksum_verdict(packet, header.checksum);
}
inline std::string verdict(const Packet& packet, const auto& header) {
    return checksum_verdict(packet, header.checksum);
}

// The data with a dot for each byte that is no printable ASCII.
inline std::string printable(Bytes data) {
    std::string text;
    for (const auto byte : data) {
        text += byte < std::byte{' '} || byte > std::byte{'~'} ? '.' : static_cast<char>(byte);
    }
    return text;
}

// A frame in lines: one a header, behind its layer, and what is to be said of it; then data,
// padding, and what is wrong.
inline std::vector<std::string> describe(const Packet& packet) {
    std::vector<std::string> lines;
    for_each_header(packet, [&](const auto& header) {
        const auto remark = verdict(packet, header);
        lines.push_back(std::string{header.layer} + ' ' + line(header) +
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

// Goes along the fields and gives the one of that name its value.
class Setter {
public:
    Setter(std::string_view name, const std::string& value) : name_{name}, value_{value} {}

    template <typename Value>
    void operator()(const char* name, Value& value, Form form = {}) {
        take(name, value, number_from(value_, width<Value>(form), form.names));
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
            throw std::invalid_argument{"'" + value_ + "' is no " + std::string{name}};
        }
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        found_ = true;
    }

    std::string_view name_;
    const std::string& value_;
    bool found_ = false;
};

// Header lengths count in units of 4 bytes, up to 15: 20 bytes are the fields, 40 remain.
inline Buffer options_from(const std::string& text) {
    auto options = from_hex(text);
    if (!options || options->size() % 4 != 0 || options->size() > 40) {
        throw std::invalid_argument{"options are up to 40 bytes in hex, 4 by 4, not '" + text +
                                    "'"};
    }
    return *std::move(options);
}

// "destination_port=9190", "data=hello", in the headers that are there. Throws
// std::invalid_argument.
inline void set(Packet& packet, std::string_view assignment) {
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
