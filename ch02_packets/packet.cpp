#include "ch02_packets/packet.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace packet {

namespace {

// Passed to fields(): sets each variable to the next bits of the bytes, and to 0 after their end.
class Reader {
public:
    explicit Reader(Bytes bytes) : bytes_{bytes} {}

    // Network order has the highest bit first.
    template <typename Number>
    void operator()(const char* /*name*/, Number& number, FieldFormat format = {}) {
        std::uint32_t value = 0;
        for (auto count = width(number, format); count > 0; --count, ++position_) {
            const auto at = position_ / 8;
            const auto byte = at < bytes_.size() ? static_cast<unsigned>(bytes_[at]) : 0;
            value = value << 1U | (byte >> (7 - position_ % 8) & 1U);
        }
        number = static_cast<Number>(value);
    }
    template <std::size_t size>
    void operator()(const char* name, std::array<std::uint8_t, size>& address) {
        for (auto& byte : address) {
            (*this)(name, byte);
        }
    }
    // Another field says how long they are: Decoder reads them afterwards.
    void operator()(const char* /*name*/, Buffer& /*options*/) {}

private:
    Bytes bytes_;
    std::size_t position_ = 0;  // in bits
};

void append(Buffer& bytes, Bytes more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

// Passed to fields(): appends the bits of each variable to the bytes.
class Writer {
public:
    explicit Writer(Buffer& bytes) : bytes_{bytes} {}

    template <typename Number>
    void operator()(const char* /*name*/, const Number& number, FieldFormat format = {}) {
        for (auto count = width(number, format); count > 0; --count, ++position_) {
            if (position_ % 8 == 0) {
                bytes_.push_back({});
            }
            bytes_.back() |= std::byte((number >> (count - 1) & 1U) << (7 - position_ % 8));
        }
    }
    template <std::size_t size>
    void operator()(const char* /*name*/, const std::array<std::uint8_t, size>& address) {
        append(bytes_, std::as_bytes(std::span{address}));
    }
    void operator()(const char* /*name*/, const Buffer& options) { append(bytes_, options); }

private:
    Buffer& bytes_;
    std::size_t position_ = 0;  // in bits, among the fields that are numbers
};

const Fragment* fragment_of(const Packet& packet) {
    for (const auto& extension : packet.extensions) {
        if (const auto* fragment = std::get_if<Fragment>(&extension)) {
            return fragment;
        }
    }
    return nullptr;
}

// Takes one header after another off the front of a frame. rest_ is what is left: in the end,
// the data. What makes it impossible to go on is thrown as a std::runtime_error.
class Decoder {
public:
    Decoder(Bytes frame, std::size_t size)
        : frame_{frame}, rest_{frame}, size_of_rest_{std::max(size, frame.size())} {}

    Packet decode(void (Decoder::*read_headers)()) {
        try {
            (this->*read_headers)();
        } catch (const std::runtime_error& error) {
            report(error.what());
        }
        packet_.missing = size_of_rest_ - rest_.size();
        packet_.data.assign(rest_.begin(), rest_.end());
        packet_.trailer.assign(rest_.end(), frame_.end());
        return std::move(packet_);
    }

    void read_ethernet() {
        read(packet_.ethernet);
        auto type = packet_.ethernet->ether_type;
        while (std::ranges::find(Tag::types, type) != Tag::types.end()) {
            std::optional<Tag> tag;
            read(tag);
            type = packet_.tags.emplace_back(*tag).inner_type;
        }
        if (type <= 1500) {  // IEEE 802.3: a length; another protocol (LLC) follows
            shorten_rest("ethernet", type, 0);
        } else if (type == IPV4) {
            read_ipv4();
        } else if (type == IPV6) {
            read_ipv6();
        } else if (type == ARP || type == RARP) {
            read_arp();
        }
    }

    void read_ip() {
        if (rest_.empty()) {
            throw std::runtime_error{"ip: only 0 of at least 20 bytes are there"};
        }
        if (version(4) == 6) {
            read_ipv6();
        } else {
            read_ipv4();
        }
    }

private:
    void read_ipv4() {
        if (version(4) != 4) {
            throw std::runtime_error{"ipv4: its version is " + std::to_string(version(4))};
        }
        read(packet_.ipv4);
        const auto& ip = *packet_.ipv4;
        // 0: the network card will cut this packet (TSO) and fill in the lengths of the pieces.
        if (ip.total_length != 0) {
            shorten_rest("ipv4", ip.total_length, ip.length());
        }
        if (ip.fragment_offset != 0) {
            return;  // a later fragment: only the first one has the header of the next layer
        }
        if (ip.protocol == ICMP) {
            read(packet_.icmp);
        } else {
            read_transport(ip.protocol);
        }
    }

    void read_ipv6() {
        if (version(6) != 6) {
            throw std::runtime_error{"ipv6: its version is " + std::to_string(version(6))};
        }
        read(packet_.ipv6);
        shorten_rest("ipv6", packet_.ipv6->payload_length, 0);
        while (read_extension(next_header(packet_))) {
        }
        const auto* fragment = fragment_of(packet_);
        if (fragment != nullptr && fragment->fragment_offset != 0) {
            return;
        }
        if (next_header(packet_) == ICMPV6) {
            read_icmpv6();
        } else {
            read_transport(next_header(packet_));
        }
    }

    // Returns whether another one may follow.
    bool read_extension(std::uint8_t number) {
        if (number == Fragment::number) {
            const auto fragment = fields_of(Fragment{});
            packet_.extensions.emplace_back(fragment);
            return fragment.fragment_offset == 0;
        }
        for (const auto& [known, name] : Extension::names) {
            if (number == known) {
                auto& extension =
                    packet_.extensions.emplace_back(fields_of(Extension{.name = name}));
                read_options(std::get<Extension>(extension));
                return true;
            }
        }
        return false;
    }

    void read_icmpv6() {
        read(packet_.icmpv6);
        while (packet_.icmpv6->is_neighbour_discovery() && size_of_rest_ != 0) {
            read_options(packet_.neighbour_options.emplace_back(fields_of(NeighbourOption{})));
        }
    }

    void read_transport(std::uint8_t protocol) {
        if (protocol == TCP) {
            read(packet_.tcp);
        } else if (protocol == UDP) {
            read(packet_.udp);
            if (!has_more_fragments(packet_)) {
                const auto there = rest_.size();
                shorten_rest("udp", packet_.udp->length, Udp::size);
                const bool is_end_known = !packet_.ipv4 || packet_.ipv4->total_length != 0;
                packet_.surplus = is_end_known ? there - rest_.size() : 0;
            }
        }
    }

    void read_arp() {
        read(packet_.arp);
        shorten_rest("arp", 0, 0);  // it has no data; what follows is padding
        const auto& arp = *packet_.arp;
        const bool has_macs = arp.hardware_type == 1 || arp.hardware_type == 6;  // IEEE 802
        if (!has_macs || arp.hardware_length != 6 || arp.protocol_type != IPV4 ||
            arp.protocol_length != 4) {
            throw std::runtime_error{"arp: its addresses are not those of Ethernet and IPv4"};
        }
    }

    // The version of IP that comes next; what you expect if nothing does.
    [[nodiscard]] int version(int expected) const {
        return rest_.empty() ? expected : std::to_integer<int>(rest_[0] >> 4);
    }

    // Reads a header, with its options.
    template <typename Header>
    void read(std::optional<Header>& into) {
        into = fields_of(Header{});
        if constexpr (requires { into->options; }) {
            read_options(*into);
        }
    }

    template <typename Header>
    Header fields_of(Header header) {
        header.fields(header, Reader{rest_});
        const auto size = size_of(header);
        require(header, rest_.size(), size);
        (void)take(size);
        return header;
    }

    void read_options(auto& header) {
        const auto size = size_of(header);
        const auto length = header.length();
        if (length < size || length - size > size_of_rest_) {
            throw std::runtime_error{std::string{header.name} + ": its header cannot have " +
                                     std::to_string(length) + " bytes"};
        }
        const auto options = take(std::min(length - size, rest_.size()));
        header.options.assign(options.begin(), options.end());
        require(header, size + options.size(), length);
    }

    static void require(const auto& header, std::size_t there, std::size_t size) {
        if (there < size) {
            throw std::runtime_error{std::string{header.name} + ": only " + std::to_string(there) +
                                     " of " + std::to_string(size) + " bytes are there"};
        }
    }

    Bytes take(std::size_t size) {
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        size_of_rest_ -= size;
        return taken;
    }

    // A header states how many bytes it and its data have; what follows them is padding. If bytes
    // are missing, what is there can still be read.
    void shorten_rest(const std::string& name, std::size_t length, std::size_t header_size) {
        const auto stated = name + ": its length is " + std::to_string(length);
        const auto there = header_size + size_of_rest_;
        if (length < header_size) {
            throw std::runtime_error{stated + ", less than its header"};
        }
        if (length > there) {
            report(stated + ", but only " + std::to_string(there) + " bytes are there");
        } else {
            size_of_rest_ = length - header_size;
            rest_ = rest_.first(std::min(rest_.size(), size_of_rest_));
        }
    }

    void report(const std::string& trouble) {
        packet_.trouble += packet_.trouble.empty() ? trouble : "; " + trouble;
    }

    Bytes frame_;
    Bytes rest_;
    std::size_t size_of_rest_;  // on the wire: more than rest_ has, if the capture has cut it
    Packet packet_;
};

// The destination, or the last address of a source route that is not used up (RFC 791, 3.1).
Ip last_destination(const Ipv4& ip) {
    auto last = ip.destination_ip;
    const auto at = [&ip](std::size_t i) { return std::to_integer<std::size_t>(ip.options[i]); };
    for (std::size_t i = 0, length = 0; i + 2 < ip.options.size() && at(i) != 0; i += length) {
        length = at(i) == 1 ? 1 : std::max<std::size_t>(at(i + 1), 2);
        const bool is_route = (at(i) == 131 || at(i) == 137) && length >= 7;  // loose or strict
        if (is_route && at(i + 2) < length && i + length <= ip.options.size()) {
            std::memcpy(last.data(), &ip.options[i + length - last.size()], last.size());
        }
    }
    return last;
}

// A routing header has its type, how many hosts are left to visit, four more bytes, the addresses. Type 4
// has the last one first (RFC 8754). Type 3 leaves out its first bytes, which are those of the destination,
// and has padding after it (RFC 6554). Types 0 and 2 are plain; of others no address is taken.
void go_to_the_end(const Buffer& route, Ip6& destination) {
    const auto at = [&route](std::size_t i) { return std::to_integer<unsigned>(route[i]); };
    if (route.size() < 6 || at(1) == 0 || at(0) == 1 || at(0) > 4) {
        return;
    }
    const auto left_out = at(0) == 3 ? at(2) & 15U : 0;
    const auto padding = at(0) == 3 ? at(3) >> 4U : 0;
    const auto size = destination.size() - left_out;
    if (route.size() >= 6 + size + padding) {
        const auto begin = at(0) == 4 ? 6 : route.size() - padding - size;
        std::memcpy(&destination[left_out], &route[begin], size);
    }
}

Ip6 last_destination(const Packet& packet) {
    auto last = packet.ipv6->destination_ip;
    for (const auto& any : packet.extensions) {
        const auto* extension = std::get_if<Extension>(&any);
        if (extension != nullptr && extension->name == "routing") {
            go_to_the_end(extension->options, last);
        }
    }
    return last;
}

// The pseudo-header, which checksums cover. It is not sent: so the checksum is wrong if the segment arrives at a
// wrong address.
Buffer pseudo_header(const Packet& packet, std::size_t length) {
    Buffer bytes;
    Writer field{bytes};
    if (packet.ipv6) {
        field("source_ip", packet.ipv6->source_ip);
        field("destination_ip", last_destination(packet));
        field("length", static_cast<std::uint32_t>(length));
        field("next_header", std::uint32_t{next_header(packet)});
    } else if (packet.ipv4 && !packet.icmp) {
        field("source_ip", packet.ipv4->source_ip);
        field("destination_ip", last_destination(*packet.ipv4));
        // In RFC 9293 both have 16 bits. The sum is the same, and a longer segment, for a card that cuts it, fits.
        field("protocol", std::uint32_t{packet.ipv4->protocol});
        field("length", static_cast<std::uint32_t>(length));
    }
    return bytes;
}

// The header of ICMP, ICMPv6, UDP or TCP and what follows it. (Ipv4 calls its checksum header_checksum.)
Buffer segment_in(const Packet& packet) {
    Buffer segment;
    for_each_header(packet, [&segment](const auto& header) {
        if (requires { header.checksum; } || !segment.empty()) {
            header.fields(header, Writer{segment});
        }
    });
    append(segment, packet.data);
    return segment;
}

}  // namespace

std::uint8_t next_header(const Packet& packet) {
    if (packet.extensions.empty()) {
        return packet.ipv6->next_header;
    }
    const auto next = [](const auto& extension) { return extension.next_header; };
    return std::visit(next, packet.extensions.back());
}

bool has_more_fragments(const Packet& packet) {
    const auto* fragment = fragment_of(packet);
    return (packet.ipv4 && (packet.ipv4->flags & Ipv4::MF) != 0) ||
           (fragment != nullptr && (fragment->flags & Fragment::MF) != 0);
}

Buffer encode(const Packet& packet) {
    Buffer bytes;
    for_each_header(packet, [&bytes](const auto& header) { header.fields(header, Writer{bytes}); });
    append(bytes, packet.data);
    append(bytes, packet.trailer);
    return bytes;
}

Packet decode(Bytes frame, std::size_t size) {
    return Decoder{frame, size}.decode(&Decoder::read_ethernet);
}

Packet decode_ip(Bytes datagram, std::size_t size) {
    return Decoder{datagram, size}.decode(&Decoder::read_ip);
}

// The complement of the sum of the 16-bit words. A carry is added again at the low end; a last
// byte without a partner is the high byte of its word.
std::uint16_t checksum(Bytes bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8U : 0U);
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum);
}

