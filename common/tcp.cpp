#include "common/tcp.hpp"

#include <stdexcept>
#include <string>
#include <system_error>

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

Fd tcp_connect(std::span<const Address> peers) {
    return try_each(peers, tcp_connect);
}

Fd try_each(std::span<const Address> addresses, Fd (*connect_to)(const Address&)) {
    std::string reasons;
    for (const auto& address : addresses) {
        try {
            return connect_to(address);
        } catch (const std::system_error& error) {
            reasons += error.what();
            if (&address == &addresses.back()) {
                // system_error adds ": " and the words of the error once more
                reasons.resize(reasons.size() - error.code().message().size() - 2);
                throw std::system_error{error.code(), reasons};
            }
            reasons += "; ";
        }
    }
    throw std::invalid_argument{"no address to connect to"};
}

}  // namespace net
