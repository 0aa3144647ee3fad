// io.hpp - calls repeated after a signal, and the loops that finish what one
// send(2) or recv(2) may leave half done.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <span>

#include "common/bytes.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// One recv(2), again after EINTR: bytes received, 0 at the end of the stream.
// Throws std::system_error.
[[nodiscard]] std::size_t recv(const Fd& fd, std::span<std::byte> into, int flags = 0);

// One send(2), again after EINTR: bytes taken, possibly fewer than offered.
// Throws std::system_error; a vanished peer is EPIPE, no signal.
[[nodiscard]] std::size_t send(const Fd& fd, std::span<const std::byte> from, int flags = 0);

// Sends every byte; the notes' writen.
void send_all(const Fd& fd, std::span<const std::byte> bytes);

// Fills into; the notes' readn. Returns fewer bytes only at the end of the stream.
[[nodiscard]] std::size_t read_exactly(const Fd& fd, std::span<std::byte> into);

// Writes every byte to any descriptor, such as STDOUT_FILENO; write(2).
void write_all(int fd, std::span<const std::byte> bytes);
inline void write_all(const Fd& fd, std::span<const std::byte> bytes) {
    write_all(fd.get(), bytes);
}

}  // namespace net
