#include "ch04_tcp/packet_words.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "ch02_packets/packet_text.hpp"
#include "ch04_tcp/conversation.hpp"

namespace wire {

namespace {

std::string protocol_name(unsigned protocol) {
    static const std::map<unsigned, std::string> names{{packet::ICMP, "ICMP"},
                                                       {packet::IGMP, "IGMP"},
                                                       {packet::TCP, "TCP"},
                                                       {packet::UDP, "UDP"},
                                                       {packet::ICMPV6, "ICMPv6"}};
    const auto found = names.find(protocol);
    return found != names.end() ? found->second : "IP " + std::to_string(protocol);
}

// What the packet carries; it has an IP header.
unsigned protocol_of(const packet::Packet& packet) {
    return packet.ipv4 ? packet.ipv4->protocol : packet::next_header(packet);
}

// The ports, source first. An ICMP error may bring back only them of a TCP header.
std::array<std::string, 2> ports_of(const packet::Packet& packet) {
    if (packet.udp) {
        return {std::to_string(packet.udp->source_port),
                std::to_string(packet.udp->destination_port)};
    }
    if (packet.tcp) {
        return {std::to_string(packet.tcp->source_port),
                std::to_string(packet.tcp->destination_port)};
    }
    if (packet.data.size() < 4) {
        return {"?", "?"};
    }
    const auto at = [&packet](std::size_t i) {
        return std::to_string(std::to_integer<unsigned>(packet.data[i]) << 8U |
                              std::to_integer<unsigned>(packet.data[i + 1]));
    };
    return {at(0), at(2)};
}

// "UDP 10.0.4.1:40022 --> 10.0.4.2:9": the packet whose first bytes an ICMP error brings back.
std::string packet_in_error(packet::Bytes bytes) {
    const auto inner = packet::decode_ip(bytes);
    const auto ends = addresses(inner);
    if (!ends) {
        return "a packet that cannot be read";
    }
    const auto protocol = protocol_of(inner);
    const bool has_ports = protocol == packet::TCP || protocol == packet::UDP;
    const auto ports = ports_of(inner);
    const auto end = [&](std::size_t i) {
        return ends->at(i) + (has_ports ? ":" + ports.at(i) : "");
    };
    return protocol_name(protocol) + " " + end(0) + " --> " + end(1);
}

std::string icmp_word(const packet::Icmp& icmp) {
    static const std::map<unsigned, std::string> unreachable{
        {0, "network unreachable"}, {1, "host unreachable"},       {2, "protocol unreachable"},
        {3, "port unreachable"},    {4, "too long, must not cut"}, {13, "forbidden"}};
    if (icmp.type == packet::ECHO || icmp.type == packet::ECHO_REPLY) {
        return packet::icmp_name(icmp.type) + " " + std::to_string(icmp.sequence);
    }
    if (icmp.type == packet::UNREACHABLE && unreachable.contains(icmp.code)) {
        return unreachable.at(icmp.code);
    }
    if (icmp.type == packet::TIME_EXCEEDED) {
        return icmp.code == 0 ? "too many hops" : "fragments missing";
    }
    return packet::icmp_name(icmp.type);
}

void describe_icmp(PacketWords& words, const packet::Packet& packet) {
    const auto type = packet.icmp->type;
    const bool is_error = type == packet::UNREACHABLE || type == packet::TIME_EXCEEDED ||
                          type == packet::REDIRECT || type == packet::BAD_PARAMETER;
    words.word = icmp_word(*packet.icmp);
    words.is_answer = is_error || type == packet::ECHO_REPLY;
    if (is_error) {
        words.about = "about " + packet_in_error(packet.data);
    } else {
        words.has_bytes = true;
    }
}

void describe_icmpv6(PacketWords& words, const packet::Packet& packet) {
    const auto& icmp = *packet.icmpv6;
    const bool is_error = icmp.type < packet::ECHO6;
    words.is_answer = is_error || icmp.type == packet::ECHO_REPLY6 ||
                      icmp.type == packet::NEIGHBOUR_ADVERTISEMENT;
    if (icmp.type == packet::NEIGHBOUR_SOLICITATION) {
        words.word = "who has " + packet::to_text(icmp.target_ip) + "?";
    } else if (icmp.type == packet::NEIGHBOUR_ADVERTISEMENT) {
        words.word = "has " + packet::to_text(icmp.target_ip);
    } else {
        words.word = packet::icmpv6_name(icmp.type, icmp.code);
    }
    if (is_error) {
        words.about = "about " + packet_in_error(packet.data);
    } else {
        words.has_bytes = icmp.type == packet::ECHO6 || icmp.type == packet::ECHO_REPLY6;
    }
}

void describe_igmp(PacketWords& words, const packet::Packet& packet) {
    static const std::map<unsigned, std::string> names{{0x11, "who is in a group?"},
                                                       {0x12, "is in the group"},
                                                       {0x16, "is in the group"},
                                                       {0x17, "leaves the group"},
                                                       {0x22, "its groups"}};
    const auto type = packet.data.empty() ? 0 : std::to_integer<unsigned>(packet.data[0]);
    const auto found = names.find(type);
    words.word = found != names.end() ? found->second : "type " + std::to_string(type);
}

void describe_udp(PacketWords& words, const packet::Packet& packet, bool is_answer) {
    const auto& udp = *packet.udp;
    words.is_answer = is_answer;
    words.port = std::to_string(words.is_answer ? udp.destination_port : udp.source_port);
    words.word = words.is_answer ? "from port " + std::to_string(udp.source_port)
                                 : "to port " + std::to_string(udp.destination_port);
    words.has_bytes = words.has_text = true;
}

void describe_arp(PacketWords& words, const packet::Arp& arp) {
    const auto operation = arp.operation;
    const auto mac = packet::to_text(arp.target_mac);
    words.protocol = "ARP";
    words.ends = {packet::to_text(arp.sender_ip), packet::to_text(arp.target_ip)};
    words.is_answer = operation == packet::ARP_REPLY || operation == packet::RARP_REPLY;
    if (operation == packet::ARP_REQUEST) {
        words.word = "who has " + words.ends[1] + "?";
    } else if (operation == packet::ARP_REPLY) {
        words.word = "has " + packet::to_text(arp.sender_mac);
    } else if (operation == packet::RARP_REQUEST || operation == packet::RARP_REPLY) {
        words.protocol = "RARP";
        words.word = words.is_answer ? mac + " has " + words.ends[1] : "which IP has " + mac + "?";
    } else {
        words.word = "operation " + std::to_string(operation);
    }
}

// Offset, in units of 8 bytes, and identification.
std::pair<unsigned, std::uint32_t> place_of(const packet::Packet& packet) {
    if (packet.ipv4) {
        return {packet.ipv4->fragment_offset, packet.ipv4->identification};
    }
    for (const auto& extension : packet.extensions) {
        if (const auto* fragment = std::get_if<packet::Fragment>(&extension)) {
            return {fragment->fragment_offset, fragment->identification};
        }
    }
    return {0, 0};
}

bool describe_fragment(PacketWords& words, const packet::Packet& packet) {
    const bool has_more = packet::has_more_fragments(packet);
    const auto [offset, identification] = place_of(packet);
    if (!has_more && offset == 0) {
        return false;
    }
    words.protocol = "fragment";
    words.word = "from byte " + std::to_string(8 * offset) + (has_more ? "" : ", last");
    words.about =
        "of " + protocol_name(protocol_of(packet)) + ", id " + std::to_string(identification);
    packet::for_each_header(packet, [&words](const auto& header) {
        if (requires { header.checksum; }) {  // of the next layer: only the first fragment has it
            words.bytes += packet::size_of(header);
        }
    });
    words.has_bytes = true;
    return true;
}

void describe_protocol(PacketWords& words, const packet::Packet& packet, bool is_udp_answer) {
    const bool has_ip = packet.ipv4 || packet.ipv6;
    if (has_ip) {
        words.protocol = protocol_name(protocol_of(packet));
    }
    if (packet.udp) {
        describe_udp(words, packet, is_udp_answer);
    } else if (packet.icmp) {
        describe_icmp(words, packet);
    } else if (packet.icmpv6) {
        describe_icmpv6(words, packet);
    } else if (packet.ipv4 && packet.ipv4->protocol == packet::IGMP) {
        describe_igmp(words, packet);
    } else if (packet.arp) {
        describe_arp(words, *packet.arp);
    } else if (!has_ip) {
        words.protocol = "other";
        words.word = packet.ethernet ? "type " + packet::hex(packet.ethernet->ether_type) : "";
        words.has_bytes = true;
    }
}

}  // namespace

PacketWords words_for(const packet::Packet& packet, bool is_udp_answer) {
    PacketWords words;
    words.ends = addresses(packet).value_or(std::array<std::string, 2>{});
    words.bytes = packet.data.size() + packet.missing;
    if (!describe_fragment(words, packet)) {
        describe_protocol(words, packet, is_udp_answer);
    }
    if (!packet.trouble.empty()) {
        words.about += (words.about.empty() ? "" : ", ") + packet.trouble;
    }
    if (words.is_answer) {
        std::swap(words.ends[0], words.ends[1]);
    }
    return words;
}

}  // namespace wire
