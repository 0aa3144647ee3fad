#include "common/echo.hpp"

#include <array>

#include "common/io.hpp"
#include "common/nonblocking.hpp"

namespace net {

void echo_until_closed(const Fd& client) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = recv(client, buffer)) {
        send_all(client, std::span{buffer}.first(count));
    }
}

Turn echo(EchoClient& client) {
    if (client.owed.empty()) {
        std::array<std::byte, 16384> buffer;
        const auto count = try_recv(client.fd, buffer);
        if (!count) {
            return Turn::waits;
        }
        if (*count == 0) {
            return Turn::ended;
        }
        client.owed.assign(buffer.data(), buffer.data() + *count);
    }
    const auto sent = try_send(client.fd, client.owed).value_or(0);
    client.owed.erase(client.owed.begin(), client.owed.begin() + static_cast<std::ptrdiff_t>(sent));
    return client.owed.empty() ? Turn::more : Turn::waits;
}

}  // namespace net
