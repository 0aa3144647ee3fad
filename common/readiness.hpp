// readiness.hpp - the calls that wait for many descriptors, repeated after a signal.
#pragma once

// IWYU pragma: begin_exports
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <span>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// select(2) with its own arguments, repeated after EINTR: the number of bits set, 0 when the
// time is over. Throws std::system_error.
int select(int nfds, fd_set* readable, fd_set* writable, fd_set* exceptional, timeval* timeout);

// poll(2), repeated after EINTR: the number of entries with events, 0 when the time, in
// milliseconds, is over; -1 waits without a limit. Throws std::system_error.
int poll(std::span<pollfd> watched, int milliseconds);

// epoll_wait(2), repeated after EINTR: the part of into that has events; empty when the time,
// in milliseconds, is over. Throws std::system_error.
[[nodiscard]] std::span<const epoll_event> epoll_wait(const Fd& epoll, std::span<epoll_event> into,
                                                      int milliseconds);

}  // namespace net
