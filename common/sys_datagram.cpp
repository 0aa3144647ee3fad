#include "common/sys_datagram.hpp"

#include <cerrno>

#include "common/check.hpp"

namespace sys {

std::size_t sendto(const net::Fd& fd, std::span<const std::byte> datagram, int flags,
                   const net::Address& to) {
    const ssize_t count = ::sendto(fd.get(), datagram.data(), datagram.size(), flags | MSG_NOSIGNAL,
                                   to.raw(), to.length);
    if (count == -1) {
        const int error = errno;
        const auto words = to_string(to);
        errno = error;
        fail("sendto", words);
    }
    return static_cast<std::size_t>(count);
}

Received recvfrom(const net::Fd& fd, std::span<std::byte> into, int flags) {
    net::Address sender;
    const auto size =
        check(::recvfrom(fd.get(), into.data(), into.size(), flags, sender.raw(), &sender.length),
              "recvfrom");
    return {static_cast<std::size_t>(size), sender};
}

std::size_t recvmsg(const net::Fd& fd, msghdr& message, int flags) {
    return static_cast<std::size_t>(check(::recvmsg(fd.get(), &message, flags), "recvmsg"));
}

}  // namespace sys
