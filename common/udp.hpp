// udp.hpp - what the UDP programs share; ch06_udp/echo_server writes it out.
#pragma once

// IWYU pragma: begin_exports
#include <chrono>
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

// For 0.0.0.0 and :: as a destination, Linux takes the loopback address, and answers come from that
// one: a client that compares senders must know it. Returns every other address unchanged. Throws
// std::system_error for an address of one link without its interface: sendto(2) would choose a link, and the
// answer's sender has its name.
[[nodiscard]] Address without_zeros(const Address& server);

// recvfrom(2), repeated after EINTR (Ctrl-Z and fg cause it on a socket with SO_RCVTIMEO).
// Throws std::system_error.
[[nodiscard]] sys::Received recvfrom(const Fd& fd, std::span<std::byte> into, int flags = 0);

// Returns when a datagram is there. For a program that has sent it itself: it may be lost all the same,
// so this throws std::runtime_error after ten seconds.
void wait_for_datagram(const Fd& fd);

// recvfrom after limit_waiting: no value when that time is over.
[[nodiscard]] std::optional<sys::Received> recvfrom_in_time(const Fd& fd,
                                                            std::span<std::byte> into);

// The same, but until one moment, however many datagrams come before it; time_left of deadline.hpp says
// what happens then. Changes limit_waiting.
[[nodiscard]] std::optional<sys::Received> recvfrom_until(
    const Fd& fd, std::span<std::byte> into, std::chrono::steady_clock::time_point deadline);

// From now on a call that has waited that long for a datagram fails with EAGAIN; SO_RCVTIMEO. (After SIGSTOP and
// SIGCONT the wait begins again: signal(7).)
void limit_waiting(const Fd& fd, long milliseconds);

}  // namespace net
