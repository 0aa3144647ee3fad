#include "ch02_packets/packet.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace packet {

namespace {

// Takes fields from bytes, the highest bit first, and never one from beyond their end.
class Reader {
public:
    explicit Reader(Bytes bytes) : bytes_{bytes} {}

    template <typename Value>
    void operator()(const char* /*name*/, Value& value, FieldFormat format = {}) {
        value = static_cast<Value>(bits(width<Value>(format)));
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
    void operator()(const char* /*name*/, const Value& value, FieldFormat format = {}) {
        bits(value, width<Value>(format));
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

void append(Buffer& bytes, Bytes more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_header(Buffer& bytes, const auto& header) {
    header.fields(header, Writer{bytes});
    if constexpr (requires { header.options; }) {
        append(bytes, header.options);
    }
}

// Takes header after header from the rest of a frame.
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

// TCP and UDP sum this up before their own bytes, although it is not sent there: so a segment
// that arrives at the wrong address has a wrong checksum.
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
    return Decoder{frame}.frame();
}

Packet decode_ipv4(Bytes datagram) {
    return Decoder{datagram}.ipv4();
}

// The complement of the sum of the 16-bit words; a carry is added at the low end, and an odd
// last byte is the high half of a word.
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
        packet.udp->checksum = 0xffff;  // the same number here, and 0 would be "none"
    }
    packet.trailer.clear();
    if (packet.ipv4) {
        auto& ip = *packet.ipv4;
        const auto link = packet.ethernet ? Ethernet::size : 0;
        ip.header_length = static_cast<std::uint8_t>(5 + ip.options.size() / 4);
        ip.total_length = static_cast<std::uint16_t>(encode(packet).size() - link);
        ip.header_checksum = 0;
        ip.header_checksum = checksum(covered(ip));
    }
    if (packet.ethernet) {
        packet.trailer.resize(60 - std::min<std::size_t>(60, encode(packet).size()));
    }
}

}  // namespace packet
