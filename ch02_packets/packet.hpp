// packet.hpp - frames put together and taken apart: Ethernet, VLAN, ARP, IPv4, ICMP, UDP, TCP.
//
// Each header is a plain structure with its numbers in host order, and has a function fields()
// that calls field(NAME, VARIABLE, FORMAT) for one field after another, as they follow each
// other on the wire. All code that handles headers walks along this list: packet.cpp reads and
// writes the bits (nothing else changes to network order and back), packet_text.cpp the words.
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

namespace packet {

using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;
using Mac = std::array<std::uint8_t, 6>;
using Ip = std::array<std::uint8_t, 4>;

inline constexpr Mac broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
enum EtherType : std::uint16_t {
    IPV4 = 0x0800,
    ARP = 0x0806,
    RARP = 0x8035,
    VLAN = 0x8100,
    IPV6 = 0x86dd
};
enum Protocol : std::uint8_t { ICMP = 1, IGMP = 2, TCP = 6, UDP = 17 };
enum Operation : std::uint16_t { ARP_REQUEST = 1, ARP_REPLY, RARP_REQUEST, RARP_REPLY };
enum TcpFlag : std::uint8_t { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };
enum IcmpType : std::uint8_t {
    ECHO_REPLY = 0,
    UNREACHABLE = 3,
    REDIRECT = 5,
    ECHO = 8,
    TIME_EXCEEDED = 11
};

using BitNames = std::span<const std::string_view>;

// How a field is written: as a decimal number as wide as its variable, unless it says otherwise.
struct FieldFormat {
    unsigned bits = 0;     // the width on the wire; 0: that of the variable
    bool is_hex = false;   // people read it in hexadecimal; it has 16 bits
    BitNames bit_names{};  // people read it as flags: their names, the lowest bit first
};

// The width of a field in bits.
template <typename Value>
constexpr std::size_t width(const Value& /*value*/, const FieldFormat& format = {}) {
    return format.bits != 0 ? format.bits : 8 * sizeof(Value);
}
inline std::size_t width(const Buffer& options) {
    return 8 * options.size();
}

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
        field("ether_type", header.ether_type, FieldFormat{.is_hex = true});
    }
};

// IEEE 802.1Q: a tag between the Ethernet header and what follows it. A provider puts a tag of its
// own in front of its customer's (QinQ).
struct Tag {
    static constexpr std::string_view layer{"link"};
    static constexpr std::string_view name{"vlan"};
    static constexpr std::size_t size = 4;
    static constexpr std::array<std::uint16_t, 3> types{VLAN, 0x88a8, 0x9100};  // today's QinQ, old
    std::uint8_t priority = 0;
    std::uint8_t drop_eligible = 0;
    std::uint16_t vlan_id = 0;
    std::uint16_t inner_type = 0;  // what the ether_type would be without the tag

    static void fields(auto& header, auto&& field) {
        field("priority", header.priority, FieldFormat{.bits = 3});
        field("drop_eligible", header.drop_eligible, FieldFormat{.bits = 1});
        field("vlan_id", header.vlan_id, FieldFormat{.bits = 12});
        field("inner_type", header.inner_type, FieldFormat{.is_hex = true});
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
        field("protocol_type", header.protocol_type, FieldFormat{.is_hex = true});
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
    static constexpr unsigned MF = 1;  // more fragments
    static constexpr std::array<std::string_view, 3> flag_names{"MF", "DF", "reserved"};
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
        field("version", header.version, FieldFormat{.bits = 4});
        field("header_length", header.header_length, FieldFormat{.bits = 4});
        field("type_of_service", header.type_of_service);
        field("total_length", header.total_length);
        field("identification", header.identification);
        field("ip_flags", header.flags, FieldFormat{.bits = 3, .bit_names = flag_names});
        field("fragment_offset", header.fragment_offset, FieldFormat{.bits = 13});
        field("time_to_live", header.time_to_live);
        field("protocol", header.protocol);
        field("header_checksum", header.header_checksum, FieldFormat{.is_hex = true});
        field("source_ip", header.source_ip);
        field("destination_ip", header.destination_ip);
        field("ip_options", header.options);
    }
};

