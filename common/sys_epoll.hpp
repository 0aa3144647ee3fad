// sys_epoll.hpp - the epoll calls under their own names; failure throws.
//
// net::epoll_wait, which is repeated after a signal, is in readiness.hpp.
#pragma once

// IWYU pragma: begin_exports
#include <sys/epoll.h>

#include <cstdint>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace sys {

// Close-on-exec, as everywhere in sys.
[[nodiscard]] net::Fd epoll_create1();

// Adds fd to the set, changes it or deletes it (EPOLL_CTL_ADD, _MOD, _DEL). Its events will have
// the descriptor's number in data.fd.
void epoll_ctl(const net::Fd& epoll, int operation, const net::Fd& fd, std::uint32_t events);

}  // namespace sys
