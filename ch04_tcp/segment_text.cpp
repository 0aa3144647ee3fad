#include "ch04_tcp/segment_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace wire {

namespace {

// Kinds of TCP option; RFC 9293 3.1, RFC 7323 2.2.
constexpr std::byte end_of_options{0};
constexpr std::byte no_operation{1};
constexpr std::byte maximum_segment_size{2};
constexpr std::byte window_scale{3};

// The value of an option, if the segment has it. An option is its kind, its length (of all its
// bytes) and its value; only the first two kinds are a single byte.
std::optional<unsigned> option(const packet::Tcp& tcp, std::byte wanted) {
    packet::Bytes rest{tcp.options};
    while (rest.size() >= 2 && rest[0] != end_of_options) {
        if (rest[0] == no_operation) {
            rest = rest.subspan(1);
            continue;
        }
        const auto length = std::to_integer<std::size_t>(rest[1]);
        if (length < 2 || length > rest.size()) {
            break;
        }
        if (rest[0] == wanted) {
            unsigned value = 0;
            for (const auto byte : rest.first(length).subspan(2)) {
                value = value << 8U | std::to_integer<unsigned>(byte);
            }
            return value;
        }
        rest = rest.subspan(length);
    }
    return std::nullopt;
}

// "SYN ACK"
std::string flag_names(unsigned flags) {
    constexpr std::array names{std::pair{packet::SYN, "SYN"}, std::pair{packet::FIN, "FIN"},
                               std::pair{packet::RST, "RST"}, std::pair{packet::PSH, "PSH"},
                               std::pair{packet::URG, "URG"}, std::pair{packet::ACK, "ACK"}};
    std::string text;
    for (const auto& [flag, name] : names) {
        if ((flags & flag) != 0) {
            text += (text.empty() ? "" : " ") + std::string{name};
        }
    }
    return text;
}

// The text and spaces up to the next column, at least one.
std::string column(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

}  // namespace

std::string Connections::text(const packet::Packet& segment) {
    const auto& ip = *segment.ipv4;
    const auto& tcp = *segment.tcp;
    const bool is_syn = (tcp.flags & packet::SYN) != 0;
    const bool has_ack = (tcp.flags & packet::ACK) != 0;
    auto& sender =
        starts_[{ip.source_ip, tcp.source_port, ip.destination_ip, tcp.destination_port}];
    const auto& receiver =
        starts_[{ip.destination_ip, tcp.destination_port, ip.source_ip, tcp.source_port}];
    if (is_syn) {
        sender = {tcp.sequence_number, option(tcp, window_scale)};
    }

    // Only after the SYNs, and only if both had the option, the window counts in larger units.
    unsigned window = tcp.window;
    if (!is_syn && sender.window_scale && receiver.window_scale) {
        window <<= std::min(*sender.window_scale, 14U);  // RFC 7323: 14 at most
    }

    const auto seq = tcp.sequence_number - sender.sequence_number;
    const auto ack = tcp.acknowledgement_number - receiver.sequence_number;
    const auto size = segment.data.size();
    std::string line = column(flag_names(tcp.flags), 9) + column("seq " + std::to_string(seq), 11) +
                       column(has_ack ? "ack " + std::to_string(ack) : "", 11) +
                       column(size != 0 ? std::to_string(size) + " bytes" : "", 12) + "win " +
                       std::to_string(window);
    if (const auto mss = option(tcp, maximum_segment_size)) {
        line += "  mss " + std::to_string(*mss);
    }
    return line;
}

}  // namespace wire
