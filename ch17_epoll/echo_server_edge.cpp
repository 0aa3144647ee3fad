// echo_server_edge.cpp - TCP echo on epoll, edge-triggered: reported once when something arrives.
//
// Look for
//   [1] EPOLLET reports a change, not a state: what is left is not reported again;
//   [2] so a client is read until recv() says EAGAIN, one buffer a turn, and who is
//       not drained goes to the end of a list: a fast one starves nobody;
//   [3] while that list is not empty epoll_wait() must not block.
//
// Usage:   echo_server_edge [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  epoll(7) epoll_ctl(2) epoll_wait(2)
// Next:    ch17_epoll/echo_server_edge_one_read
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
    bool listed = false;            // waits for its turn
};

enum class Turn { more, drained, finished };

// One turn of a client: a buffer in, a buffer out.
Turn echo(Client& client) {
    if (client.owed.empty()) {
        std::array<std::byte, 16384> buffer;
        const auto count = net::try_recv(client.fd, buffer);
        client.owed.assign(buffer.data(), buffer.data() + count.value_or(0));
        if (client.owed.empty()) {
            return count == 0 ? Turn::finished : Turn::drained;
        }
    }
    const auto sent = net::try_send(client.fd, client.owed).value_or(0);
    client.owed.erase(client.owed.begin(), client.owed.begin() + static_cast<std::ptrdiff_t>(sent));
    return client.owed.empty() ? Turn::more : Turn::drained;
}

// The same with its consequences: an event line, what to watch for, the end. One
// client's failure is only its own.
Turn serve(const net::Fd& epoll, Client& client) try {
    const bool was_owed = !client.owed.empty();
    const Turn turn = echo(client);
    if (turn == Turn::finished) {
        app::say("closed ", client.peer);
        client = {};  // closing a descriptor takes it out of the kernel's list
        return turn;
    }
    const bool is_owed = !client.owed.empty();
    if (was_owed != is_owed) {
        // Changing what is watched reports what is already there.
        sys::epoll_ctl(epoll, EPOLL_CTL_MOD, client.fd, (is_owed ? EPOLLOUT : EPOLLIN) | EPOLLET);
    }
    return turn;
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    client = {};
    return Turn::finished;
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
    sys::epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, EPOLLIN | EPOLLET);  // [1]
    const auto index = static_cast<std::size_t>(client->fd.get());
    clients.resize(std::max(clients.size(), index + 1));
    clients[index] = {std::move(client->fd), client->peer};
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        pause.begin();
    }
}

// A turn for everybody on the list; who is not drained stays on it.
void serve_listed(const net::Fd& epoll, Clients& clients, std::vector<int>& listed,
                  net::Pause& pause) {
    std::erase_if(listed, [&](int fd) {
        auto& client = clients[static_cast<std::size_t>(fd)];
        const Turn turn = serve(epoll, client);  // [2]
        client.listed = turn == Turn::more;
        if (turn == Turn::finished) {
            pause.end();
        }
        return turn != Turn::more;
    });
}

void serve_all(const net::Fd& listener) {
    const auto epoll = sys::epoll_create1();
    sys::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
    Clients clients;
    std::vector<int> listed;
    net::Pause pause;
    bool watching = true;
    std::array<epoll_event, 256> events;
    for (;;) {
        if (watching == pause.active()) {
            watching = !watching;
            sys::epoll_ctl(epoll, EPOLL_CTL_MOD, listener, watching ? EPOLLIN : 0U);
        }
        const int wait = listed.empty() ? pause.milliseconds() : 0;  // [3]
        for (const auto& event : net::epoll_wait(epoll, events, wait)) {
            if (event.data.fd == listener.get()) {
                accept_next(epoll, listener, clients, pause);
            } else if (auto& client = clients[static_cast<std::size_t>(event.data.fd)];
                       client.fd.get() != -1 && !client.listed) {
                client.listed = true;
                listed.push_back(event.data.fd);
            }
        }
        serve_listed(epoll, clients, listed, pause);
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
