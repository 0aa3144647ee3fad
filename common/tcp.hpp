// tcp.hpp - the first calls of every TCP server and client, in one function each.
#pragma once

// IWYU pragma: begin_exports
#include "common/address.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// socket, SO_REUSEADDR, bind, listen; the notes' tcp4bind and Listen, for IPv4 and IPv6. flags,
// such as SOCK_NONBLOCK, are added to the socket's type. Throws std::system_error that names the
// call which failed.
[[nodiscard]] Fd tcp_listen(const Address& local, int flags = 0);

// socket, connect. Throws std::system_error.
[[nodiscard]] Fd tcp_connect(const Address& peer);

}  // namespace net
