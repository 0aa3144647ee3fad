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
    // Bytes now in the buffer; with MSG_TRUNC the datagram's own size, which may
    // be more. 0 is an empty datagram, no end: there is no stream that could end.
    std::size_t size;
    net::Address sender;
};

// Sends one datagram, all of it or none; returns its size. Nobody may be there to
// receive it: that is no error. EMSGSIZE: too large for IP (65,507 bytes over IPv4).
std::size_t sendto(const net::Fd& fd, std::span<const std::byte> datagram, int flags,
                   const net::Address& to);

// Takes one datagram; what of it does not fit into the buffer is lost. EAGAIN: none
// came within SO_RCVTIMEO, or none was there and flags has MSG_DONTWAIT.
[[nodiscard]] Received recvfrom(const net::Fd& fd, std::span<std::byte> into, int flags = 0);

// The same into the buffers that message names, with what else the kernel says of the
// datagram (cmsg(3)); returns the bytes received. MSG_CTRUNC in message.msg_flags:
// there was no room for all of that.
std::size_t recvmsg(const net::Fd& fd, msghdr& message, int flags = 0);

}  // namespace sys
