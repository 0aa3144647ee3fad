// clients.cpp - COUNT clients of an echo server, for which a shell would need a process each.
//
//   in-turn   each connects when the last one has left, and gets one byte back
//   at-once   each connects and gets one byte back; then each gets a line back, the last one first
//   idle      all connect and send nothing; prints "ready", and they leave when stdin ends
//   quiet     the same, but each has got one byte back before the next one connects
//   reset     each sends 200,000 bytes, reads nothing, and resets its connection
//   leave     each sends 100,000 bytes, reads nothing, and closes its connection
//   late      each sends 100,000 bytes, ends its stream, and only then reads what comes back
//
// Usage:   clients HOST PORT in-turn|at-once|idle|quiet|reset|leave|late COUNT
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/check.hpp"
#include "common/fd.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// Each wait for a server has a limit, so that one that hangs is reported soon: $patience, as in the tests.
net::Fd connect(std::span<const net::Address> addresses) {
    auto server = net::tcp_connect(addresses);
    const char* const patience = std::getenv("patience");
    const timeval limit{.tv_sec = patience ? std::atoi(patience) : 20, .tv_usec = 0};
    sys::setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, limit);
    return server;
}

// What the server sends: up to size bytes, fewer if its stream ends before.
std::string receive(const net::Fd& server, std::size_t size) {
    std::string text(size, '\0');
    std::size_t filled = 0;
    try {
        while (filled < size) {
            const auto count =
                net::recv(server, std::as_writable_bytes(std::span{text}.subspan(filled)));
            if (count == 0) {
                break;
            }
            filled += count;
        }
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::resource_unavailable_try_again) {
            throw;
        }
        throw std::runtime_error{"no answer in time; " + std::to_string(filled) +
                                 " bytes had come back"};
    }
    text.resize(filled);
    return text;
}

void gets_back(const net::Fd& server, const std::string& text) {
    net::send_all(server, net::bytes(text));
    const auto back = receive(server, text.size());
    if (back != text) {
        throw std::runtime_error{"sent '" + text + "' and got '" + back + "'"};
    }
}

void in_turn(std::span<const net::Address> addresses, long count) {
    for (long i = 0; i < count; ++i) gets_back(connect(addresses), "x");
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
        const auto server = connect(addresses);
        net::send_all(server, net::bytes(text));
        sys::shutdown(server, SHUT_WR);
        const auto back = receive(server, text.size() + 1);  // one more: its stream has to end, too
        if (back != text) {
            throw std::runtime_error{"sent " + std::to_string(text.size()) + " bytes and got " +
                                     std::to_string(back.size()) + ", or others"};
        }
    }
}

std::vector<net::Fd> connect_all(std::span<const net::Address> addresses, long count, bool served) {
    rlimit descriptors{};
    sys::check(getrlimit(RLIMIT_NOFILE, &descriptors), "getrlimit");
    descriptors.rlim_cur = descriptors.rlim_max;
    sys::check(setrlimit(RLIMIT_NOFILE, &descriptors), "setrlimit");
    std::vector<net::Fd> servers;
    for (long i = 0; i < count; ++i) {
        servers.push_back(connect(addresses));
        if (served) {
            gets_back(servers.back(), "x");
        }
    }
    return servers;
}

void at_once(std::span<const net::Address> addresses, long count) {
    const auto servers = connect_all(addresses, count, true);
    for (auto server = servers.rbegin(); server != servers.rend(); ++server) {
        gets_back(*server, std::to_string(server - servers.rbegin()) + '\n');
    }
}

void stay(std::span<const net::Address> addresses, long count, bool served) {
    const auto servers = connect_all(addresses, count, served);
    app::say("ready");
    std::byte nothing{};
    while (read(STDIN_FILENO, &nothing, 1) > 0) {
    }
}
void idle(std::span<const net::Address> addresses, long count) {
    stay(addresses, count, false);
}
void quiet(std::span<const net::Address> addresses, long count) {
    stay(addresses, count, true);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(
        argc, argv, {"HOST PORT in-turn|at-once|idle|quiet|reset|leave|late COUNT", 4},
        [](app::Args args) {
            const auto addresses = app::client_addresses(args);
            const auto way = app::choice(
                args, 2, {"in-turn", "at-once", "idle", "quiet", "reset", "leave", "late"}, 0);
            const auto count = app::number(args, 3, "number of clients", 1, 100'000, 1);
            constexpr std::array ways{in_turn, at_once, idle, quiet, reset, leave, late};
            ways[way](addresses, count);
        });
}
