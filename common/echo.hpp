// echo.hpp - what echo servers do with a client; ch04_tcp/echo_server and ch12_select/echo_server
// write it out.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <vector>

#include "common/address.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// Sends everything back until the client has closed; waits for it. Throws std::system_error.
void echo_until_closed(const Fd& client);

// For an event-driven server. While it owes the client bytes, it only sends to it; otherwise it only
// receives. So it owes a client at most one buffer: it needs little memory, and TCP's flow control
// stops a client that sends and does not read.
struct EchoClient {
    Fd fd;  // try_recv and try_send do not wait on it
    Address peer;
    std::vector<std::byte> owed{};  // received and not yet sent back
};

// more: the client may have sent more; waits: wait for an event; ended: its stream has ended.
enum class Turn { more, waits, ended };

// A buffer in, a buffer out, without waiting. Throws std::system_error.
[[nodiscard]] Turn echo(EchoClient& client);

}  // namespace net
