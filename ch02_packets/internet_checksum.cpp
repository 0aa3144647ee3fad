// internet_checksum.cpp - the checksum of IP, ICMP, UDP and TCP, step by step.
//
// Look for
//   [1] the bytes are taken as words of 16 bits, high byte first; if the last byte has no
//       partner, a zero is added after it, which nobody sends;
//   [2] what is carried out of the 16 bits is added again at the low end;
//   [3] the sender sums with 0 in the checksum's place, and sends the complement of the sum;
//   [4] the receiver sums everything, gets all ones, and so the complement 0.
//
// Usage:   internet_checksum HEX...
// Manual:  ip(7) udp(7)
// Next:    ch02_packets/frame_build
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"

namespace {

// "4500 0021", "45000021", "45 00 00 21".
packet::Buffer parse(app::Args args) {
    std::string digits;
    for (const auto& text : args) {
        digits += text + ' ';
    }
    const auto bytes = packet::from_hex(digits);
    if (!bytes || bytes->empty()) {
        throw app::UsageError{"two hexadecimal digits for each byte are wanted, such as 4500 0073"};
    }
    return *bytes;
}

std::vector<unsigned> words_of(packet::Buffer bytes) {
    if (bytes.size() % 2 != 0) {
        bytes.push_back({});  // [1]
    }
    std::vector<unsigned> words;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        const auto high = std::to_integer<unsigned>(bytes[i]);
        const auto low = std::to_integer<unsigned>(bytes[i + 1]);
        words.push_back(high << 8U | low);
    }
    return words;
}

void sum_up(app::Args args) {
    const auto words = words_of(parse(args));
    unsigned sum = 0;
    for (const auto word : words) {
        sum += word;
        sum = (sum & 0xffff) + (sum >> 16);  // [2]
    }
    const auto checksum = static_cast<std::uint16_t>(~sum);  // [3]
    app::say(words.size(), " words, their sum ", packet::hex(static_cast<std::uint16_t>(sum)),
             ", its complement ", packet::hex(checksum));
    if (checksum == 0) {  // [4]
        app::say("if received: intact");
    } else {
        app::say("if received: damaged; if not sent yet: the complement is the checksum");
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"HEX...", 999}, sum_up);
}
