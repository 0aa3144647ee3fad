#include "common/sys_socket.hpp"

#include <cerrno>
#include <utility>

#include "common/check.hpp"

namespace sys {

namespace {

// Keeps errno while the address becomes text.
void check_about(int result, const char* call, const net::Address& about) {
    if (result == -1) {
        const int error = errno;
        const auto words = to_string(about);
        errno = error;
        fail(call, words);
    }
}

}  // namespace

net::Fd socket(int domain, int type, int protocol) {
    return net::Fd{check(::socket(domain, type | SOCK_CLOEXEC, protocol), "socket")};
}

void bind(const net::Fd& fd, const net::Address& local) {
    check_about(::bind(fd.get(), local.raw(), local.length), "bind", local);
}

void listen(const net::Fd& fd, int backlog) {
    check(::listen(fd.get(), backlog), "listen");
}

Accepted accept(const net::Fd& listener) {
    net::Address peer;
    net::Fd fd{check(::accept4(listener.get(), peer.raw(), &peer.length, SOCK_CLOEXEC), "accept")};
    return {std::move(fd), peer};
}

void connect(const net::Fd& fd, const net::Address& peer) {
    check_about(::connect(fd.get(), peer.raw(), peer.length), "connect", peer);
}

net::Address getsockname(const net::Fd& fd) {
    net::Address local;
    check(::getsockname(fd.get(), local.raw(), &local.length), "getsockname");
    return local;
}

net::Address getpeername(const net::Fd& fd) {
    net::Address peer;
    check(::getpeername(fd.get(), peer.raw(), &peer.length), "getpeername");
    return peer;
}

void shutdown(const net::Fd& fd, int how) {
    check(::shutdown(fd.get(), how), "shutdown");
}

std::size_t recv(const net::Fd& fd, std::span<std::byte> into, int flags) {
    return static_cast<std::size_t>(
        check(::recv(fd.get(), into.data(), into.size(), flags), "recv"));
}

std::size_t send(const net::Fd& fd, std::span<const std::byte> from, int flags) {
    return static_cast<std::size_t>(
        check(::send(fd.get(), from.data(), from.size(), flags | MSG_NOSIGNAL), "send"));
}

}  // namespace sys
