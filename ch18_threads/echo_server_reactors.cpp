// echo_server_reactors.cpp - TCP echo by one epoll loop for each processor.
//
// Look for
//   [1] each thread has a listener, a list and clients of its own: no lock anywhere;
//   [2] SO_REUSEPORT deals the clients out; set after bind: a port in use is an error;
//   [3] a thread's failure is the program's failure.
//
// Usage:   echo_server_reactors [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  epoll(7) socket(7) pthreads(7)
// Next:    ch18_threads/chat_server
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// With at most one buffer owed, memory is bounded, and TCP slows down a client that
// sends and does not read.
struct Client {
    net::Fd fd;
    net::Address peer;
    std::vector<std::byte> owed{};  // received and not yet sent back
};

// One turn of a client that is ready. Returns false when it has finished.
bool echo(Client& client) {
    if (client.owed.empty()) {
        std::array<std::byte, 16384> buffer;
        const auto count = net::try_recv(client.fd, buffer);
        client.owed.assign(buffer.data(), buffer.data() + count.value_or(0));
        if (client.owed.empty()) {
            return count != 0;
        }
    }
    const auto sent = net::try_send(client.fd, client.owed).value_or(0);
    client.owed.erase(client.owed.begin(), client.owed.begin() + static_cast<std::ptrdiff_t>(sent));
    return true;
}

// The same with its consequences: an event line, what to watch for, the end. One
// client's failure is only its own. Returns whether the client goes on.
bool serve(const net::Fd& epoll, Client& client) try {
    const bool was_owed = !client.owed.empty();
    if (!echo(client)) {
        app::say("closed ", client.peer);
        client = {};  // closing a descriptor takes it out of the kernel's list
        return false;
    }
    const bool is_owed = !client.owed.empty();
    if (was_owed != is_owed) {
        sys::epoll_ctl(epoll, EPOLL_CTL_MOD, client.fd, is_owed ? EPOLLOUT : EPOLLIN);
    }
    return true;
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    client = {};
    return false;
}

// Clients by descriptor; who is not there has none. An event of a client that left
// in the same round may meet its successor, who then simply has nothing to read.
using Clients = std::vector<Client>;

void accept_next(const net::Fd& epoll, const net::Fd& listener, Clients& clients,
                 net::Pause& pause) try {
    auto client = net::try_accept(listener);
    if (!client) {
        return;
    }
    app::say("connected ", client->peer);
    sys::setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    sys::epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, EPOLLIN);
    const auto index = static_cast<std::size_t>(client->fd.get());
    clients.resize(std::max(clients.size(), index + 1));
    clients[index] = {std::move(client->fd), client->peer};
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        pause.begin();
    }
}

void serve_from(const net::Fd& listener) {
    const auto epoll = sys::epoll_create1();
    sys::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
    Clients clients;
    net::Pause pause;
    bool watching = true;
    std::array<epoll_event, 256> events;
    for (;;) {
        if (watching == pause.active()) {
            watching = !watching;
            sys::epoll_ctl(epoll, EPOLL_CTL_MOD, listener, watching ? EPOLLIN : 0U);
        }
        for (const auto& event : net::epoll_wait(epoll, events, pause.milliseconds())) {
            if (event.data.fd == listener.get()) {
                accept_next(epoll, listener, clients, pause);
            } else if (auto& client = clients[static_cast<std::size_t>(event.data.fd)];
                       client.fd.get() != -1 && !serve(epoll, client)) {
                pause.end();
            }
        }
    }
}

// One more listener on a port that the first has opened for it.
net::Fd listen_too(const net::Address& shared) {
    auto listener = sys::socket(shared.family(), SOCK_STREAM | SOCK_NONBLOCK);
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, 1);
    sys::bind(listener, shared);
    sys::listen(listener);
    return listener;
}

void run_loop(const net::Fd& listener) try {
    serve_from(listener);  // [1]
} catch (const std::exception& error) {
    app::note("echo_server_reactors: ", error.what());
    _exit(1);  // [3]
}

void serve_all(const net::Address& local) {
    const auto loops = std::max(1U, std::thread::hardware_concurrency());
    const auto first = net::tcp_listen(local, SOCK_NONBLOCK);
    sys::setsockopt(first, SOL_SOCKET, SO_REUSEPORT, 1);  // [2]
    const auto shared = sys::getsockname(first);
    for (auto loop = 1U; loop < loops; ++loop) {
        std::thread{run_loop, listen_too(shared)}.detach();
    }
    app::say("listening on ", shared);
    serve_from(first);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
