// one_to_many.cpp - one UDP socket asks several servers at once and tells their answers apart.
//
// Look for
//   [1] there is one socket, and each sendto() names another destination;
//   [2] the answers come in any order: recvfrom() says who sent each one. Each server is asked
//       once, so one answer counts, and what comes again is ignored;
//   [3] some answers may never come, so there is one time limit for all of them.
//
// Usage:   one_to_many [HOST [PORT...]]
// Pair:    ch06_udp/echo_server
// Manual:  udp(7) sendto(2) recvfrom(2)
// Next:    ch06_udp/datagram_loss_sender
#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// One address for each PORT, all on HOST.
std::vector<net::Address> addresses(app::Args args) {
    std::vector<net::Address> servers{
        net::without_zeros(app::client_address(args.first(std::min<std::size_t>(args.size(), 2))))};
    for (std::size_t i = 2; i < args.size(); ++i) {
        const std::array host_and_port{args[0], args[i]};
        servers.push_back(net::without_zeros(app::client_address(host_and_port)));
    }
    return servers;
}

// An answer takes its server off the list.
void ask_all(std::vector<net::Address> servers) {
    const auto socket = sys::socket(servers[0].family(), SOCK_DGRAM);
    for (const auto& server : servers) {
        const auto text = "hello " + to_string(server);
        sys::sendto(socket, net::bytes(text), 0, server);  // [1]
    }

    std::vector<std::byte> buffer(65536);  // no datagram is longer
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{2};
    while (!servers.empty()) {
        const auto received = net::recvfrom_until(socket, buffer, deadline);
        if (!received) {
            throw std::runtime_error{"not all have answered within 2 seconds"};  // [3]
        }
        if (std::erase(servers, received->sender) != 0) {  // [2]
            app::say(received->sender, " answered: ",
                     app::printable_line(net::text(std::span{buffer}.first(received->size))));
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[HOST [PORT...]]", 100},
                    [](app::Args args) { ask_all(addresses(args)); });
}
