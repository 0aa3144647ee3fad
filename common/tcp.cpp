#include "common/tcp.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

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
    std::vector<std::system_error> errors;
    for (const auto& address : addresses) {
        try {
            return connect_to(address);
        } catch (const std::system_error& error) {
            errors.push_back(error);
        }
    }
    if (errors.empty()) {
        throw std::invalid_argument{"no address to connect to"};
    }
    const auto refused = std::find_if(errors.rbegin(), errors.rend(), [](const auto& error) {
        return error.code() == std::errc::connection_refused;
    });
    if (refused != errors.rend()) {
        std::rotate(refused.base() - 1, refused.base(), errors.end());  // the last one counts
    }
    std::string reasons;
    for (const auto& error : errors) {
        reasons += (reasons.empty() ? "" : "; ") + std::string{error.what()};
    }
    // system_error adds ": " and the words of the last error once more
    const auto& last = errors.back().code();
    reasons.resize(reasons.size() - last.message().size() - 2);
    throw std::system_error{last, reasons};
}

}  // namespace net
