// echo_server_level.cpp - TCP echo on epoll, level-triggered: reported as long as it is ready.
//
// Look for
//   [1] the kernel keeps the list: a client is added once, not handed over each time;
//   [2] a client is either read or owed, and watched for just that;
//   [3] only who is ready is reported, and data.fd says who it is;
//   [4] no descriptor left: do not accept until a client leaves or a second is over.
//
// Usage:   echo_server_level [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  epoll(7) epoll_ctl(2) epoll_wait(2)
// Next:    ch17_epoll/echo_server_edge
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
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
        sys::epoll_ctl(epoll, EPOLL_CTL_MOD, client.fd, is_owed ? EPOLLOUT : EPOLLIN);  // [2]
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
    sys::epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, EPOLLIN);  // [1]
    const auto index = static_cast<std::size_t>(client->fd.get());
    clients.resize(std::max(clients.size(), index + 1));
    clients[index] = {std::move(client->fd), client->peer};
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        pause.begin();  // [4]
    }
}

void serve_all(const net::Fd& listener) {
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
        for (const auto& event : net::epoll_wait(epoll, events, pause.milliseconds())) {  // [3]
            if (event.data.fd == listener.get()) {
                accept_next(epoll, listener, clients, pause);
            } else if (auto& client = clients[static_cast<std::size_t>(event.data.fd)];
                       client.fd.get() != -1 && !serve(epoll, client)) {
                pause.end();
            }
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        const auto listener = net::tcp_listen(app::server_address(args), SOCK_NONBLOCK);
        app::say("listening on ", sys::getsockname(listener));
        serve_all(listener);
    });
}
