// udp.hpp - what the UDP programs share once ch06_udp/echo_server has spelt it out.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <optional>
#include <span>

#include "common/address.hpp"
#include "common/fd.hpp"
#include "common/sys_datagram.hpp"
// IWYU pragma: end_exports

namespace net {

// socket, bind. Throws std::system_error that names the call which failed.
[[nodiscard]] Fd udp_bind(const Address& local);

// One recvfrom(2), again after EINTR (which Ctrl-Z and fg cause on a socket with
// SO_RCVTIMEO); throws std::system_error.
[[nodiscard]] sys::Received recvfrom(const Fd& fd, std::span<std::byte> into, int flags = 0);

// The same where limit_waiting has been called: no value when that time is over.
[[nodiscard]] std::optional<sys::Received> recvfrom_in_time(const Fd& fd,
                                                            std::span<std::byte> into);

// From now on a receiving call that has waited so long fails with EAGAIN; SO_RCVTIMEO.
void limit_waiting(const Fd& fd, long milliseconds);

}  // namespace net