// RFC 792. Only echo messages have the last two fields; others use these 4 bytes differently.
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
        field("checksum", header.checksum, FieldFormat{.is_hex = true});
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
    std::uint16_t checksum = 0;  // 0: it has none

    static void fields(auto& header, auto&& field) {
        field("source_port", header.source_port);
        field("destination_port", header.destination_port);
        field("length", header.length);
        field("checksum", header.checksum, FieldFormat{.is_hex = true});
    }
};

// RFC 9293.
struct Tcp {
    static constexpr std::string_view layer{"transport"};
    static constexpr std::string_view name{"tcp"};
    static constexpr std::size_t size = 20;
    static constexpr std::array<std::string_view, 8> flag_names{"FIN", "SYN", "RST", "PSH",
                                                                "ACK", "URG", "ECE", "CWR"};
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
        field("tcp_header_length", header.header_length, FieldFormat{.bits = 4});
        field("reserved", header.reserved, FieldFormat{.bits = 4});
        field("flags", header.flags, FieldFormat{.bit_names = flag_names});
        field("window", header.window);
        field("checksum", header.checksum, FieldFormat{.is_hex = true});
        field("urgent_pointer", header.urgent_pointer);
        field("tcp_options", header.options);
    }
};

struct Packet {
    std::optional<Ethernet> ethernet{};
    std::vector<Tag> tags{};  // the outermost first
    std::optional<Arp> arp{};
    std::optional<Ipv4> ipv4{};
    std::optional<Icmp> icmp{};
    std::optional<Udp> udp{};
    std::optional<Tcp> tcp{};
    Buffer data{};            // what follows the last header
    Buffer trailer{};         // what follows the data, by the lengths in the headers: padding
    std::size_t missing = 0;  // how many bytes of the data the capture has cut off
    std::string trouble{};    // what is wrong with the headers; empty if nothing is
};

// Calls visit(header) for each header that the packet has, from the outermost to the innermost.
void for_each_header(auto& packet, auto&& visit) {
    const auto if_there = [&visit](auto& header) {
        if (header) {
            visit(*header);
        }
    };
    if_there(packet.ethernet);
    for (auto& tag : packet.tags) {
        visit(tag);
    }
    if_there(packet.arp);
    if_there(packet.ipv4);
    if_there(packet.icmp);
    if_there(packet.udp);
    if_there(packet.tcp);
}

// The bytes of a frame. For a packet that decode returned, they are the same bytes again.
[[nodiscard]] Buffer encode(const Packet& packet);

// Takes a frame apart, header after header. If a header is cut off or states a wrong length,
// Packet::trouble says so, and the bytes from there on are data. Of a frame that the capture has
// cut, `size` is what it had on the wire.
[[nodiscard]] Packet decode(Bytes frame, std::size_t size = 0);

// The same for an IPv4 packet without an Ethernet header, as a raw socket receives it. A packet of IPv6 is
// data.
[[nodiscard]] Packet decode_ipv4(Bytes datagram, std::size_t size = 0);

// The Internet checksum, RFC 1071. It is 0 if the bytes contain their own right checksum.
[[nodiscard]] std::uint16_t checksum(Bytes bytes);

// The bytes that the checksum of an IPv4 header covers: the header and its options.
[[nodiscard]] Buffer covered(const Ipv4& header);

// The bytes that the checksum of the ICMP, UDP or TCP header covers: the header, its options and
// the data, and for UDP and TCP a pseudo-header in front of them.
[[nodiscard]] Buffer covered(const Packet& packet);

// Fills in all lengths and checksums, and pads the frame to the 60 bytes that Ethernet demands
// (64 with the checksum that the network card adds).
void complete(Packet& packet);

}  // namespace packet
