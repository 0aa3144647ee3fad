// readiness.hpp - the calls that wait for many descriptors, again after a signal.
#pragma once

// IWYU pragma: begin_exports
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <span>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// select(2) with its own arguments, again after EINTR: how many bits are set, 0
// when the time is over. Throws std::system_error.
int select(int nfds, fd_set* readable, fd_set* writable, fd_set* exceptional, timeval* timeout);

// poll(2), again after EINTR: how many entries have events, 0 when the time, in
// milliseconds, is over; -1 waits for ever. Throws std::system_error.
int poll(std::span<pollfd> watched, int milliseconds);

// epoll_wait(2), again after EINTR: the first of into, as many as have happened;
// none when the time, in milliseconds, is over. Throws std::system_error.
[[nodiscard]] std::span<const epoll_event> epoll_wait(const Fd& epoll, std::span<epoll_event> into,
                                                      int milliseconds);

}  // namespace net
