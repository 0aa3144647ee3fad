// tcp.hpp - the first calls of every TCP server and client, in one.
#pragma once

#include "common/address.hpp"
#include "common/fd.hpp"

namespace net {

// socket, SO_REUSEADDR, bind, listen; the notes' tcp4bind and Listen, for both
// families. Throws std::system_error that names the call which failed.
[[nodiscard]] Fd tcp_listen(const Address& local);

// socket, connect. Throws std::system_error.
[[nodiscard]] Fd tcp_connect(const Address& peer);

}  // namespace net
