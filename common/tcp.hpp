// tcp.hpp - the first calls of every TCP server and client, in one function each.
#pragma once

// IWYU pragma: begin_exports
#include <span>

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

// The same with each address of a name in turn, until one accepts; see try_each.
[[nodiscard]] Fd tcp_connect(std::span<const Address> peers);

// Calls connect_to with each address until one call does not throw. If all do, throws a refusal if there was one
// (that host can be reached), or else the error of the last, and its what() has the reasons of all. A
// name has several addresses, and a server may listen on one of them only, so a client must try them all; RFC 1123 section 2.3. Simplified: one after another,
// so an address that does not answer costs its time (RFC 8305 would try the next one meanwhile).
[[nodiscard]] Fd try_each(std::span<const Address> addresses, Fd (*connect_to)(const Address&));

}  // namespace net
