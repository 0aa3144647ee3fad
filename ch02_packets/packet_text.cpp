#include "ch02_packets/packet_text.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

#include "common/bytes.hpp"

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
        const bool is_printable = byte >= std::byte{' '} && byte <= std::byte{'~'};
        text += is_printable ? static_cast<char>(byte) : '.';
    }
    return text;
}

namespace {

// "0x0800"
std::string hex_number(std::uint32_t value, unsigned bits) {
    std::string text{"0x"};
    for (auto rest = bits; rest > 0; rest -= 8) {
        const auto byte = static_cast<std::uint8_t>(value >> (rest - 8));
        text += hex(std::as_bytes(std::span{&byte, 1}));
    }
    return text;
}

// "ACK,SYN": the names of the bits that are set, from the highest to the lowest; or "none".
std::string names_of_bits(std::uint32_t value, unsigned bits, std::string_view names) {
    std::string text;
    for (auto bit = bits; bit > 0; --bit) {
        const auto name = cut(names, ' ');
        if ((value >> (bit - 1) & 1U) != 0) {
            text += text.empty() ? "" : ",";
            text += name;
        }
    }
    return text.empty() ? "none" : text;
}

// And back.
std::optional<std::uint32_t> bits_from_names(std::string_view text, unsigned bits,
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

std::string number_text(std::uint32_t value, unsigned bits, const FieldFormat& format) {
    if (!format.bit_names.empty()) {
        return names_of_bits(value, bits, format.bit_names);
    }
    return format.is_hex ? hex_number(value, bits) : std::to_string(value);
}

// And back: no value if the text is not a number, or one that does not fit into that many bits.
std::optional<std::uint32_t> number_from(std::string_view text, unsigned bits,
                                         const FieldFormat& format) {
    if (!format.bit_names.empty()) {
        return bits_from_names(text, bits, format.bit_names);
    }
    int base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stop != end || value >> bits != 0) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(value);
}

// Passed to fields(): notes each field in words.
class FieldLister {
public:
    explicit FieldLister(std::vector<Field>& fields) : fields_{fields} {}

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
    header.fields(header, FieldLister{text.fields});
    if constexpr (requires { header.options; }) {
        if (!header.options.empty()) {
            text.fields.push_back(
                {std::string{header.options_name}, hex(header.options), 8 * header.options.size()});
        }
    }
    return text;
}

std::string checksum_remark(const Packet& packet, std::uint16_t field) {
    if (packet.udp && field == 0) {
        return "no checksum";
    }
    if (!packet.trouble.empty() || (packet.ipv4->flags & Ipv4::MF) != 0) {
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
std::string remark(const Packet& /*packet*/, const Ethernet& /*header*/) {
    return "";
}
std::string remark(const Packet& /*packet*/, const Arp& header) {
    constexpr std::array names{"ARP request", "ARP reply", "RARP request", "RARP reply"};
    const auto known = header.operation >= 1 && header.operation <= names.size();
    return known ? names[header.operation - 1U] : "unknown operation";
}
std::string remark(const Packet& /*packet*/, const Ipv4& header) {
    return checksum(covered(header)) == 0 ? "checksum right" : "checksum wrong";
}
std::string remark(const Packet& packet, const Icmp& header) {
    return icmp_name(header.type) + ", " + checksum_remark(packet, header.checksum);
}
std::string remark(const Packet& packet, const auto& header) {
    return checksum_remark(packet, header.checksum);
}

// Passed to fields(): gives the field of that name its value.
class FieldSetter {
public:
    FieldSetter(std::string_view name, const std::string& value) : name_{name}, value_{value} {}

    template <typename Value>
    void operator()(const char* name, Value& field, FieldFormat format = {}) {
        set_if_named(name, field, number_from(value_, width<Value>(format), format));
    }
    void operator()(const char* name, Mac& field) { set_if_named(name, field, mac_from(value_)); }
    void operator()(const char* name, Ip& field) { set_if_named(name, field, ip_from(value_)); }

    [[nodiscard]] bool found() const { return found_; }

private:
    void set_if_named(std::string_view name, auto& field, const auto& value) {
        if (name != name_) {
            return;
        }
        if (!value) {
            throw std::invalid_argument{"'" + value_ + "' is not a " + std::string{name}};
        }
        field = static_cast<std::remove_reference_t<decltype(field)>>(*value);
        found_ = true;
    }

    std::string_view name_;
    const std::string& value_;
    bool found_ = false;
};

// A header has at most 15 units of 4 bytes; 20 bytes are its fields, so 40 are left for options.
Buffer options_from(const std::string& text) {
    auto options = from_hex(text);
    if (!options || options->size() % 4 != 0 || options->size() > 40) {
        throw std::invalid_argument{"options are up to 40 bytes in hex, a multiple of 4, not '" +
                                    text + "'"};
    }
    return *std::move(options);
}

}  // namespace

std::string to_text(const Field& field) {
    return field.name + '=' + field.value;
}

std::vector<HeaderText> headers(const Packet& packet) {
    std::vector<HeaderText> texts;
    for_each_header(packet, [&texts](const auto& header) { texts.push_back(text_of(header)); });
    return texts;
}

std::string line(const HeaderText& header) {
    std::string text{header.name};
    for (const auto& field : header.fields) {
        text += ' ' + to_text(field);
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
        const bool is_application = packet.udp || packet.tcp;
        lines.push_back((is_application ? "application " : "rest ") +
                        std::to_string(packet.data.size()) +
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
        throw std::invalid_argument{"FIELD=VALUE is wanted, not '" + std::string{assignment} + "'"};
    }
    const auto name = cut(assignment, '=');
    const std::string value{assignment};
    FieldSetter setter{name, value};
    bool found = false;
    if (name == "data" && !packet.arp) {
        found = true;
        const auto bytes = net::bytes(value);
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
