// echo_client_connected.cpp - the UDP echo client with connect(): the address is given once.
//
// Look for
//   [1] connect() sends nothing and waits for nobody: it stores the server's address;
//   [2] then write(2) is enough, and the socket receives from that server only: who answers
//       is known, to which line is not (simplified, as in echo_client);
//   [3] a missing server is reported, at once: ECONNREFUSED.
//
// Usage:   echo_client_connected [HOST [PORT]]
// Pair:    ch06_udp/echo_server
// Manual:  udp(7) connect(2) write(2) recv(2)
// Next:    ch06_udp/message_boundary; compare: echo_client
#include <system_error>
#include <vector>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

std::size_t receive_answer(const net::Fd& socket, std::span<std::byte> into) try {
    return net::recv(socket, into);  // [3]
} catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {
        throw std::runtime_error{"no answer within 2 seconds"};
    }
    throw;
}

void talk(const net::Address& server) {
    const auto socket = sys::socket(server.family(), SOCK_DGRAM);
    net::limit_waiting(socket, 2000);
    sys::connect(socket, server);  // [1]

    std::vector<std::byte> buffer(65536);
    while (const auto count = sys::read(STDIN_FILENO, std::span{buffer}.first(1024))) {
        net::write_all(socket, std::span{buffer}.first(count));  // [2]
        const auto size = receive_answer(socket, buffer);
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(size));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(app::client_address(args)); });
}
