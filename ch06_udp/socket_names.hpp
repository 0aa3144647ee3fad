// socket_names.hpp - says which two addresses a UDP socket has: its own and its peer's.
#pragma once

#include <string>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace udp {

// The peer's address or, without a peer, the error that says so.
inline std::string peer_of(const net::Fd& fd) try {
    return to_string(sys::getpeername(fd));
} catch (const std::system_error& error) {
    return error.code().message();
}

inline void say_names(const char* when, const net::Fd& fd) {
    app::say(when, ": local ", sys::getsockname(fd), ", peer ", peer_of(fd));
}

}  // namespace udp
