// load_client.cpp - many connections to an echo server at once, every byte checked, every answer timed.
//
// Look for
//   [1] one process waits for all: a connection is data, not a thread;
//   [2] the next burst goes out when the last one is back: nobody waits for the others;
//   [3] every byte is compared, so a fast server that errs is no fast server.
//
// Usage:   load_client [HOST [PORT [CONNECTIONS [SECONDS [BYTES [BURST [ACTIVE]]]]]]]
// Pair:    ch17_epoll/echo_server_level
// Manual:  epoll(7) connect(2)
// Next:    ch18_threads/thread_join
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
#include "common/tcp.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
    net::Fd fd;
    std::span<const std::byte> missing{};  // of its burst: what has not come back
    Clock::time_point begun{};
};

// What is sent, and how long it took to come back.
struct Load {
    explicit Load(long burst) : size{static_cast<std::size_t>(burst)}, bytes(65536 + size) {
        std::ranges::generate(bytes, [r = std::minstd_rand{}]() mutable { return std::byte(r()); });
    }

    std::size_t size;              // of a burst
    std::vector<std::byte> bytes;  // of which each burst is another part
    std::size_t bursts = 0;
    std::vector<Clock::duration> took{};
};

// A burst is small enough for the buffers of the kernel: sending it does not wait.
void begin(Load& load, Connection& connection) {
    const auto start = ++load.bursts * 7919 % 65536;  // no two that meet are alike
    connection.missing = std::span{load.bytes}.subspan(start, load.size);
    connection.begun = Clock::now();
    net::send_all(connection.fd, connection.missing);
}

// Takes what has come back. Returns true when it completes the burst.
bool receive(Load& load, Connection& connection) {
    std::array<std::byte, 65536> buffer;
    do {
        const auto count = net::try_recv(connection.fd, buffer);
        if (!count) {
            return false;
        }
        if (*count == 0 || *count > connection.missing.size() ||
            std::memcmp(buffer.data(), connection.missing.data(), *count) != 0) {  // [3]
            throw std::runtime_error{*count == 0 ? "the server closed a connection"
                                                 : "what came back is not what was sent"};
        }
        connection.missing = connection.missing.subspan(*count);
    } while (!connection.missing.empty());
    load.took.push_back(Clock::now() - connection.begun);
    return true;
}

// The connections by descriptor, as in the servers.
std::vector<Connection> connect_all(const net::Fd& epoll, const net::Address& server, long count) {
    std::vector<Connection> connections;
    for (; count > 0; --count) {
        auto fd = net::tcp_connect(server);
        sys::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, EPOLLIN);
        const auto index = static_cast<std::size_t>(fd.get());
        connections.resize(std::max(connections.size(), index + 1));
        connections[index].fd = std::move(fd);
    }
    return connections;
}

// Bursts to and fro on so many of the connections; the others are idle. Returns how long
// it took until the last was back.
Clock::duration play(const net::Fd& epoll, Load& load, std::vector<Connection>& connections,
                     long active, std::chrono::seconds duration) {
    load.took.clear();
    const auto begun = Clock::now();
    long busy = 0;
    for (auto& connection : connections) {
        if (connection.fd.get() != -1 && busy < active) {
            begin(load, connection);
            ++busy;
        }
    }
    std::array<epoll_event, 256> events;
    while (busy > 0) {
        const auto reports = net::epoll_wait(epoll, events, 5000);  // [1]
        if (reports.empty()) {
            throw std::runtime_error{"no answer for five seconds"};
        }
        for (const auto& report : reports) {
            auto& connection = connections[static_cast<std::size_t>(report.data.fd)];
            if (!receive(load, connection)) {
                continue;
            }
            if (Clock::now() >= begun + duration) {
                --busy;
                continue;
            }
            begin(load, connection);  // [2]
        }
    }
    return Clock::now() - begun;
}

void load_server(app::Args args) {
    const auto server = app::client_address(args);
    const long count = app::number(args, 2, "CONNECTIONS", 1, 1000000, 50);
    const long seconds = app::number(args, 3, "SECONDS", 1, 3600, 3);
    const long bytes = app::number(args, 4, "BYTES", 1, 65536, 64);
    const long burst = app::number(args, 5, "BURST", 1, 65536 / bytes, 1);
    const long active = app::number(args, 6, "ACTIVE", 1, count, count);
    Load load{bytes * burst};

    const auto epoll = sys::epoll_create1();
    auto connections = connect_all(epoll, server, count);
    net::LineReader keyboard{STDIN_FILENO, 1000};
    play(epoll, load, connections, count, std::chrono::seconds{0});  // now all are accepted
    app::note(count, " connections; Enter starts");
    (void)keyboard.next();
    const auto duration = play(epoll, load, connections, active, std::chrono::seconds{seconds});
    const auto requests = static_cast<long>(load.took.size()) * burst;
    constexpr std::chrono::microseconds us{1};
    std::ranges::sort(load.took);
    app::say(requests * 1000 / (duration / (1000 * us)), " requests/s, half within ",
             load.took[load.took.size() / 2] / us, " us, 99 % within ",
             load.took[load.took.size() * 99 / 100] / us, " us");
    app::note("Enter ends");
    (void)keyboard.next();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv,
                    {"[HOST [PORT [CONNECTIONS [SECONDS [BYTES [BURST [ACTIVE]]]]]]]", 7},
                    load_server);
}
