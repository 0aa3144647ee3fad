// packet.hpp - frames taken apart and put together: Ethernet, ARP, IPv4, ICMP, UDP, TCP.
//
// A header is a plain structure, in host order, and one list of its fields as they follow
// each other on the wire, each with its width in bits. Reader and Writer go along that
// list: they are the one place where numbers are turned into network order and back.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
// IWYU pragma: end_exports

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace packet {

using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;
using Mac = std::array<std::uint8_t, 6>;
using Ip = std::array<std::uint8_t, 4>;

inline constexpr Mac broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
enum EtherType : std::uint16_t { IPV4 = 0x0800, ARP = 0x0806, RARP = 0x8035 };
enum Protocol : std::uint8_t { ICMP = 1, IGMP = 2, TCP = 6, UDP = 17 };
enum Operation : std::uint16_t { ARP_REQUEST = 1, ARP_REPLY, RARP_REQUEST, RARP_REPLY };
enum TcpFlag : std::uint8_t { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };
enum IcmpType : std::uint8_t { ECHO_REPLY = 0, UNREACHABLE = 3, ECHO = 8, TIME_EXCEEDED = 11 };

// How a field is written: its width where that is not the variable's, and whether people
// read it as a number, as a hexadecimal one, or as bits with names, the highest first.
struct Form {
    unsigned bits = 0;
    std::string_view names{};
};
inline constexpr std::string_view hexadecimal{"0x"};

struct Ethernet {
    static constexpr std::string_view layer{"link"};
    static constexpr std::string_view name{"ethernet"};
    static constexpr std::size_t size = 14;
    Mac destination_mac{};
    Mac source_mac{};
    std::uint16_t ether_type = 0;

    static void fields(auto& header, auto&& field) {
        field("destination_mac", header.destination_mac);
        field("source_mac", header.source_mac);
        field("ether_type", header.ether_type, Form{16, hexadecimal});
    }
};

// RFC 826; RARP, RFC 903, has the same form.
struct Arp {
    static constexpr std::string_view layer{"link"};
    static constexpr std::string_view name{"arp"};
    static constexpr std::size_t size = 28;
    std::uint16_t hardware_type = 1;  // Ethernet
    std::uint16_t protocol_type = IPV4;
    std::uint8_t hardware_length = 6;
    std::uint8_t protocol_length = 4;
    std::uint16_t operation = ARP_REQUEST;
    Mac sender_mac{};
    Ip sender_ip{};
    Mac target_mac{};
    Ip target_ip{};

    static void fields(auto& header, auto&& field) {
        field("hardware_type", header.hardware_type);
        field("protocol_type", header.protocol_type, Form{16, hexadecimal});
        field("hardware_length", header.hardware_length);
        field("protocol_length", header.protocol_length);
        field("operation", header.operation);
        field("sender_mac", header.sender_mac);
        field("sender_ip", header.sender_ip);
        field("target_mac", header.target_mac);
        field("target_ip", header.target_ip);
    }
};

// RFC 791.
struct Ipv4 {
    static constexpr std::string_view layer{"network"};
    static constexpr std::string_view name{"ipv4"};
    static constexpr std::size_t size = 20;
    static constexpr std::string_view options_name{"ip_options"};
    static constexpr unsigned MF = 1;  // more fragments
    static constexpr unsigned DF = 2;  // do not fragment
    std::uint8_t version = 4;
    std::uint8_t header_length = 5;  // in units of 4 bytes
    std::uint8_t type_of_service = 0;
    std::uint16_t total_length = 0;
    std::uint16_t identification = 0;
    std::uint8_t flags = 0;
    std::uint16_t fragment_offset = 0;  // in units of 8 bytes
    std::uint8_t time_to_live = 64;
    std::uint8_t protocol = 0;
    std::uint16_t header_checksum = 0;
    Ip source_ip{};
    Ip destination_ip{};
    Buffer options{};

    static void fields(auto& header, auto&& field) {
        field("version", header.version, Form{4});
        field("header_length", header.header_length, Form{4});
        field("type_of_service", header.type_of_service);
        field("total_length", header.total_length);
        field("identification", header.identification);
        field("ip_flags", header.flags, Form{3, "reserved DF MF"});
        field("fragment_offset", header.fragment_offset, Form{13});
        field("time_to_live", header.time_to_live);
        field("protocol", header.protocol);
        field("header_checksum", header.header_checksum, Form{16, hexadecimal});
        field("source_ip", header.source_ip);
        field("destination_ip", header.destination_ip);
    }
};

// RFC 792. Only an echo has the last two; elsewhere these 4 bytes are something else.
struct Icmp {
    static constexpr std::string_view layer{"network"};
    static constexpr std::string_view name{"icmp"};
    static constexpr std::size_t size = 8;
    std::uint8_t type = ECHO;
    std::uint8_t code = 0;
    std::uint16_t checksum = 0;
    std::uint16_t identifier = 0;
    std::uint16_t sequence = 0;

    static void fields(auto& header, auto&& field) {
        field("type", header.type);
        field("code", header.code);
        field("checksum", header.checksum, Form{16, hexadecimal});
        field("identifier", header.identifier);
        field("sequence", header.sequence);
    }
};

// RFC 768.
struct Udp {
    static constexpr std::string_view layer{"transport"};
    static constexpr std::string_view name{"udp"};
    static constexpr std::size_t size = 8;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t length = 0;
    std::uint16_t checksum = 0;  // 0: none

    static void fields(auto& header, auto&& field) {
        field("source_port", header.source_port);
        field("destination_port", header.destination_port);
        field("length", header.length);
        field("checksum", header.checksum, Form{16, hexadecimal});
    }
};

// RFC 9293.
struct Tcp {
    static constexpr std::string_view layer{"transport"};
    static constexpr std::string_view name{"tcp"};
    static constexpr std::size_t size = 20;
    static constexpr std::string_view options_name{"tcp_options"};
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence_number = 0;
    std::uint32_t acknowledgement_number = 0;
    std::uint8_t header_length = 5;  // in units of 4 bytes
    std::uint8_t reserved = 0;
    std::uint8_t flags = 0;
    std::uint16_t window = 65535;
    std::uint16_t checksum = 0;
    std::uint16_t urgent_pointer = 0;
    Buffer options{};

    static void fields(auto& header, auto&& field) {
        field("source_port", header.source_port);
        field("destination_port", header.destination_port);
        field("sequence_number", header.sequence_number);
        field("acknowledgement_number", header.acknowledgement_number);
        field("tcp_header_length", header.header_length, Form{4});
        field("reserved", header.reserved, Form{4});
        field("flags", header.flags, Form{8, "CWR ECE URG ACK PSH RST SYN FIN"});
        field("window", header.window);
        field("checksum", header.checksum, Form{16, hexadecimal});
        field("urgent_pointer", header.urgent_pointer);
    }
};

struct Packet {
    std::optional<Ethernet> ethernet{};
    std::optional<Arp> arp{};
    std::optional<Ipv4> ipv4{};
    std::optional<Icmp> icmp{};
    std::optional<Udp> udp{};
    std::optional<Tcp> tcp{};
    Buffer data{};          // what follows the last header
    Buffer trailer{};       // what lies beyond the lengths that the headers state: padding
    std::string trouble{};  // what is wrong with these lengths, or nothing
};

// visit(header) for each header that is there, the outermost first.
void for_each_header(auto& packet, auto&& visit) {
    const auto if_there = [&visit](auto& header) {
        if (header) {
            visit(*header);
        }
    };
    if_there(packet.ethernet);
    if_there(packet.arp);
    if_there(packet.ipv4);
    if_there(packet.icmp);
    if_there(packet.udp);
    if_there(packet.tcp);
}

template <typename Value>
constexpr unsigned width(const Form& form) {
    return form.bits != 0 ? form.bits : 8 * sizeof(Value);
}

// Takes fields from bytes, the highest bit first, and never one from beyond their end.
class Reader {
public:
    explicit Reader(Bytes bytes) : bytes_{bytes} {}

    template <typename Value>
    void operator()(const char* /*name*/, Value& value, Form form = {}) {
        value = static_cast<Value>(bits(width<Value>(form)));
    }
    template <std::size_t size>
    void operator()(const char* /*name*/, std::array<std::uint8_t, size>& address) {
        for (auto& byte : address) {
            byte = static_cast<std::uint8_t>(bits(8));
        }
    }

private:
    std::uint32_t bits(unsigned count) {
        std::uint32_t value = 0;
        for (; count > 0; --count, ++at_) {
            if (at_ / 8 >= bytes_.size()) {
                throw std::out_of_range{"a header beyond the end of its bytes"};
            }
            const auto byte = static_cast<unsigned>(bytes_[at_ / 8]);
            value = value << 1U | (byte >> (7 - at_ % 8) & 1U);
        }
        return value;
    }

    Bytes bytes_;
    std::size_t at_ = 0;  // in bits
};

// Appends fields to bytes, the highest bit first.
class Writer {
public:
    explicit Writer(Buffer& bytes) : bytes_{bytes}, at_{8 * bytes.size()} {}

    template <typename Value>
    void operator()(const char* /*name*/, const Value& value, Form form = {}) {
        bits(value, width<Value>(form));
    }
    template <std::size_t size>
    void operator()(const char* /*name*/, const std::array<std::uint8_t, size>& address) {
        for (const auto byte : address) {
            bits(byte, 8);
        }
    }

private:
    void bits(std::uint32_t value, unsigned count) {
        for (; count > 0; --count, ++at_) {
            if (at_ % 8 == 0) {
                bytes_.push_back({});
            }
            bytes_.back() |= std::byte((value >> (count - 1) & 1U) << (7 - at_ % 8));
        }
    }

    Buffer& bytes_;
    std::size_t at_;  // in bits
};

inline void append(Buffer& bytes, Bytes more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_header(Buffer& bytes, const auto& header) {
    header.fields(header, Writer{bytes});
    if constexpr (requires { header.options; }) {
        append(bytes, header.options);
    }
}

// The bytes of a frame; what decode made of them is given back bit for bit.
inline Buffer encode(const Packet& packet) {
    Buffer bytes;
    for_each_header(packet, [&bytes](const auto& header) { append_header(bytes, header); });
    append(bytes, packet.data);
    append(bytes, packet.trailer);
    return bytes;
}

// Takes header after header from what is left of a frame. A header may end too early or
// state a length that is not true: then that is noted, and what is left is data.
class Decoder {
public:
    explicit Decoder(Bytes frame) : frame_{frame}, rest_{frame} {}

    Packet frame() {
        if (take(packet_.ethernet)) {
            if (packet_.ethernet->ether_type == IPV4) {
                datagram();
            } else if (packet_.ethernet->ether_type == ARP ||
                       packet_.ethernet->ether_type == RARP) {
                message();
            }
        }
        return finish();
    }

    // The same without an Ethernet header, as a raw socket hands it out.
    Packet ipv4() {
        datagram();
        return finish();
    }

private:
    template <typename Header>
    bool take(std::optional<Header>& into) {
        if (rest_.size() < Header::size) {
            return fail(Header::name, "only " + std::to_string(rest_.size()) + " of " +
                                          std::to_string(Header::size) + " bytes are there");
        }
        auto& header = into.emplace();
        Header::fields(header, Reader{rest_});
        rest_ = rest_.subspan(Header::size);
        if constexpr (requires { header.options; }) {
            const std::size_t length = header.header_length * 4U;
            if (length < Header::size || length - Header::size > rest_.size()) {
                return fail(Header::name,
                            "its header cannot have " + std::to_string(length) + " bytes");
            }
            const auto options = rest_.first(length - Header::size);
            header.options.assign(options.begin(), options.end());
            rest_ = rest_.subspan(options.size());
        }
        return true;
    }

    void message() {
        if (!take(packet_.arp)) {
            return;
        }
        if (packet_.arp->hardware_length != 6 || packet_.arp->protocol_length != 4) {
            fail(Arp::name, "its addresses are not those of Ethernet and IPv4");
        }
        rest_ = rest_.first(0);  // it has no data; what follows is padding
    }

    void datagram() {
        if (!take(packet_.ipv4)) {
            return;
        }
        const auto& ip = *packet_.ipv4;
        if (ip.version != 4) {
            fail(Ipv4::name, "its version is " + std::to_string(ip.version));
            return;
        }
        if (!limit(Ipv4::name, ip.total_length, std::size_t{4} * ip.header_length) ||
            ip.fragment_offset != 0) {
            return;
        }
        if (ip.protocol == ICMP) {
            take(packet_.icmp);
        } else if (ip.protocol == TCP) {
            take(packet_.tcp);
        } else if (ip.protocol == UDP && take(packet_.udp) && (ip.flags & Ipv4::MF) == 0) {
            limit(Udp::name, packet_.udp->length, Udp::size);
        }
    }

    // A length counts the header too, which is taken already.
    bool limit(std::string_view name, std::size_t length, std::size_t header) {
        if (length < header) {
            return fail(name, "its length is " + std::to_string(length) + ", less than its header");
        }
        if (length - header > rest_.size()) {
            fail(name, "its length is " + std::to_string(length) + ", but only " +
                           std::to_string(header + rest_.size()) + " bytes are there");
            return true;  // a capture may have cut it off: what is there can be read
        }
        rest_ = rest_.first(length - header);
        return true;
    }

    bool fail(std::string_view name, const std::string& why) {
        packet_.trouble += packet_.trouble.empty() ? "" : "; ";
        packet_.trouble += std::string{name} + ": " + why;
        return false;
    }

    Packet finish() {
        packet_.data.assign(rest_.begin(), rest_.end());
        const auto trailer = frame_.last(static_cast<std::size_t>(frame_.end() - rest_.end()));
        packet_.trailer.assign(trailer.begin(), trailer.end());
        return std::move(packet_);
    }

    Bytes frame_;
    Bytes rest_;
    Packet packet_;
};

inline Packet decode(Bytes frame) {
    return Decoder{frame}.frame();
}

inline Packet decode_ipv4(Bytes datagram) {
    return Decoder{datagram}.ipv4();
}

// RFC 1071: the complement of the sum of the 16-bit words, a carry added at the low end, an
// odd byte taken for the high half of a word. 0 over bytes that contain their checksum.
inline std::uint16_t checksum(Bytes bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8U : 0U);
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum);
}

