#include "ch04_tcp/segment_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace packet {

namespace {

std::string column(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

}  // namespace

std::optional<unsigned> tcp_option(const Tcp& tcp, TcpOption wanted) {
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

std::string flag_names(std::uint8_t flags) {
    constexpr std::array names{std::pair{SYN, "SYN "}, std::pair{FIN, "FIN "},
                               std::pair{RST, "RST "}, std::pair{PSH, "PSH "},
                               std::pair{URG, "URG "}, std::pair{ACK, "ACK "}};
    std::string text;
    for (const auto& [flag, name] : names) {
        text += (flags & flag) != 0 ? name : "";
    }
    return text.substr(0, text.empty() ? 0 : text.size() - 1);
}

std::string Connections::text(const Packet& packet) {
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
           column(packet.data.empty() ? "" : std::to_string(packet.data.size()) + " bytes", 12) +
           "win " + std::to_string(window) + (mss ? "  mss " + std::to_string(*mss) : "");
}

}  // namespace packet
