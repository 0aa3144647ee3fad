#include "common/readiness.hpp"

#include <cerrno>
#include <cstddef>

#include "common/check.hpp"

namespace net {

int select(int nfds, fd_set* readable, fd_set* writable, fd_set* exceptional, timeval* timeout) {
    int ready = 0;
    do {
        ready = ::select(nfds, readable, writable, exceptional, timeout);
    } while (ready == -1 && errno == EINTR);
    return sys::check(ready, "select");
}

int poll(std::span<pollfd> watched, int milliseconds) {
    int ready = 0;
    do {
        ready = ::poll(watched.data(), watched.size(), milliseconds);
    } while (ready == -1 && errno == EINTR);
    return sys::check(ready, "poll");
}

std::span<const epoll_event> epoll_wait(const Fd& epoll, std::span<epoll_event> into,
                                        int milliseconds) {
    int ready = 0;
    do {
        ready = ::epoll_wait(epoll.get(), into.data(), static_cast<int>(into.size()), milliseconds);
    } while (ready == -1 && errno == EINTR);
    return into.first(static_cast<std::size_t>(sys::check(ready, "epoll_wait")));
}

}  // namespace net
