// tcp_pair.hpp - a TCP connection with both ends in one program, and how it stands.
#pragma once

#include "common/fd.hpp"

namespace net {

struct TcpPair {
    Fd near;  // connected
    Fd far;   // accepted
};

// Two ends on 127.0.0.1. Throws std::system_error.
[[nodiscard]] TcpPair tcp_pair();

// "ESTAB", "FIN-WAIT-2", as ss(8) says it; TCP_INFO of tcp(7).
[[nodiscard]] const char* tcp_state(const Fd& fd);

// The same for the kernel's number of a state; "UNKNOWN" for what is none.
[[nodiscard]] const char* tcp_state_name(unsigned state);

// Returns when the other end has acknowledged all that was sent, FIN included, or
// has reset the connection. Does not sleep: loopback takes 40 ms at most.
void wait_until_acknowledged(const Fd& fd);

// How many bytes have come and are not read; SIOCINQ of tcp(7).
[[nodiscard]] int unread(const Fd& fd);

}  // namespace net
