// one_to_many.cpp - one UDP socket asks several servers at once and tells their answers apart.
//
// Look for
//   [1] each sendto() of the one socket has another destination;
//   [2] the answers come in any order: who sent one stands beside it;
//   [3] an answer that never comes must not be waited for: not all is an error.
//
// Usage:   one_to_many [HOST [PORT...]]
// Pair:    ch06_udp/echo_server
// Manual:  udp(7) sendto(2) recvfrom(2)
// Next:    ch06_udp/datagram_loss_sender
#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// HOST and each PORT behind it, as an address.
std::vector<net::Address> addresses(app::Args args) {
    std::vector<net::Address> servers{
        app::client_address(args.first(std::min<std::size_t>(args.size(), 2)))};
    for (std::size_t i = 2; i < args.size(); ++i) {
        const std::array<std::string, 2> one{args[0], args[i]};
        servers.push_back(app::client_address(one));
    }
    return servers;
}

void ask_all(std::vector<net::Address> waiting) {
    const auto socket = sys::socket(waiting[0].family(), SOCK_DGRAM);
    net::limit_waiting(socket, 2000);
    for (const auto& server : waiting) {
        const auto text = "hello " + to_string(server);
        sys::sendto(socket, net::bytes(text), 0, server);  // [1]
    }
    std::array<char, 1024> buffer;
    while (!waiting.empty()) {
        const auto [size, sender] =
            net::recvfrom(socket, std::as_writable_bytes(std::span{buffer}));
        if (std::erase(waiting, sender) != 0) {  // [2]
            app::say(sender, " answered: ", std::string_view{buffer.data(), size});
        }
    }
}

void ask(app::Args args) try { ask_all(addresses(args)); } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {  // [3]
        throw std::runtime_error{"not all have answered within 2 seconds"};
    }
    throw;
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[HOST [PORT...]]", 100}, ask);
}
