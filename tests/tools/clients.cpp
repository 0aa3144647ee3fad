// clients.cpp - COUNT clients of an echo server, for which a shell would need a process each.
//
//   in-turn   each connects when the last one has left, and gets one byte back
//   at-once   all connect, then each gets a line back, the last one first
//   idle      all connect and send nothing; prints "ready", and they leave when stdin ends
//   reset     each sends 200,000 bytes, reads nothing, and resets its connection
//   leave     each sends 100,000 bytes, reads nothing, and closes its connection
//   late      each sends 100,000 bytes, ends its stream, and only then reads what comes back
//
// Usage:   clients HOST PORT in-turn|at-once|idle|reset|leave|late COUNT
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/check.hpp"
#include "common/fd.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void gets_back(const net::Fd& server, const std::string& text) {
    net::send_all(server, net::bytes(text));
    std::string back(text.size(), '\0');
    if (net::read_exactly(server, std::as_writable_bytes(std::span{back})) < text.size() ||
        back != text) {
        throw std::runtime_error{"sent '" + text + "' and got '" + back + "'"};
    }
}

void in_turn(std::span<const net::Address> addresses, long count) {
    for (long i = 0; i < count; ++i) gets_back(net::tcp_connect(addresses), "x");
}

// With SO_LINGER at zero close(2) sends RST and never a FIN.
void reset(std::span<const net::Address> addresses, long count) {
    for (long i = 0; i < count; ++i) {
        const auto server = net::tcp_connect(addresses);
        const std::array<std::byte, 200'000> bytes{};
        net::send_all(server, bytes);
        sys::setsockopt(server, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
    }
}

void leave(std::span<const net::Address> addresses, long count) {
    for (long i = 0; i < count; ++i) {
        const std::array<std::byte, 100'000> bytes{};
        net::send_all(net::tcp_connect(addresses), bytes);
    }
}

void late(std::span<const net::Address> addresses, long count) {
    std::string text(100'000, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
    for (long i = 0; i < count; ++i) {
        const auto server = net::tcp_connect(addresses);
        net::send_all(server, net::bytes(text));
        sys::shutdown(server, SHUT_WR);
        std::string back(text.size() + 1, '\0');
        back.resize(net::read_exactly(server, std::as_writable_bytes(std::span{back})));
        if (back != text) {
            throw std::runtime_error{"sent " + std::to_string(text.size()) + " bytes and got " +
                                     std::to_string(back.size()) + ", or others"};
        }
    }
}

std::vector<net::Fd> connect_all(std::span<const net::Address> addresses, long count) {
    rlimit descriptors{};
    sys::check(getrlimit(RLIMIT_NOFILE, &descriptors), "getrlimit");
    descriptors.rlim_cur = descriptors.rlim_max;
    sys::check(setrlimit(RLIMIT_NOFILE, &descriptors), "setrlimit");
    std::vector<net::Fd> servers;
    for (long i = 0; i < count; ++i) servers.push_back(net::tcp_connect(addresses));
    return servers;
}

void at_once(std::span<const net::Address> addresses, long count) {
    const auto servers = connect_all(addresses, count);
    for (auto server = servers.rbegin(); server != servers.rend(); ++server) {
        gets_back(*server, std::to_string(server - servers.rbegin()) + '\n');
    }
}

void idle(std::span<const net::Address> addresses, long count) {
    const auto servers = connect_all(addresses, count);
    app::say("ready");
    std::byte nothing{};
    while (read(STDIN_FILENO, &nothing, 1) > 0) {
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(
        argc, argv, {"HOST PORT in-turn|at-once|idle|reset|leave|late COUNT", 4}, [](app::Args args) {
            const auto addresses = app::client_addresses(args);
            const auto way = app::choice(args, 2, {"in-turn", "at-once", "idle", "reset", "leave", "late"}, 0);
            const auto count = app::number(args, 3, "number of clients", 1, 100'000, 1);
            constexpr std::array ways{in_turn, at_once, idle, reset, leave, late};
            ways[way](addresses, count);
        });
}
