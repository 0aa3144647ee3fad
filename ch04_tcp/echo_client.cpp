// echo_client.cpp - sends its input to an echo server and prints what comes back.
//
// Look for
//   [1] read back exactly as many bytes as were sent, because they may arrive in other pieces;
//       before that send no more, or both sides might wait for ever, their buffers full;
//   [2] shutdown(SHUT_WR) says "no more from me"; the client can still read.
//
// Usage:   echo_client [HOST [PORT]]     echo_client <in >out copies any file
// Pair:    ch04_tcp/echo_server
// Manual:  connect(2) read(2) send(2) recv(2) shutdown(2)
// Next:    ch04_tcp/echo_client_one_read
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
        if (net::read_exactly(server, message) < count) {  // [1]
            throw std::runtime_error{"the server closed before it had answered"};
        }
        net::write_all(STDOUT_FILENO, message);
    }

    sys::shutdown(server, SHUT_WR);  // [2]
    if (net::recv(server, buffer) != 0) {
        throw std::runtime_error{"the server sent more than it received"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        talk(net::try_each(app::client_addresses(args), connect_to));
    });
}
