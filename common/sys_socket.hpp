// sys_socket.hpp - the socket calls under their own names; failure throws.
//
// Each makes exactly one call, takes its arguments in the order of its manual page, and on
// failure throws std::system_error that names the call. Nothing is retried: a short send and
// EINTR reach the caller. Two flags are always added: close-on-exec (accept is accept4) and
// MSG_NOSIGNAL.
#pragma once

// IWYU pragma: begin_exports
#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <string>

#include "common/address.hpp"
#include "common/bytes.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

#include "common/check.hpp"

namespace sys {

struct Accepted {
    net::Fd fd;
    net::Address peer;
};

[[nodiscard]] net::Fd socket(int domain, int type, int protocol = 0);
void bind(const net::Fd& fd, const net::Address& local);
void listen(const net::Fd& fd, int backlog = SOMAXCONN);
[[nodiscard]] Accepted accept(const net::Fd& listener);
void connect(const net::Fd& fd, const net::Address& peer);
[[nodiscard]] net::Address getsockname(const net::Fd& fd);
[[nodiscard]] net::Address getpeername(const net::Fd& fd);
void shutdown(const net::Fd& fd, int how);

// Bytes received; 0 at the end of the stream.
[[nodiscard]] std::size_t recv(const net::Fd& fd, std::span<std::byte> into, int flags = 0);

// Bytes taken, perhaps fewer than offered; a vanished peer is EPIPE.
[[nodiscard]] std::size_t send(const net::Fd& fd, std::span<const std::byte> from, int flags = 0);

// The option's value, of the type that its manual page names (int for most).
template <typename T>
[[nodiscard]] T getsockopt(const net::Fd& fd, int level, int name) {
    T value{};
    socklen_t length = sizeof value;
    check(::getsockopt(fd.get(), level, name, &value, &length), "getsockopt");
    return value;
}

// The error mentions about, if given.
template <typename T>
void setsockopt(const net::Fd& fd, int level, int name, const T& value,
                const std::string& about = {}) {
    if (::setsockopt(fd.get(), level, name, &value, sizeof value) == -1) {
        fail("setsockopt", about);
    }
}

}  // namespace sys
