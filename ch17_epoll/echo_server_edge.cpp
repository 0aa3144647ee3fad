// echo_server_edge.cpp - TCP echo on epoll, edge-triggered: reported once when something arrives.
//
// Look for
//   [1] EPOLLET reports a change, not a state: what is left unread is not reported again;
//   [2] so a client is read until recv() says EAGAIN, but one buffer a turn: then it goes
//       to the end of a queue, and a fast client does not starve the others;
//   [3] while that queue is not empty, epoll_wait() must not block.
//
// Usage:   echo_server_edge [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  epoll(7) epoll_ctl(2) epoll_wait(2)
// Next:    ch17_epoll/echo_server_edge_one_read
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/echo.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
#include "common/tcp.hpp"

namespace {

struct Client : net::EchoClient {
    bool queued = false;  // waits in the queue for its turn
};

struct Server {
    net::Fd listener;
    net::Fd epoll;
    std::vector<Client> clients{};  // clients[fd]; empty where no client has this descriptor
    std::deque<int> queue{};        // the clients whose turn will come, by descriptor
    net::Pause pause{};             // while no descriptor is free, the listener is not watched
};

Client& client_with(Server& server, int fd) {
    return server.clients[static_cast<std::size_t>(fd)];
}

void close_client(Server& server, Client& client) {
    client = {};         // closing its descriptor also takes it off the list in the kernel
    server.pause.end();  // a descriptor is free again
}

// One turn of a client. Prints an event line when it leaves; otherwise tells epoll what to watch
// it for. A failure ends only this client. Returns true if the client may have sent more.
bool serve(Server& server, Client& client) try {
    const bool was_owed = !client.owed.empty();
    const auto turn = net::echo(client);
    if (turn == net::Turn::ended) {
        app::say("closed ", client.peer);
        close_client(server, client);
        return false;
    }
    const bool is_owed = !client.owed.empty();
    if (is_owed != was_owed) {
        // If the socket is already ready for these events, EPOLL_CTL_MOD reports it.
        const auto events = is_owed ? EPOLLOUT : EPOLLIN;
        sys::epoll_ctl(server.epoll, EPOLL_CTL_MOD, client.fd, events | EPOLLET);
    }
    return turn == net::Turn::more;
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    close_client(server, client);
    return false;
}

// Takes a new client. A failure ends only this client.
void add_client(Server& server, sys::Accepted& client) try {
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    sys::epoll_ctl(server.epoll, EPOLL_CTL_ADD, client.fd, EPOLLIN | EPOLLET);  // [1]
    const auto fd = static_cast<std::size_t>(client.fd.get());
    if (fd >= server.clients.size()) {
        server.clients.resize(fd + 1);
    }
    server.clients[fd] = {{std::move(client.fd), client.peer}};
} catch (const std::system_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void accept_next(Server& server) try {
    if (auto client = net::try_accept(server.listener)) {
        add_client(server, *client);
    }
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        // The listener stays ready: if it were still watched, accept would be called and
        // would fail again and again, as fast as the server can.
        app::say("waiting: ", error.what());
        sys::epoll_ctl(server.epoll, EPOLL_CTL_MOD, server.listener, 0);
        server.pause.begin();
    }
}

void queue_client(Server& server, int fd) {
    auto& client = client_with(server, fd);
    if (!client.queued) {
        client.queued = true;
        server.queue.push_back(fd);
    }
}

// One turn for each client in the queue; if it may have sent more, it goes to the end.
void serve_queue(Server& server) {
    for (auto turns = server.queue.size(); turns > 0; --turns) {
        const int fd = server.queue.front();
        server.queue.pop_front();
        auto& client = client_with(server, fd);
        client.queued = serve(server, client);
        if (client.queued) {
            server.queue.push_back(fd);  // [2]
        }
    }
}

void serve_all(const net::Address& local) {
    Server server{net::tcp_listen(local, SOCK_NONBLOCK), sys::epoll_create1()};
    app::say("listening on ", sys::getsockname(server.listener));

    sys::epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, EPOLLIN);
    std::array<epoll_event, 256> events;
    for (;;) {
        if (server.pause.just_ended()) {  // watch the listener again
            sys::epoll_ctl(server.epoll, EPOLL_CTL_MOD, server.listener, EPOLLIN);
        }
        const int timeout = server.queue.empty() ? server.pause.milliseconds() : 0;  // [3]
        // A closed descriptor may be given to a new client at once. Yet no event of this
        // batch reaches the wrong client: clients are closed after it, in serve_queue().
        for (const auto& event : net::epoll_wait(server.epoll, events, timeout)) {
            if (event.data.fd == server.listener.get()) {
                accept_next(server);
            } else {
                queue_client(server, event.data.fd);
            }
        }
        serve_queue(server);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
