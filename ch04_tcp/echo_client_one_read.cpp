// echo_client_one_read.cpp - an echo client that reads once for each write, as in many books.
//
// Wrong on purpose:
//   [1] one recv() returns what has arrived, not all that was sent: the rest of a long
//       answer is taken for the answer to the next message, or is lost.
//
// Usage:   echo_client_one_read [HOST [PORT]]
// Pair:    ch04_tcp/echo_server
// Manual:  recv(2) tcp(7)
// Next:    ch04_tcp/echo_server_short; compare: echo_client
#include <array>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

net::Fd connect_to(const net::Address& address) {
    auto server = sys::socket(address.family(), SOCK_STREAM);
    sys::connect(server, address);
    return server;
}

void talk(const net::Fd& server) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = sys::read(STDIN_FILENO, buffer)) {
        const auto message = std::span{buffer}.first(count);
        net::send_all(server, message);
        const auto received = net::recv(server, message);  // [1]
        if (received == 0) {
            throw std::runtime_error{"the server closed before it had answered"};
        }
        net::write_all(STDOUT_FILENO, message.first(received));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        talk(net::try_each(app::client_addresses(args), connect_to));
    });
}
