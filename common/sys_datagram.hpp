// sys_datagram.hpp - sendto(2), recvfrom(2) and recvmsg(2) under their own names.
//
// As everywhere in sys: one call each, arguments in the order of the manual page,
// nothing retried, failure throws std::system_error. MSG_NOSIGNAL is always added.
#pragma once

// IWYU pragma: begin_exports
#include <sys/socket.h>

#include <cstddef>
#include <span>

#include "common/address.hpp"
#include "common/bytes.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace sys {

struct Received {
    // Bytes in the buffer; with MSG_TRUNC the size of the datagram, which may be more. 0 means
    // an empty datagram, not an end: there is no stream that could end.
    std::size_t size;
    net::Address sender;
};

// Sends one datagram, all of it or none, and returns its size. It is no error if nobody is there
// to receive it. EMSGSIZE: too large for IP (65,507 bytes over IPv4).
std::size_t sendto(const net::Fd& fd, std::span<const std::byte> datagram, int flags,
                   const net::Address& to);

// Takes one datagram; bytes that do not fit into the buffer are lost. EAGAIN: none came within
// SO_RCVTIMEO, or none was there and flags has MSG_DONTWAIT.
[[nodiscard]] Received recvfrom(const net::Fd& fd, std::span<std::byte> into, int flags = 0);

// The same into the buffers that message names, with what else the kernel knows about the
// datagram (cmsg(3)); returns the bytes received. MSG_CTRUNC in message.msg_flags: not all of
// that fitted.
std::size_t recvmsg(const net::Fd& fd, msghdr& message, int flags = 0);

}  // namespace sys
