// sys_file.hpp - read(2), write(2) and sleep(3) under their own names.
//
// They also take a plain number, because no net::Fd owns standard input and output
// (STDIN_FILENO, STDOUT_FILENO). As everywhere in sys: one call each, nothing retried,
// failure throws std::system_error.
#pragma once

// IWYU pragma: begin_exports
#include <unistd.h>

#include <cstddef>
#include <span>

#include "common/bytes.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace sys {

// Bytes read; 0 at the end of the file.
[[nodiscard]] std::size_t read(int fd, std::span<std::byte> into);
[[nodiscard]] inline std::size_t read(const net::Fd& fd, std::span<std::byte> into) {
    return read(fd.get(), into);
}

// Bytes taken, possibly fewer than offered.
[[nodiscard]] std::size_t write(int fd, std::span<const std::byte> from);
[[nodiscard]] inline std::size_t write(const net::Fd& fd, std::span<const std::byte> from) {
    return write(fd.get(), from);
}

// A signal may end it early; cannot fail.
void sleep(unsigned seconds) noexcept;

}  // namespace sys
