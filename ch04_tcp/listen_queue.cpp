// listen_queue.cpp - the kernel makes connections before accept(), and keeps them in a queue.
//
// Look for
//   [1] a bound socket refuses clients; after listen() it takes connections, and cannot make one;
//   [2] clients connect before any accept(), and what they send is acknowledged;
//   [3] the queue holds BACKLOG + 1 connections: the next SYN gets no answer and is repeated;
//   [4] accept() returns the first connection in the queue, which makes room for one more;
//   [5] the kernel limits BACKLOG to net.core.somaxconn.
//
// Usage:   listen_queue [BACKLOG]
// Manual:  listen(2) accept(2) tcp(7)
// Next:    ch04_tcp/self_connect
#include <linux/tcp.h>
#include <netinet/in.h>

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
#include "common/waiting.hpp"

namespace {

tcp_info info_of(const net::Fd& fd) {
    return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO);
}

// A listener sends nothing that could be acknowledged: the kernel uses two counters of
// acknowledgements for the length of its queue and the backlog.
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

net::Fd begin_client(const net::Fd& listener) {
    auto client = sys::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    net::begin_connect(client, sys::getsockname(listener));
    return client;
}

bool is_connected(const net::Fd& client, int milliseconds) {
    std::array watched{pollfd{client.get(), POLLOUT, 0}};
    return net::poll(watched, milliseconds) != 0;
}

// False if the SYN had to be repeated; the client's kernel does so after a second.
bool connects_with_its_first_syn(const net::Fd& client) {
    while (!is_connected(client, 50)) {
        if (info_of(client).tcpi_total_retrans > 0) {
            return false;
        }
    }
    return true;
}

void send_hello(std::size_t number, const net::Fd& client, const net::Fd& listener) {
    net::send_all(client, net::bytes("hello"));
    net::wait_until_acknowledged(client);
    app::say("client ", number, ", ", sys::getsockname(client), ": ", net::tcp_state(client),
             ", 5 bytes acknowledged; ", queue_of(listener));
}

// Returns the clients. All are connected but the last, for which the queue has no room.
std::vector<net::Fd> connect_until_full(const net::Fd& listener) {
    std::vector<net::Fd> clients;
    clients.push_back(begin_client(listener));
    while (connects_with_its_first_syn(clients.back())) {
        send_hello(clients.size(), clients.back(), listener);  // [2]
        clients.push_back(begin_client(listener));
    }
    app::say("client ", clients.size(), ": ", net::tcp_state(clients.back()), ", SYN repeated; ",
             queue_of(listener));  // [3]
    return clients;
}

void fill_queue(int backlog) {
    const auto listener = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(listener, net::parse("127.0.0.1", 0));
    const auto address = sys::getsockname(listener);
    say_if_listening("after bind", listener);
    try_connect("a client", sys::socket(AF_INET, SOCK_STREAM), address);  // [1]

    sys::listen(listener, backlog);
    say_if_listening("after listen", listener);
    try_connect("the listener", listener, address);

    const auto clients = connect_until_full(listener);
    const auto accepted = sys::accept(listener);
    std::array<std::byte, 64> buffer;
    const auto count = sys::recv(accepted.fd, buffer, MSG_DONTWAIT);
    app::say("accept: ", accepted.peer, ", whose ", count, " bytes were here");  // [4]

    // Its next SYN gets an answer.
    net::wait_until("the last client's connection",
                    [&clients] { return is_connected(clients.back(), 0); });
    send_hello(clients.size(), clients.back(), listener);

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
