// io.hpp - recv and send repeated after a signal, and the loops that finish what one call may
// leave half done.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <span>

#include "common/bytes.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// recv(2), repeated after EINTR: returns the bytes received, 0 at the end of the stream. Throws
// std::system_error.
[[nodiscard]] std::size_t recv(const Fd& fd, std::span<std::byte> into, int flags = 0);

// send(2), repeated after EINTR: returns the bytes taken, perhaps fewer than offered. Throws
// std::system_error; a vanished peer is the error EPIPE, not a signal.
[[nodiscard]] std::size_t send(const Fd& fd, std::span<const std::byte> from, int flags = 0);

// Sends every byte; the notes' writen.
void send_all(const Fd& fd, std::span<const std::byte> bytes);

// Fills into, however the bytes arrive; the notes' readn. Returns fewer bytes only at the end of
// the stream.
[[nodiscard]] std::size_t read_exactly(const Fd& fd, std::span<std::byte> into);

// Writes every byte to any descriptor, such as STDOUT_FILENO; write(2).
void write_all(int fd, std::span<const std::byte> bytes);
inline void write_all(const Fd& fd, std::span<const std::byte> bytes) {
    write_all(fd.get(), bytes);
}

}  // namespace net
