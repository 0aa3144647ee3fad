#include "common/udp.hpp"

#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/check.hpp"
#include "common/deadline.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"

namespace net {

Fd udp_bind(const Address& local) {
    auto fd = sys::socket(local.family(), SOCK_DGRAM);
    sys::bind(fd, local);
    return fd;
}

Address without_zeros(const Address& server) {
    constexpr std::array both{std::pair{"0.0.0.0", "127.0.0.1"}, std::pair{"0::", "0::1"},
                              std::pair{"0::ffff:0.0.0.0", "0::ffff:127.0.0.1"}};
    for (const auto& [zeros, loopback] : both) {
        if (server == parse(zeros, server.port())) {
            return parse(loopback, server.port());
        }
    }
    sockaddr_in6 six{};
    std::memcpy(&six, &server.storage, sizeof six);
    if (server.family() == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr) &&
        six.sin6_scope_id == 0) {
        errno = EINVAL;  // as connect(2)
        sys::fail("sendto", to_string(server));
    }
    return server;
}

sys::Received recvfrom(const Fd& fd, std::span<std::byte> into, int flags) {
    for (;;) {
        try {
            return sys::recvfrom(fd, into, flags);
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::interrupted) {
                throw;
            }
        }
    }
}

void wait_for_datagram(const Fd& fd) {
    std::array<pollfd, 1> watched{{{fd.get(), POLLIN, 0}}};
    if (net::poll(watched, 10'000) == 0) {
        throw std::runtime_error{"waited 10 seconds for a datagram"};
    }
}

std::optional<sys::Received> recvfrom_in_time(const Fd& fd, std::span<std::byte> into) try {
    return net::recvfrom(fd, into);
} catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {
        return std::nullopt;
    }
    throw;
}

std::optional<sys::Received> recvfrom_until(const Fd& fd, std::span<std::byte> into,
                                            std::chrono::steady_clock::time_point deadline) {
    while (const auto left = time_left(deadline)) {
        limit_waiting(fd, std::max(*left, 1));  // 0 would mean: no limit
        try {
            return sys::recvfrom(fd, into, 0);
        } catch (const std::system_error& error) {
            if (error.code() == std::errc::resource_unavailable_try_again) {
                return std::nullopt;
            }
            if (error.code() != std::errc::interrupted) {
                throw;
            }
        }
    }
    return std::nullopt;
}

void limit_waiting(const Fd& fd, long milliseconds) {
    const timeval time{.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    sys::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, time);
}

}  // namespace net
