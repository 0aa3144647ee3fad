// echo_client.cpp - sends its input to a UDP echo server and writes out what comes back.
//
// Look for
//   [1] no connect(): the first sendto() gives the socket its port;
//   [2] the answer may get lost on the way, so the waiting needs a limit;
//   [3] anybody may send to this socket: only the server's datagram is an answer.
//       Simplified: it cannot know to which line; see README.md, "Whose answer is it?".
//
// Usage:   echo_client [HOST [PORT]]
// Pair:    ch06_udp/echo_server
// Manual:  udp(7) sendto(2) recvfrom(2) socket(7), there SO_RCVTIMEO
// Next:    ch06_udp/echo_client_connected
#include <chrono>
#include <stdexcept>
#include <vector>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// There is one deadline: a stranger's datagrams must not make the two seconds begin again.
std::size_t receive_answer(const net::Fd& socket, const net::Address& server,
                           std::span<std::byte> into) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{2};
    while (const auto received = net::recvfrom_until(socket, into, deadline)) {  // [2]
        if (received->sender == server) {                                        // [3]
            return received->size;
        }
    }
    throw std::runtime_error{"no answer within 2 seconds"};
}

void talk(const net::Address& server) {
    const auto socket = sys::socket(server.family(), SOCK_DGRAM);

    std::vector<std::byte> buffer(65536);
    while (const auto count = sys::read(STDIN_FILENO, std::span{buffer}.first(1024))) {
        sys::sendto(socket, std::span{buffer}.first(count), 0, server);  // [1]
        const auto size = receive_answer(socket, server, buffer);
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(size));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(net::without_zeros(app::client_address(args))); });
}
