// deadline.hpp - receiving from a stream until one moment, however often bytes come before it.
#pragma once

// IWYU pragma: begin_exports
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// How many milliseconds a wait may still take; no value means that it is over. In the second after
// the deadline that is 0: on a busy machine a program may come late to what has been there in time. Later
// there is nothing more to take, because a peer that never stops sending must not keep us for ever.
[[nodiscard]] std::optional<int> time_left(std::chrono::steady_clock::time_point deadline);

// Some bytes, 0 at the end of the stream; no value if none has come by then. Throws std::system_error.
[[nodiscard]] std::optional<std::size_t> recv_until(const Fd& fd, std::span<std::byte> into,
                                                    std::chrono::steady_clock::time_point deadline);

// Receives until the peer has ended its stream, and throws the bytes away. To be called after
// shutdown(fd, SHUT_WR) and before close(2): if bytes are unread, or come later, close is a reset, and
// the peer may never read our last words (RFC 9112, 9.6). Throws std::runtime_error if the peer has
// not ended after five seconds or 100 megabytes.
void discard_rest(const Fd& fd);

}  // namespace net
