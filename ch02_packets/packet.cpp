#include "ch02_packets/packet.hpp"

#include <stdexcept>
#include <utility>

namespace packet {

namespace {

// Passed to fields(): sets each variable to the next bits of the bytes, and never reads beyond
// their end.
class Reader {
public:
    explicit Reader(Bytes bytes) : bytes_{bytes} {}

    template <typename Value>
    void operator()(const char* /*name*/, Value& value, FieldFormat format = {}) {
        value = static_cast<Value>(next_bits(width<Value>(format)));
    }
    template <std::size_t size>
    void operator()(const char* /*name*/, std::array<std::uint8_t, size>& address) {
        for (auto& byte : address) {
            byte = static_cast<std::uint8_t>(next_bits(8));
        }
    }

private:
    // As a number: network order has the highest bit first.
    std::uint32_t next_bits(unsigned count) {
        std::uint32_t value = 0;
        for (; count > 0; --count, ++position_) {
            if (position_ / 8 >= bytes_.size()) {
                throw std::out_of_range{"a header beyond the end of its bytes"};
            }
            const auto byte = static_cast<unsigned>(bytes_[position_ / 8]);
            value = value << 1U | (byte >> (7 - position_ % 8) & 1U);
        }
        return value;
    }

    Bytes bytes_;
    std::size_t position_ = 0;  // in bits
};

// Passed to fields(): appends the bits of each variable to the bytes.
class Writer {
public:
    explicit Writer(Buffer& bytes) : bytes_{bytes}, position_{8 * bytes.size()} {}

    template <typename Value>
    void operator()(const char* /*name*/, const Value& value, FieldFormat format = {}) {
        append_bits(value, width<Value>(format));
    }
    template <std::size_t size>
    void operator()(const char* /*name*/, const std::array<std::uint8_t, size>& address) {
        for (const auto byte : address) {
            append_bits(byte, 8);
        }
    }

private:
    void append_bits(std::uint32_t value, unsigned count) {
        for (; count > 0; --count, ++position_) {
            if (position_ % 8 == 0) {
                bytes_.push_back({});
            }
            bytes_.back() |= std::byte((value >> (count - 1) & 1U) << (7 - position_ % 8));
        }
    }

    Buffer& bytes_;
    std::size_t position_;  // in bits
};

void append(Buffer& bytes, Bytes more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_header(Buffer& bytes, const auto& header) {
    header.fields(header, Writer{bytes});
    if constexpr (requires { header.options; }) {
        append(bytes, header.options);
    }
}

// Takes one header after another off the front of a frame. rest_ is what is left: in the end,
// the data.
class Decoder {
public:
    explicit Decoder(Bytes frame) : frame_{frame}, rest_{frame} {}

    void read_ethernet() {
        if (!read(packet_.ethernet)) {
            return;
        }
        const auto type = packet_.ethernet->ether_type;
        if (type == IPV4) {
            read_ipv4();
        } else if (type == ARP || type == RARP) {
            read_arp();
        }
    }

    void read_ipv4() {
        if (!read(packet_.ipv4)) {
            return;
        }
        const auto& ip = *packet_.ipv4;
        if (ip.version != 4) {
            report(Ipv4::name, "its version is " + std::to_string(ip.version));
            return;
        }
        if (!shorten_rest(Ipv4::name, ip.total_length, std::size_t{4} * ip.header_length)) {
            return;
        }
        if (ip.fragment_offset != 0) {
            return;  // a later fragment: only the first one has the header of the next layer
        }
        if (ip.protocol == ICMP) {
            read(packet_.icmp);
        } else if (ip.protocol == TCP) {
            read(packet_.tcp);
        } else if (ip.protocol == UDP) {
            read_udp((ip.flags & Ipv4::MF) != 0);
        }
    }

    Packet finish() {
        packet_.data.assign(rest_.begin(), rest_.end());
        const auto trailer = frame_.last(static_cast<std::size_t>(frame_.end() - rest_.end()));
        packet_.trailer.assign(trailer.begin(), trailer.end());
        return std::move(packet_);
    }

private:
    void read_arp() {
        if (!read(packet_.arp)) {
            return;
        }
        if (packet_.arp->hardware_length != 6 || packet_.arp->protocol_length != 4) {
            report(Arp::name, "its addresses are not those of Ethernet and IPv4");
        }
        rest_ = rest_.first(0);  // ARP has no data; what follows is padding
    }

    void read_udp(bool more_fragments) {
        if (read(packet_.udp) && !more_fragments) {
            shorten_rest(Udp::name, packet_.udp->length, Udp::size);
        }
    }

    // Reads a header, with its options. False if it is not all there.
    template <typename Header>
    bool read(std::optional<Header>& into) {
        if (rest_.size() < Header::size) {
            report(Header::name, "only " + std::to_string(rest_.size()) + " of " +
                                     std::to_string(Header::size) + " bytes are there");
            return false;
        }
        auto& header = into.emplace();
        Header::fields(header, Reader{rest_});
        rest_ = rest_.subspan(Header::size);
        if constexpr (requires { header.options; }) {
            return read_options(header);
        }
        return true;
    }

    template <typename Header>
    bool read_options(Header& header) {
        const std::size_t length = header.header_length * 4U;
        if (length < Header::size || length - Header::size > rest_.size()) {
            report(Header::name, "its header cannot have " + std::to_string(length) + " bytes");
            return false;
        }
        const auto options = rest_.first(length - Header::size);
        header.options.assign(options.begin(), options.end());
        rest_ = rest_.subspan(options.size());
        return true;
    }

    // A header states how many bytes it and its data have; what follows them is padding. False
    // if the length is impossible. If bytes are missing (a capture may have cut them off), what
    // is there can still be read.
    bool shorten_rest(std::string_view name, std::size_t length, std::size_t header_size) {
        const auto stated = "its length is " + std::to_string(length);
        if (length < header_size) {
            report(name, stated + ", less than its header");
            return false;
        }
        if (length - header_size > rest_.size()) {
            report(name, stated + ", but only " + std::to_string(header_size + rest_.size()) +
                             " bytes are there");
        } else {
            rest_ = rest_.first(length - header_size);
        }
        return true;
    }

    void report(std::string_view name, const std::string& what_is_wrong) {
        packet_.trouble += packet_.trouble.empty() ? "" : "; ";
        packet_.trouble += std::string{name} + ": " + what_is_wrong;
    }

    Bytes frame_;
    Bytes rest_;
    Packet packet_;
};

// The checksums of TCP and UDP also cover these fields, which are not sent a second time: so the
// checksum is wrong if the segment arrives at a wrong address.
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

}  // namespace

Buffer encode(const Packet& packet) {
    Buffer bytes;
    for_each_header(packet, [&bytes](const auto& header) { append_header(bytes, header); });
    append(bytes, packet.data);
    append(bytes, packet.trailer);
    return bytes;
}

Packet decode(Bytes frame) {
    Decoder decoder{frame};
    decoder.read_ethernet();
    return decoder.finish();
}

Packet decode_ipv4(Bytes datagram) {
    Decoder decoder{datagram};
    decoder.read_ipv4();
    return decoder.finish();
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
    append_header(bytes, header);
    return bytes;
}

Buffer covered(const Packet& packet) {
    Buffer segment;
    for_each_header(packet, [&segment](const auto& header) {
        // ICMP, UDP or TCP; Ipv4 calls its own header_checksum.
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
    if (packet.ipv4) {
        auto& ip = *packet.ipv4;
        const auto link_size = packet.ethernet ? Ethernet::size : 0;
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
