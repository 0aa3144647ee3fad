// printable.hpp - text from outside, made safe for a terminal.
#pragma once

// IWYU pragma: begin_exports
#include <string>
#include <string_view>
// IWYU pragma: end_exports

namespace app {

// Text from outside, so that it cannot command a terminal: with a '?' for each control character (C0,
// DEL, C1; ECMA-48), for each that turns the direction of writing (Unicode UAX 9) or ends a line
// (U+2028, U+2029), and for each byte that is not UTF-8. Letters of any language stay.
[[nodiscard]] std::string printable(std::string_view text);

// The same for a line that may have its end: "\n", or "\r\n" from telnet and Windows, goes.
[[nodiscard]] std::string printable_line(std::string_view line);

}  // namespace app
