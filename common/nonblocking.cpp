#include "common/nonblocking.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "common/check.hpp"

namespace net {

namespace {

bool not_now() {
    return errno == EAGAIN || errno == EINTR;
}

std::optional<std::size_t> unless_blocked(ssize_t count, const char* call) {
    if (count == -1 && not_now()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(sys::check(count, call));
}

}  // namespace

std::optional<std::size_t> try_recv(const Fd& fd, std::span<std::byte> into) {
    return unless_blocked(::recv(fd.get(), into.data(), into.size(), MSG_DONTWAIT), "recv");
}

std::optional<std::size_t> try_send(const Fd& fd, std::span<const std::byte> from) {
    return unless_blocked(::send(fd.get(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
                          "send");
}

std::optional<sys::Accepted> try_accept(const Fd& listener) {
    Address peer;
    const int raw = ::accept4(listener.get(), peer.raw(), &peer.length, SOCK_CLOEXEC);
    if (raw == -1 && not_now()) {
        return std::nullopt;
    }
    return sys::Accepted{Fd{sys::check(raw, "accept")}, peer};
}

void begin_connect(const Fd& fd, const Address& peer) {
    if (::connect(fd.get(), peer.raw(), peer.length) == -1 && errno != EINPROGRESS) {
        sys::fail("connect", to_string(peer));
    }
}

}  // namespace net
