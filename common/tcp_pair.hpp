// tcp_pair.hpp - a TCP connection with both ends in one program.
#pragma once

#include "common/fd.hpp"  // IWYU pragma: export

namespace net {

struct TcpPair {
    Fd near;  // connected
    Fd far;   // accepted
};

// Two ends on 127.0.0.1. Throws std::system_error.
[[nodiscard]] TcpPair tcp_pair();

}  // namespace net
