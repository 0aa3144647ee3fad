#include "common/sys_epoll.hpp"

#include "common/check.hpp"

namespace sys {

net::Fd epoll_create1() {
    return net::Fd{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
}

void epoll_ctl(const net::Fd& epoll, int operation, const net::Fd& fd, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.fd = fd.get()}};
    check(::epoll_ctl(epoll.get(), operation, fd.get(), &event), "epoll_ctl");
}

}  // namespace sys
