#include "common/tcp.hpp"

#include "common/sys_socket.hpp"

namespace net {

Fd tcp_listen(const Address& local, int flags) {
    auto listener = sys::socket(local.family(), SOCK_STREAM | flags);
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    sys::bind(listener, local);
    sys::listen(listener);
    return listener;
}

Fd tcp_connect(const Address& peer) {
    auto server = sys::socket(peer.family(), SOCK_STREAM);
    sys::connect(server, peer);
    return server;
}

}  // namespace net
