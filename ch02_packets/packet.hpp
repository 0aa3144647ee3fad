// packet.hpp - frames put together and taken apart: Ethernet, VLAN, ARP, IPv4, IPv6, ICMP, UDP, TCP.
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
#include <utility>
#include <variant>
#include <vector>
// IWYU pragma: end_exports

namespace packet {

using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;
using Mac = std::array<std::uint8_t, 6>;
using Ip = std::array<std::uint8_t, 4>;
using Ip6 = std::array<std::uint8_t, 16>;

inline constexpr Mac broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
enum EtherType : std::uint16_t {
    IPV4 = 0x0800,
    ARP = 0x0806,
    RARP = 0x8035,
    VLAN = 0x8100,
    IPV6 = 0x86dd
};
enum Protocol : std::uint8_t { ICMP = 1, IGMP = 2, TCP = 6, UDP = 17, ICMPV6 = 58 };
enum Operation : std::uint16_t { ARP_REQUEST = 1, ARP_REPLY, RARP_REQUEST, RARP_REPLY };
enum TcpFlag : std::uint8_t {
    FIN = 1,
    SYN = 2,
    RST = 4,
    PSH = 8,
    ACK = 16,
    URG = 32,
    ECE = 64,
    CWR = 128
};
enum IcmpType : std::uint8_t {
    ECHO_REPLY = 0,
    UNREACHABLE = 3,
    REDIRECT = 5,
    ECHO = 8,
    TIME_EXCEEDED = 11,
    BAD_PARAMETER = 12
};
enum Icmpv6Type : std::uint8_t {
    UNREACHABLE6 = 1,
    PACKET_TOO_BIG,
    TIME_EXCEEDED6,
    PARAMETER_PROBLEM,
    ECHO6 = 128,
    ECHO_REPLY6,
    LISTENER_QUERY,
    LISTENER_REPORT,
    LISTENER_DONE,
    ROUTER_SOLICITATION,
    ROUTER_ADVERTISEMENT,
    NEIGHBOUR_SOLICITATION,
    NEIGHBOUR_ADVERTISEMENT,
    REDIRECT6,
    LISTENER_REPORT_2 = 143
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

// How many bytes the fields of a header have, and its options.
std::size_t size_of(const auto& header) {
    std::size_t bits = 0;
    header.fields(header, [&bits](const char* /*name*/, const auto& value, const auto&... format) {
        bits += width(value, format...);
    });
    return bits / 8;
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
    static constexpr std::size_t unit = 4;  // of header_length
    static constexpr std::size_t most_options = 40;
    static constexpr unsigned MF = 1;  // more fragments
    static constexpr std::array<std::string_view, 3> flag_names{"MF", "DF", "reserved"};
    std::uint8_t version = 4;
    std::uint8_t header_length = 5;
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

    [[nodiscard]] std::size_t length() const { return header_length * unit; }
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

// RFC 8200. No checksum, no length of the header, no fragments: what few packets need is in extension
// headers between this one and the next layer.
struct Ipv6 {
    static constexpr std::string_view layer{"network"};
    static constexpr std::string_view name{"ipv6"};
    static constexpr std::size_t size = 40;
    std::uint8_t version = 6;
    std::uint8_t traffic_class = 0;
    std::uint32_t flow_label = 0;
    std::uint16_t payload_length = 0;  // what follows this header
    std::uint8_t next_header = 0;      // an extension header, or a Protocol
    std::uint8_t hop_limit = 64;
    Ip6 source_ip{};
    Ip6 destination_ip{};

    static void fields(auto& header, auto&& field) {
        field("version", header.version, FieldFormat{.bits = 4});
        field("traffic_class", header.traffic_class);
        field("flow_label", header.flow_label, FieldFormat{.bits = 20});
        field("payload_length", header.payload_length);
        field("next_header", header.next_header);
        field("hop_limit", header.hop_limit);
        field("source_ip", header.source_ip);
        field("destination_ip", header.destination_ip);
    }
};

// RFC 8200, 4.3, 4.4 and 4.6.
struct Extension {
    static constexpr std::array names{std::pair{0, "hop_by_hop"}, std::pair{43, "routing"},
                                      std::pair{60, "destination"}};
    static constexpr std::string_view layer{"network"};
    static constexpr std::size_t size = 2;
    static constexpr std::size_t unit = 8;  // of header_length, which does not count the first one
    static constexpr std::size_t most_options = 256 * unit - size;
    std::string_view name{};
    std::uint8_t next_header = 0;
    std::uint8_t header_length = 0;
    Buffer options{};

    [[nodiscard]] std::size_t length() const { return (header_length + 1U) * unit; }
    static void fields(auto& header, auto&& field) {
        field("extension_next_header", header.next_header);
        field("extension_length", header.header_length);
        field("extension_options", header.options);
    }
};

// RFC 8200, 4.5: an extension header, too.
struct Fragment {
    static constexpr std::uint8_t number = 44;
    static constexpr std::string_view layer{"network"};
    static constexpr std::string_view name{"fragment"};
    static constexpr unsigned MF = 1;
    static constexpr std::array<std::string_view, 3> flag_names{"MF", "reserved1", "reserved2"};
    std::uint8_t next_header = 0;
    std::uint8_t reserved = 0;
    std::uint16_t fragment_offset = 0;  // in units of 8 bytes
    std::uint8_t flags = 0;
    std::uint32_t identification = 0;

    static void fields(auto& header, auto&& field) {
        field("fragment_next_header", header.next_header);
        field("fragment_reserved", header.reserved);
        field("fragment_offset", header.fragment_offset, FieldFormat{.bits = 13});
        field("fragment_flags", header.flags, FieldFormat{.bits = 3, .bit_names = flag_names});
        field("identification", header.identification);
    }
};

// RFC 4443, and RFC 4861 from ROUTER_SOLICITATION on. The type says which fields follow the checksum.
struct Icmpv6 {
    static constexpr std::string_view layer{"network"};
    static constexpr std::string_view name{"icmpv6"};
    static constexpr std::array<std::string_view, 3> router_flags{"home_agent", "other", "managed"};
    static constexpr std::array<std::string_view, 3> flag_names{"override", "solicited", "router"};
    std::uint8_t type = ECHO6;
    std::uint8_t code = 0;
    std::uint16_t checksum = 0;
    std::uint16_t identifier = 0;
    std::uint16_t sequence = 0;
    std::uint32_t mtu = 0;
    std::uint32_t pointer = 0;  // the byte that the problem is about
    std::uint8_t router_hop_limit = 0;
    std::uint8_t flags = 0;
    std::uint8_t preference = 0;
    std::uint16_t router_lifetime = 0;  // in seconds; the next two are in milliseconds
    std::uint32_t reachable_time = 0;
    std::uint32_t retransmit_time = 0;
    std::uint32_t reserved = 0;
    Ip6 target_ip{};
    Ip6 redirected_ip{};

    // Whether options follow.
    [[nodiscard]] bool is_neighbour_discovery() const {
        return type >= ROUTER_SOLICITATION && type <= REDIRECT6;
    }
    static void fields(auto& header, auto&& field) {
        field("type", header.type);
        field("code", header.code);
        field("checksum", header.checksum, FieldFormat{.is_hex = true});
        const auto is = [&header](auto... types) { return ((header.type == types) || ...); };
        if (is(ECHO6, ECHO_REPLY6)) {
            field("identifier", header.identifier);
            field("sequence", header.sequence);
        }
        if (is(PACKET_TOO_BIG)) {
            field("mtu", header.mtu);
        }
        if (is(PARAMETER_PROBLEM)) {
            field("pointer", header.pointer);
        }
        if (is(ROUTER_ADVERTISEMENT)) {
            field("router_hop_limit", header.router_hop_limit);
            field("flags", header.flags, FieldFormat{.bits = 3, .bit_names = router_flags});
            field("preference", header.preference, FieldFormat{.bits = 2});
            field("reserved", header.reserved, FieldFormat{.bits = 3});
            field("router_lifetime", header.router_lifetime);
            field("reachable_time", header.reachable_time);
            field("retransmit_time", header.retransmit_time);
        }
        if (is(NEIGHBOUR_ADVERTISEMENT)) {
            field("flags", header.flags, FieldFormat{.bits = 3, .bit_names = flag_names});
            field("reserved", header.reserved, FieldFormat{.bits = 29});
        }
        if (is(UNREACHABLE6, TIME_EXCEEDED6, ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION,
               REDIRECT6)) {
            field("reserved", header.reserved);
        }
        if (is(NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT, REDIRECT6)) {
            field("target_ip", header.target_ip);
        }
        if (is(REDIRECT6)) {
            field("redirected_ip", header.redirected_ip);
        }
    }
};

// RFC 4861, 4.6: an option of neighbour discovery, most often the MAC that belongs to an address.
struct NeighbourOption {
    enum Type : std::uint8_t { SOURCE_LINK_ADDRESS = 1, TARGET_LINK_ADDRESS };
    static constexpr std::string_view layer{"network"};
    static constexpr std::string_view name{"option"};
    static constexpr std::size_t size = 2;
    static constexpr std::size_t unit = 8;  // of header_length
    static constexpr std::size_t most_options = 255 * unit - size;
    std::uint8_t type = SOURCE_LINK_ADDRESS;
    std::uint8_t header_length = 1;
    Mac link_address{};
    Buffer options{};

    [[nodiscard]] std::size_t length() const { return header_length * unit; }
    static void fields(auto& header, auto&& field) {
        field("option_type", header.type);
        field("option_length", header.header_length);
        const bool has_link_address =
            header.type == SOURCE_LINK_ADDRESS || header.type == TARGET_LINK_ADDRESS;
        if (has_link_address && header.header_length == 1) {
            field("link_address", header.link_address);
        } else {
            field("option_data", header.options);
        }
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
    std::uint16_t checksum = 0;  // 0: it has none; in IPv6 for tunnels only (RFC 6935)

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
    static constexpr std::size_t unit = 4;  // of header_length
    static constexpr std::size_t most_options = 40;
    static constexpr std::array<std::string_view, 8> flag_names{"FIN", "SYN", "RST", "PSH",
                                                                "ACK", "URG", "ECE", "CWR"};
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence_number = 0;
    std::uint32_t acknowledgement_number = 0;
    std::uint8_t header_length = 5;
    std::uint8_t reserved = 0;
    std::uint8_t flags = 0;
    std::uint16_t window = 65535;
    std::uint16_t checksum = 0;
    std::uint16_t urgent_pointer = 0;
    Buffer options{};

    [[nodiscard]] std::size_t length() const { return header_length * unit; }
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
    std::optional<Ipv6> ipv6{};
    std::vector<std::variant<Extension, Fragment>> extensions{};  // of ipv6
    std::optional<Icmpv6> icmpv6{};
    std::vector<NeighbourOption> neighbour_options{};  // of icmpv6
    std::optional<Udp> udp{};
    std::optional<Tcp> tcp{};
    Buffer data{};            // what follows the last header
    Buffer trailer{};         // what follows the data, by the lengths in the headers: padding
    std::size_t surplus = 0;  // so much of it is still IP's: perhaps UDP options (RFC 9868)
    std::size_t missing = 0;  // how many bytes the capture has cut off before the trailer
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
    if_there(packet.ipv6);
    for (auto& extension : packet.extensions) {
        std::visit(visit, extension);
    }
    if_there(packet.icmpv6);
    for (auto& option : packet.neighbour_options) {
        visit(option);
    }
    if_there(packet.udp);
    if_there(packet.tcp);
}

// What follows the header of IPv6 and its extension headers: the number of a Protocol.
[[nodiscard]] std::uint8_t next_header(const Packet& packet);

// Whether the rest of this IP packet's data is in other packets: it is the first fragment, or one in
// the middle.
[[nodiscard]] bool has_more_fragments(const Packet& packet);

// The bytes of a frame. For a packet that decode returned, they are the same bytes again.
[[nodiscard]] Buffer encode(const Packet& packet);

// Takes a frame apart, header after header. If a header is cut off or states a wrong length,
// Packet::trouble says so, and the bytes from there on are data. Of a frame that the capture has
// cut, `size` is what it had on the wire.
[[nodiscard]] Packet decode(Bytes frame, std::size_t size = 0);

// The same for a packet of IPv4 or IPv6 without an Ethernet header, as a raw socket receives it.
[[nodiscard]] Packet decode_ip(Bytes datagram, std::size_t size = 0);

// The Internet checksum, RFC 1071. It is 0 if the bytes contain their own right checksum.
[[nodiscard]] std::uint16_t checksum(Bytes bytes);

// The bytes that the checksum of an IPv4 header covers: the header and its options.
[[nodiscard]] Buffer covered(const Ipv4& header);

// The bytes that the checksum of the ICMP, ICMPv6, UDP or TCP header covers: the header, its options
// and the data, and, except for ICMP, a pseudo-header in front of them.
[[nodiscard]] Buffer covered(const Packet& packet);

// What the kernel leaves in the checksum's place if the network card will compute it: the sum of the
// pseudo-header. (ICMP has none.)
[[nodiscard]] std::uint16_t unfinished_checksum(const Packet& packet);

// Fills in all lengths and checksums, and pads the frame to the 60 bytes that Ethernet demands
// (64 with the checksum that the network card adds).
void complete(Packet& packet);

}  // namespace packet
