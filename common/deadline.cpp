#include "common/deadline.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "common/io.hpp"
#include "common/readiness.hpp"

namespace net {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

std::optional<int> time_left(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left < -std::chrono::seconds{1}) {
        return std::nullopt;
    }
    return static_cast<int>(std::max(left.count(), 0L));
}

std::optional<std::size_t> recv_until(const Fd& fd, std::span<std::byte> into,
                                      Clock::time_point deadline) {
    const auto left = time_left(deadline);
    std::array<pollfd, 1> watched{{{fd.get(), POLLIN, 0}}};
    if (!left || net::poll(watched, *left) == 0) {
        return std::nullopt;
    }
    return net::recv(fd, into);
}

void discard_rest(const Fd& fd) {
    const auto deadline = Clock::now() + std::chrono::seconds{5};
    std::array<std::byte, 16384> unwanted;
    for (std::size_t left = 100'000'000; left > 0;) {
        const auto count = recv_until(fd, unwanted, deadline);
        if (!count) {
            throw std::runtime_error{"did not close in time"};
        }
        if (*count == 0) {
            return;
        }
        left -= std::min(left, *count);
    }
    throw std::runtime_error{"did not stop sending"};
}

}  // namespace net
