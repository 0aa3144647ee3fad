// load_client.cpp - many connections to an echo server at once, every byte checked, every answer timed.
//
// Look for
//   [1] one thread waits for all connections: a connection costs memory, not a thread;
//   [2] when a burst is back, that connection sends its next one and waits for no other;
//   [3] every byte is compared: to be fast does not help a server that changes bytes.
//
// Usage:   load_client [HOST [PORT [CONNECTIONS [SECONDS [BYTES [BURST [ACTIVE]]]]]]]
// Pair:    ch17_epoll/echo_server_level
// Manual:  epoll(7) connect(2)
// Next:    ch18_threads/thread_join
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

using Clock = std::chrono::steady_clock;

// Random bytes to send: BURST messages of BYTES bytes at a time. Each burst is cut from
// another place, so the echo of one is not taken for the echo of another.
class Bursts {
public:
    explicit Bursts(std::size_t size) : size_{size}, bytes_(places + size) {
        std::minstd_rand random;
        std::ranges::generate(bytes_, [&] { return static_cast<std::byte>(random()); });
    }

    std::span<const std::byte> next() {
        place_ = (place_ + 7919) % places;  // a prime: all places come before one comes again
        return std::span{bytes_}.subspan(place_, size_);
    }

private:
    static constexpr std::size_t places = 65536;
    std::size_t size_;
    std::size_t place_ = 0;
    std::vector<std::byte> bytes_;
};

struct Connection {
    net::Fd fd;
    std::span<const std::byte> missing{};  // the part of the burst that is not back yet
    Clock::time_point sent_at{};
};

struct Client {
    net::Fd epoll;
    Bursts bursts;
    std::vector<Connection> connections{};  // connections[fd], as in the servers
};

struct Result {
    std::vector<Clock::duration> times{};  // one for each burst, until all of it was back
    Clock::duration total{};
};

void open_connections(Client& client, std::span<const net::Address> addresses, long count) {
    for (long opened = 0; opened < count; ++opened) {
        auto connection = net::tcp_connect(addresses);
        sys::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, timeval{.tv_sec = 5, .tv_usec = 0});
        sys::epoll_ctl(client.epoll, EPOLL_CTL_ADD, connection, EPOLLIN);
        const auto fd = static_cast<std::size_t>(connection.get());
        if (fd >= client.connections.size()) {
            client.connections.resize(fd + 1);
        }
        client.connections[fd].fd = std::move(connection);
    }
}

// The kernel's buffers usually have room for a burst, so send does not wait. Where they are too small,
// both sides would wait for ever, because we do not read meanwhile.
void send_burst(Connection& connection, Bursts& bursts) try {
    connection.missing = bursts.next();
    connection.sent_at = Clock::now();
    net::send_all(connection.fd, connection.missing);
} catch (const std::system_error& error) {
    if (error.code().value() == EAGAIN) {
        throw std::runtime_error{"no room to send a burst for five seconds"};
    }
    throw;
}

// Takes what has come back. Returns true when the burst is complete.
bool receive(Connection& connection) {
    std::array<std::byte, 16384> buffer;
    const auto count = net::try_recv(connection.fd, buffer);
    if (!count) {
        return false;
    }
    if (*count == 0) {
        throw std::runtime_error{"the server closed a connection"};
    }
    const auto received = net::text(std::span{buffer}.first(*count));
    if (!net::text(connection.missing).starts_with(received)) {  // [3]
        throw std::runtime_error{"what came back is not what was sent"};
    }
    connection.missing = connection.missing.subspan(*count);
    return connection.missing.empty();
}

// Sends a burst on that many of the connections, if there are as many; returns how many.
long send_first_bursts(Client& client, long active) {
    long sent = 0;
    for (auto& connection : client.connections) {
        const bool is_open = connection.fd.get() != -1;
        if (is_open && sent < active) {
            send_burst(connection, client.bursts);
            ++sent;
        }
    }
    return sent;
}

// Sends bursts on that many of the connections for so long; the others stay idle. Returns
// when the last burst is back.
Result measure(Client& client, long active, Clock::duration duration) {
    Result result;
    const auto start = Clock::now();
    long waiting = send_first_bursts(client, active);  // connections whose burst is not back yet
    std::array<epoll_event, 256> events;
    while (waiting > 0) {
        const auto reports = net::epoll_wait(client.epoll, events, 5000);  // [1]
        if (reports.empty()) {
            throw std::runtime_error{"no answer for five seconds"};
        }
        for (const auto& report : reports) {
            auto& connection = client.connections[static_cast<std::size_t>(report.data.fd)];
            if (!receive(connection)) {
                continue;
            }
            const auto now = Clock::now();
            result.times.push_back(now - connection.sent_at);
            if (now - start < duration) {
                send_burst(connection, client.bursts);  // [2]
            } else {
                --waiting;
            }
        }
    }
    result.total = Clock::now() - start;
    return result;
}

void print(Result result, long messages_per_burst) {
    const auto microseconds = [](Clock::duration duration) {
        return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    };
    auto& times = result.times;
    std::ranges::sort(times);
    const auto requests = static_cast<long>(times.size()) * messages_per_burst;
    app::say(requests * 1'000'000 / microseconds(result.total), " requests/s, half within ",
             microseconds(times[times.size() / 2]), " us, 99 % within ",
             microseconds(times[times.size() * 99 / 100]), " us");
}

void load_server(app::Args args) {
    const auto addresses = app::client_addresses(args);
    const long count = app::number(args, 2, "CONNECTIONS", 1, 1000000, 50);
    const long seconds = app::number(args, 3, "SECONDS", 1, 3600, 3);
    const long bytes = app::number(args, 4, "BYTES", 1, 65536, 64);
    const long burst = app::number(args, 5, "BURST", 1, 65536 / bytes, 1);
    const long active = app::number(args, 6, "ACTIVE", 1, count, count);

    Client client{sys::epoll_create1(), Bursts{static_cast<std::size_t>(bytes * burst)}};
    open_connections(client, addresses, count);
    // One burst on each: when all are back, the server has accepted all connections.
    (void)measure(client, count, Clock::duration::zero());

    net::LineReader keyboard{STDIN_FILENO, 1000};
    app::note(count, " connections; Enter starts");
    (void)keyboard.next();
    print(measure(client, active, std::chrono::seconds{seconds}), burst);
    app::note("Enter ends");
    (void)keyboard.next();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv,
                    {"[HOST [PORT [CONNECTIONS [SECONDS [BYTES [BURST [ACTIVE]]]]]]]", 7},
                    load_server);
}
