// reset_client.cpp - sends 200,000 bytes, reads nothing, and resets the
// connection: with SO_LINGER at zero, close(2) sends RST and never a FIN.
//
// Usage:   reset_client [HOST [PORT]]
#include <array>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        const auto server = net::tcp_connect(app::client_address(args));
        const std::array<std::byte, 200'000> bytes{};
        net::send_all(server, bytes);
        sys::setsockopt(server, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
    });
}