// What TCP and UDP sum up before their own bytes, although it is not sent there: so a
// segment that comes to the wrong address has a wrong checksum.
struct PseudoHeader {
    Ip source_ip{};
    Ip destination_ip{};
    std::uint8_t zero = 0;
    std::uint8_t protocol = 0;
    std::uint16_t length = 0;

    static void fields(auto& header, auto&& field) {
        field("source_ip", header.source_ip);
        field("destination_ip", header.destination_ip);
        field("zero", header.zero);
        field("protocol", header.protocol);
        field("length", header.length);
    }
};

// What the checksum of the innermost header covers: pseudo-header, header, data.
inline Buffer covered(const Packet& packet) {
    Buffer segment;
    for_each_header(packet, [&segment](const auto& header) {
        if constexpr (requires { header.checksum; }) {
            append_header(segment, header);
        }
    });
    append(segment, packet.data);
    Buffer bytes;
    if (packet.ipv4 && !packet.icmp) {
        append_header(
            bytes, PseudoHeader{packet.ipv4->source_ip, packet.ipv4->destination_ip, 0,
                                packet.ipv4->protocol, static_cast<std::uint16_t>(segment.size())});
    }
    append(bytes, segment);
    return bytes;
}

// Sets lengths and checksums, the innermost first, and pads the frame as Ethernet must: its
// 60 bytes are 64 with the checksum that the network card adds.
inline void complete(Packet& packet) {
    if (packet.tcp) {
        packet.tcp->header_length = static_cast<std::uint8_t>(5 + packet.tcp->options.size() / 4);
    }
    if (packet.udp) {
        packet.udp->length = static_cast<std::uint16_t>(Udp::size + packet.data.size());
    }
    for_each_header(packet, [&packet](auto& header) {
        if constexpr (requires { header.checksum; }) {
            header.checksum = 0;
            header.checksum = checksum(covered(packet));
        }
    });
    if (packet.udp && packet.udp->checksum == 0) {
        packet.udp->checksum = 0xffff;  // the same number here, and 0 would be "none"
    }
    packet.trailer.clear();
    if (packet.ipv4) {
        auto& ip = *packet.ipv4;
        const auto link = packet.ethernet ? Ethernet::size : 0;
        ip.header_length = static_cast<std::uint8_t>(5 + ip.options.size() / 4);
        ip.total_length = static_cast<std::uint16_t>(encode(packet).size() - link);
        ip.header_checksum = 0;
        Buffer header;
        append_header(header, ip);
        ip.header_checksum = checksum(header);
    }
    if (packet.ethernet) {
        packet.trailer.resize(60 - std::min<std::size_t>(60, encode(packet).size()));
    }
}

}  // namespace packet
