#include "common/printable.hpp"

#include <array>
#include <bit>
#include <cstddef>

namespace app {

namespace {

struct Character {
    char32_t code = 0;  // 0: the byte is not UTF-8
    std::size_t length = 1;
};

// The first character of a text; RFC 3629.
Character first_of(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) {
        return {first, 1};
    }
    const int ones = std::countl_one(first);  // at the front: so many bytes has the character
    const auto length = static_cast<std::size_t>(ones);
    if (length < 2 || length > 4 || text.size() < length) {
        return {};
    }
    char32_t code = first & (0x7fU >> ones);
    for (const char more : text.substr(1, length - 1)) {
        const auto byte = static_cast<unsigned char>(more);
        if ((byte & 0xc0U) != 0x80) {
            return {};
        }
        code = code << 6 | (byte & 0x3fU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < least[length] || code > 0x10ffff || is_surrogate) {
        return {};
    }
    return {code, length};
}

bool is_command(char32_t code) {
    const bool is_control = code < ' ' || (code >= 0x7f && code <= 0x9f);
    const bool ends_line = code == 0x2028 || code == 0x2029;
    const bool turns = code == 0x061c || code == 0x200e || code == 0x200f ||
                       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return is_control || ends_line || turns;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const auto character = first_of(text);
        shown += is_command(character.code) ? "?" : text.substr(0, character.length);
        text.remove_prefix(character.length);
    }
    return shown;
}

std::string printable_line(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return printable(line);
}

}  // namespace app
