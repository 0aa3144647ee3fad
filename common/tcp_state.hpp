// tcp_state.hpp - questions about a TCP socket: its state, what is acknowledged, what is unread.
#pragma once

// IWYU pragma: begin_exports
#include <cstdint>
#include <string_view>

#include "common/address.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// "ESTAB", "FIN-WAIT-2", in the words of ss(8); TCP_INFO of tcp(7).
[[nodiscard]] const char* tcp_state(const Fd& fd);

// The same for the socket at local that is connected to remote_port, from the kernel's table: it
// also has sockets that no descriptor refers to, half open or in TIME-WAIT. "nothing" if there is
// none. A listener's remote port is 0. IPv4; /proc/net/tcp of proc(5).
[[nodiscard]] std::string_view tcp_state(const Address& local, std::uint16_t remote_port);

// Returns when the other end has acknowledged everything that is on its way, FIN included, or has reset the
// connection: on loopback after 40 ms at most. wait_until() of waiting.hpp ends the wait if not. What is
// still in the send buffer, because the other end has no room, is not on its way.
void wait_until_acknowledged(const Fd& fd);

// How many bytes have arrived and are still unread; SIOCINQ of tcp(7).
[[nodiscard]] int unread(const Fd& fd);

}  // namespace net