Buffer covered(const Ipv4& header) {
    Buffer bytes;
    Ipv4::fields(header, Writer{bytes});
    return bytes;
}

Buffer covered(const Packet& packet) {
    const auto segment = segment_in(packet);
    auto bytes = pseudo_header(packet, segment.size());
    append(bytes, segment);
    return bytes;
}

std::uint16_t unfinished_checksum(const Packet& packet) {
    return static_cast<std::uint16_t>(~checksum(pseudo_header(packet, segment_in(packet).size())));
}

// From the inside out, because a checksum covers the lengths of its header, and IP's length
// counts the headers inside.
void complete(Packet& packet) {
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
        packet.udp->checksum = 0xffff;  // sums up to the same, and 0 would mean "no checksum"
    }
    packet.trailer.clear();
    const auto link_size = (packet.ethernet ? Ethernet::size : 0) + packet.tags.size() * Tag::size;
    if (packet.ipv6) {
        packet.ipv6->payload_length =
            static_cast<std::uint16_t>(encode(packet).size() - link_size - Ipv6::size);
    }
    if (packet.ipv4) {
        auto& ip = *packet.ipv4;
        ip.header_length = static_cast<std::uint8_t>(5 + ip.options.size() / 4);
        ip.total_length = static_cast<std::uint16_t>(encode(packet).size() - link_size);
        ip.header_checksum = 0;
        ip.header_checksum = checksum(covered(ip));
    }
    if (const auto size = encode(packet).size(); packet.ethernet && size < 60) {
        packet.trailer.resize(60 - size);
    }
}

}  // namespace packet
