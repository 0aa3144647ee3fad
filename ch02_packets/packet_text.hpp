// packet_text.hpp - headers as people read and write them: "source_port=9190".
//
// What line() prints, set() understands: you can give the words of frame_parse to frame_build.
#pragma once

// IWYU pragma: begin_exports
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace packet {

// "0a0001"; and back, with or without spaces: no value for text that is not pairs of digits.
[[nodiscard]] std::string hex(Bytes bytes);
[[nodiscard]] std::optional<Buffer> from_hex(std::string_view text);

// "02:00:00:00:00:01", "192.0.2.1"; and back, no value for anything else.
[[nodiscard]] std::string to_text(const Mac& mac);
[[nodiscard]] std::string to_text(const Ip& ip);
[[nodiscard]] std::optional<Mac> mac_from(std::string_view text);
[[nodiscard]] std::optional<Ip> ip_from(const std::string& text);

// "echo request"
[[nodiscard]] std::string icmp_name(std::uint8_t type);

// The text before the first separator; removes both from text.
std::string_view cut(std::string_view& text, char separator);

// The data, with a dot for each byte that is not printable ASCII.
[[nodiscard]] std::string printable(Bytes data);

struct Field {
    std::string name;
    std::string value;
    std::size_t bits;
};

// A header in words. Its options, where it has any, are the last field.
struct HeaderText {
    std::string layer;  // "transport"
    std::string name;   // "udp"
    std::vector<Field> fields;
};

// The headers of a packet, the outermost first.
[[nodiscard]] std::vector<HeaderText> headers(const Packet& packet);

// "udp source_port=40000 destination_port=9190 length=13 checksum=0x1c2d"
[[nodiscard]] std::string line(const HeaderText& header);

// A frame in lines: one for each header, with its layer in front and a remark after it; then
// data, padding, and what is wrong.
[[nodiscard]] std::vector<std::string> describe(const Packet& packet);

// Takes "destination_port=9190" or "data=hello", for a header that the packet has. Throws
// std::invalid_argument.
void set(Packet& packet, std::string_view assignment);

}  // namespace packet
