// internet_checksum.cpp - the checksum of IP, ICMP, UDP and TCP, step by step.
//
// Look for
//   [1] the bytes are words of 16 bits, the high byte first; an odd last one stands high,
//       a zero below it that nobody sends;
//   [2] what is carried out of 16 bits is added in again below;
//   [3] the sender sums with 0 in the checksum's place, and sends the complement;
//   [4] so the receiver, who sums everything, gets all ones, and the complement 0.
//
// Usage:   internet_checksum HEX...
// Manual:  ip(7) udp(7)
// Next:    ch02_packets/frame_build
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <system_error>
#include <vector>

#include "common/program.hpp"

namespace {

using Bytes = std::vector<unsigned>;

// "4500 0021", "45000021", "45 00 00 21": two digits a byte, blanks anywhere.
Bytes parse(app::Args args) {
    std::string digits;
    for (const auto& text : args) {
        std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != ' '; });
    }
    Bytes bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned byte = 0;
        const char* const start = digits.data() + i;
        const auto [stop, error] =
            std::from_chars(start, digits.data() + std::min(i + 2, digits.size()), byte, 16);
        if (error != std::errc{} || stop != start + 2) {
            throw app::UsageError{"not two hexadecimal digits a byte: '" +
                                  app::printable(digits.substr(i, 2)) + "'"};
        }
        bytes.push_back(byte);
    }
    if (bytes.empty()) {
        throw app::UsageError{"which bytes?"};
    }
    return bytes;
}

std::string hex(unsigned number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%04x", number);
    return text.data();
}

std::vector<unsigned> words_of(Bytes bytes) {
    if (bytes.size() % 2 != 0) {
        bytes.push_back(0);  // [1]
    }
    std::vector<unsigned> words;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        words.push_back(bytes[i] << 8 | bytes[i + 1]);
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
    const unsigned checksum = ~sum & 0xffff;  // [3]
    app::say(words.size(), " words, their sum ", hex(sum), ", its complement ", hex(checksum));
    app::say(checksum == 0 ? "received so, it is intact"  // [4]
                           : "to be sent in the checksum's place; received so, it is damaged");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"HEX...", 999}, sum_up);
}
