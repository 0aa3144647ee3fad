// bytes.hpp - from characters to the bytes that calls send and receive, and back.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <span>
#include <string_view>
// IWYU pragma: end_exports

namespace net {

// The bytes of a text: net::bytes("hello") has five. No copy: the text has to live on.
[[nodiscard]] inline std::span<const std::byte> bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span{text});
}

// The bytes as a text. No copy.
[[nodiscard]] inline std::string_view text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace net
