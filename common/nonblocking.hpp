// nonblocking.hpp - calls that return "not now" instead of waiting.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <optional>
#include <span>

#include "common/fd.hpp"
#include "common/sys_socket.hpp"
// IWYU pragma: end_exports

namespace net {

// One recv(2) with MSG_DONTWAIT: the bytes received, 0 at the end of the stream; no value if it
// would have to wait (EAGAIN) or was interrupted. Throws std::system_error.
[[nodiscard]] std::optional<std::size_t> try_recv(const Fd& fd, std::span<std::byte> into);

// One send(2) with MSG_DONTWAIT: the bytes taken, or no value, as above.
[[nodiscard]] std::optional<std::size_t> try_send(const Fd& fd, std::span<const std::byte> from);

// One accept4(2) on a listener that is SOCK_NONBLOCK: the client, or no value, as above: a client
// that was there may have left again. Throws std::system_error.
[[nodiscard]] std::optional<sys::Accepted> try_accept(const Fd& listener);

// One connect(2) on a socket that is SOCK_NONBLOCK: returns while the handshake goes on; POLLOUT
// says that it has ended. Throws std::system_error if it fails at once.
void begin_connect(const Fd& fd, const Address& peer);

}  // namespace net
