// segment_text.hpp - a TCP segment as a line, its numbers counted from the start of its connection.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "common/packet.hpp"  // IWYU pragma: export

namespace packet {

enum TcpOption : std::uint8_t { END = 0, NO_OPERATION = 1, MSS = 2, WINDOW_SCALE = 3 };

// The value (host order) of an option that has one; RFC 9293 3.1, RFC 7323 2.2.
inline std::optional<unsigned> tcp_option(const Tcp& tcp, TcpOption wanted) {
    const auto& bytes = tcp.options;
    for (std::size_t at = 0; at + 1 < bytes.size() && bytes[at] != std::byte{END};) {
        if (bytes[at] == std::byte{NO_OPERATION}) {
            ++at;
            continue;
        }
        const auto length = static_cast<std::size_t>(bytes[at + 1]);
        if (length < 2 || at + length > bytes.size()) {
            break;
        }
        if (bytes[at] == std::byte{wanted}) {
            unsigned value = 0;
            for (std::size_t i = 2; i < length; ++i) {
                value = value << 8U | static_cast<unsigned>(bytes[at + i]);
            }
            return value;
        }
        at += length;
    }
    return std::nullopt;
}

// "SYN ACK"
inline std::string flag_names(std::uint8_t flags) {
    constexpr std::array names{std::pair{SYN, "SYN "}, std::pair{FIN, "FIN "},
                               std::pair{RST, "RST "}, std::pair{PSH, "PSH "},
                               std::pair{URG, "URG "}, std::pair{ACK, "ACK "}};
    std::string text;
    for (const auto& [flag, name] : names) {
        text += (flags & flag) != 0 ? name : "";
    }
    return text.substr(0, text.empty() ? 0 : text.size() - 1);
}

// Remembers where each side began to count, which only its SYN tells.
class Connections {
public:
    // "SYN ACK  seq 0      ack 1                  win 65160  mss 1460"; win in bytes.
    std::string text(const Packet& packet) {
        const auto& ip = *packet.ipv4;
        const auto& tcp = *packet.tcp;
        const Key sender{ip.source_ip, tcp.source_port, ip.destination_ip, tcp.destination_port};
        const Key peer{ip.destination_ip, tcp.destination_port, ip.source_ip, tcp.source_port};
        const bool is_syn = (tcp.flags & SYN) != 0;
        if (is_syn) {
            starts_[sender] = {tcp.sequence_number, tcp_option(tcp, WINDOW_SCALE)};
        }
        const auto seq = tcp.sequence_number - starts_[sender].first;
        const auto ack = tcp.acknowledgement_number - starts_[peer].first;
        const bool scaled = !is_syn && starts_[sender].scale && starts_[peer].scale;
        const auto window = unsigned{tcp.window} << (scaled ? *starts_[sender].scale : 0);
        const auto mss = tcp_option(tcp, MSS);
        return column(flag_names(tcp.flags), 9) + column("seq " + std::to_string(seq), 11) +
               column((tcp.flags & ACK) != 0 ? "ack " + std::to_string(ack) : "", 11) +
               column(packet.data.empty() ? "" : std::to_string(packet.data.size()) + " bytes",
                      12) +
               "win " + std::to_string(window) + (mss ? "  mss " + std::to_string(*mss) : "");
    }

private:
    using Key = std::tuple<Ip, std::uint16_t, Ip, std::uint16_t>;
    struct Start {
        std::uint32_t first = 0;  // the number of the SYN
        std::optional<unsigned> scale{};
    };

    static std::string column(std::string text, std::size_t width) {
        text.resize(std::max(text.size() + 1, width), ' ');
        return text;
    }

    std::map<Key, Start> starts_;
};

}  // namespace packet
