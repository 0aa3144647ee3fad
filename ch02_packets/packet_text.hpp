// packet_text.hpp - packets as people read and write them: "source_port=9190".
//
// set() understands what line() prints: you can give the words of frame_parse to frame_build.
#pragma once

// IWYU pragma: begin_exports
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace packet {

// "0a0001". And back: spaces, tabs and CR do not count; no value if a digit has no partner, or is
// not a digit.
[[nodiscard]] std::string hex(Bytes bytes);
[[nodiscard]] std::optional<Buffer> from_hex(std::string_view text);

// "0x0800"
[[nodiscard]] std::string hex(std::uint16_t number);

// "02:00:00:00:00:01", "192.0.2.1" and "2001:db8::1" (RFC 5952). And back: any other text is an
// app::UsageError.
[[nodiscard]] std::string to_text(const Mac& mac);
[[nodiscard]] std::string to_text(const Ip& ip);
[[nodiscard]] std::string to_text(const Ip6& ip);
[[nodiscard]] Mac mac_from(const std::string& text);
[[nodiscard]] Ip ip_from(const std::string& text);

// "echo request"; "type 5" for a type that is not known here.
[[nodiscard]] std::string icmp_name(std::uint8_t type);
// "neighbour solicitation"; with its code: "destination unreachable: port unreachable".
[[nodiscard]] std::string icmpv6_name(std::uint8_t type, std::uint8_t code);

// Takes the word before the first separator off the front of text, and the separator too.
std::string_view cut(std::string_view& text, char separator);

// The data as text, with a dot for each byte that is not printable ASCII.
[[nodiscard]] std::string printable(Bytes data);

struct Field {
    std::string text;  // "source_port=9190"
    std::size_t bits;
};

// A header in words. If it has options, they are the last field.
struct HeaderText {
    std::string_view layer;  // "transport"
    std::string_view name;   // "udp"
    std::size_t bits = 0;
    std::vector<Field> fields{};
};

// The headers of a packet, the outermost first.
[[nodiscard]] std::vector<HeaderText> headers(const Packet& packet);

// "udp source_port=40000 destination_port=9190 length=13 checksum=0x1c2d"
[[nodiscard]] std::string line(const HeaderText& header);

// A packet in lines: one for each header, with its layer in front and a remark at the end; then
// lines for the data, the padding, and what is wrong, if there is any.
[[nodiscard]] std::vector<std::string> describe(const Packet& packet);

// Sets a field, or the data: "destination_port=9190", "data=hello". It is an
// app::UsageError if no header of the packet has that field, or it cannot have that value.
void set(Packet& packet, std::string_view assignment);
void set_all(Packet& packet, std::span<const std::string> assignments);

}  // namespace packet
