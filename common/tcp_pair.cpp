#include "common/tcp_pair.hpp"

#include <utility>

#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace net {

TcpPair tcp_pair() {
    const auto listener = tcp_listen(parse("127.0.0.1", 0));
    auto near = tcp_connect(sys::getsockname(listener));
    return {std::move(near), sys::accept(listener).fd};
}

}  // namespace net
