// hello_client.cpp - connects to a server and prints what it sends, until the server closes.
//
// Look for
//   [1] what a connection needs: a protocol, an IP address, a port;
//   [2] one recv may return only a part of the greeting: read until it returns 0, the end.
//
// Usage:   hello_client [HOST [PORT]]
// Pair:    ch01_basics/hello_server
// Manual:  socket(2) connect(2) recv(2)
// Next:    ch01_basics/broken_pipe_raw
#include <array>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

net::Fd connect_to(const net::Address& address) {
    auto server = sys::socket(address.family(), SOCK_STREAM);
    sys::connect(server, address);  // [1]
    return server;
}

void print_greeting(const net::Fd& server) {
    std::array<std::byte, 30> buffer;
    while (const auto count = net::recv(server, buffer)) {  // [2]
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(count));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        print_greeting(net::try_each(app::client_addresses(args), connect_to));
    });
}
