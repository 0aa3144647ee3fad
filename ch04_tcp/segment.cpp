#include "ch04_tcp/segment.hpp"

#include <array>

namespace wire {

namespace {

// Kinds of TCP option.
enum class Kind : std::uint8_t {
    end,
    no_operation,
    mss,
    window_scale,
    sack_permitted,
    sack,
    timestamps = 8
};

std::uint32_t number(packet::Bytes bytes) {
    std::uint32_t value = 0;
    for (const auto byte : bytes) {
        value = value << 8U | std::to_integer<std::uint32_t>(byte);
    }
    return value;
}

// A value of the wrong length means nothing.
void read_option(Options& options, Kind kind, packet::Bytes value) {
    if (kind == Kind::mss && value.size() == 2) {
        options.mss = number(value);
    } else if (kind == Kind::window_scale && value.size() == 1) {
        options.window_scale = number(value);
    } else if (kind == Kind::sack_permitted && value.empty()) {
        options.sack_permitted = true;
    } else if (kind == Kind::timestamps && value.size() == 8) {
        options.timestamps = {number(value.first(4)), number(value.last(4))};
    } else if (kind == Kind::sack && value.size() % 8 == 0) {
        for (; !value.empty(); value = value.subspan(8)) {
            options.sack.emplace_back(number(value.first(4)), number(value.subspan(4, 4)));
        }
    }
}

}  // namespace

// An option is its kind, its length (of all its bytes) and its value; only the first two kinds are a
// single byte.
Options parse_options(packet::Bytes bytes) {
    Options options;
    while (!bytes.empty() && Kind{std::to_integer<std::uint8_t>(bytes[0])} != Kind::end) {
        const auto kind = Kind{std::to_integer<std::uint8_t>(bytes[0])};
        if (kind == Kind::no_operation) {
            bytes = bytes.subspan(1);
            continue;
        }
        const auto length = bytes.size() < 2 ? 0 : std::to_integer<std::size_t>(bytes[1]);
        if (length < 2 || length > bytes.size()) {
            break;
        }
        read_option(options, kind, bytes.first(length).subspan(2));
        bytes = bytes.subspan(length);
    }
    return options;
}

namespace {

// Of the segment on the wire; the capture may have cut it, perhaps within the options.
std::size_t size_of_segment(const packet::Packet& packet) {
    return packet::Tcp::size + packet.tcp->options.size() + packet.data.size() + packet.missing;
}

}  // namespace

bool is_segment(const packet::Packet& packet) {
    const bool is_later_fragment = packet.ipv4 && packet.ipv4->fragment_offset != 0;
    return packet.tcp && !is_later_fragment && !packet::has_more_fragments(packet) &&
           packet.tcp->length() >= packet::Tcp::size &&
           packet.tcp->length() <= size_of_segment(packet);
}

Checksum checksum_of(const packet::Packet& packet) {
    if (packet.missing != 0 || !packet.trouble.empty()) {
        return Checksum::unknown;
    }
    if (packet::checksum(packet::covered(packet)) == 0) {
        return Checksum::right;
    }
    return packet.tcp->checksum == packet::unfinished_checksum(packet) ? Checksum::unfinished
                                                                       : Checksum::wrong;
}

Segment segment_of(const packet::Packet& packet, std::chrono::nanoseconds time, bool is_checked) {
    const auto& tcp = *packet.tcp;
    return {.flags = tcp.flags,
            .seq = tcp.sequence_number,
            .ack = tcp.acknowledgement_number,
            .window = tcp.window,
            .length = size_of_segment(packet) - tcp.length(),
            .options = parse_options(tcp.options),
            .checksum = is_checked ? Checksum::unknown : checksum_of(packet),
            .time = time};
}

std::string flag_names(unsigned flags) {
    constexpr std::array names{std::pair{packet::SYN, "SYN"}, std::pair{packet::FIN, "FIN"},
                               std::pair{packet::RST, "RST"}, std::pair{packet::PSH, "PSH"},
                               std::pair{packet::URG, "URG"}, std::pair{packet::ACK, "ACK"},
                               std::pair{packet::ECE, "ECE"}, std::pair{packet::CWR, "CWR"}};
    std::string text;
    for (const auto& [flag, name] : names) {
        if ((flags & flag) != 0) {
            text += (text.empty() ? "" : " ") + std::string{name};
        }
    }
    return text;
}

std::string offers(const Options& options) {
    std::string text;
    const auto add = [&text](const std::string& offer) {
        text += (text.empty() ? "" : ", ") + offer;
    };
    if (options.mss) {
        add("mss " + std::to_string(*options.mss));
    }
    if (options.sack_permitted) {
        add("SACK");
    }
    if (options.timestamps) {
        add("timestamps");
    }
    if (options.window_scale) {
        add("scale " + std::to_string(*options.window_scale));
    }
    return text;
}

}  // namespace wire
