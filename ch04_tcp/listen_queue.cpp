// listen_queue.cpp - the kernel makes connections before accept(), and keeps them in a queue.
//
// Look for
//   [1] a bound socket refuses clients; listen() makes it passive: it takes
//       connections and makes none;
//   [2] without any accept() clients connect, and what they send is acknowledged;
//   [3] the queue holds BACKLOG + 1: the next client's SYN gets no answer, and is repeated;
//   [4] accept() hands out the first of the queue, which makes room for one more;
//   [5] the kernel cuts BACKLOG to net.core.somaxconn.
// Usage:   listen_queue [BACKLOG]
// Manual:  listen(2) accept(2) tcp(7)
// Next:    ch04_tcp/self_connect
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <system_error>
#include <vector>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_state.hpp"

namespace {

tcp_info info_of(const net::Fd& fd) {
    return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO);
}

// A listener has no unacknowledged segments: the kernel counts its queue there.
std::string queue_of(const net::Fd& listener) {
    const auto info = info_of(listener);
    return "queue " + std::to_string(info.tcpi_unacked) + ", backlog " +
           std::to_string(info.tcpi_sacked);
}

void say_if_listening(const char* when, const net::Fd& fd) {
    app::say(when, ": SO_ACCEPTCONN ", sys::getsockopt<int>(fd, SOL_SOCKET, SO_ACCEPTCONN));
}

void try_connect(const char* who, const net::Fd& fd, const net::Address& peer) try {
    sys::connect(fd, peer);
    app::say("  ", who, ": connected");
} catch (const std::system_error& error) {
    app::say("  ", who, ": ", error.what());
}

net::Fd new_client(const net::Address& server) {
    auto client = sys::socket(server.family(), SOCK_STREAM | SOCK_NONBLOCK);
    net::begin_connect(client, server);
    return client;
}

// Waits for a connection, or until the SYN had to be repeated, which takes a second.
bool connects_at_once(const net::Fd& client) {
    std::array watched{pollfd{client.get(), POLLOUT, 0}};
    while (net::poll(watched, 50) == 0) {
        if (info_of(client).tcpi_total_retrans > 0) {
            return false;
        }
    }
    return true;
}

void send_and_say(std::size_t number, const net::Fd& client, const net::Fd& listener) {
    net::send_all(client, net::bytes("hello"));
    net::wait_until_acknowledged(client);
    app::say("client ", number, ", ", sys::getsockname(client), ": ", net::tcp_state(client),
             ", 5 bytes acknowledged; ", queue_of(listener));
}

// The clients that connected, and as the last one the first that did not.
std::vector<net::Fd> connect_until_full(const net::Fd& listener) {
    std::vector<net::Fd> clients;
    clients.push_back(new_client(sys::getsockname(listener)));
    while (connects_at_once(clients.back())) {
        send_and_say(clients.size(), clients.back(), listener);  // [2]
        clients.push_back(new_client(sys::getsockname(listener)));
    }
    app::say("client ", clients.size(), ": ", net::tcp_state(clients.back()), ", SYN repeated; ",
             queue_of(listener));  // [3]
    return clients;
}

void accept_one(const net::Fd& listener) {
    const auto accepted = sys::accept(listener);
    std::array<std::byte, 64> buffer;
    const auto count = sys::recv(accepted.fd, buffer, MSG_DONTWAIT);
    app::say("accept: ", accepted.peer, ", whose ", count, " bytes were here");  // [4]
}

void fill_queue(int backlog) {
    const auto listener = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(listener, net::parse("127.0.0.1", 0));
    const auto server = sys::getsockname(listener);
    say_if_listening("after bind", listener);
    try_connect("a client", sys::socket(AF_INET, SOCK_STREAM), server);  // [1]

    sys::listen(listener, backlog);
    say_if_listening("after listen", listener);
    try_connect("the listener", listener, server);

    const auto clients = connect_until_full(listener);
    accept_one(listener);
    std::array watched{pollfd{clients.back().get(), POLLOUT, 0}};
    net::poll(watched, -1);  // its SYN is repeated again; after some minutes it would fail
    send_and_say(clients.size(), clients.back(), listener);

    sys::listen(listener, 100'000);
    const auto limit = sys::open("/proc/sys/net/core/somaxconn", O_RDONLY);
    app::say("listen again with 100000: ", queue_of(listener), "; net.core.somaxconn is ",
             net::LineReader{limit, 20}.next()->text);  // [5]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[BACKLOG]", 1}, [](app::Args args) {
        fill_queue(static_cast<int>(app::number(args, 0, "BACKLOG", 1, 100, 1)));
    });
}
