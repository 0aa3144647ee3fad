// echo_server_level.cpp - TCP echo on epoll, level-triggered: reported as long as it is ready.
//
// Look for
//   [1] the kernel keeps the list: a client is added once, not handed over in each call;
//   [2] while the server owes a client bytes, it only sends to it; otherwise it only receives;
//   [3] only ready descriptors are reported; data.fd says which one it is;
//   [4] out of descriptors: stop watching the listener for a second, or until a client leaves.
//
// Usage:   echo_server_level [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  epoll(7) epoll_ctl(2) epoll_wait(2)
// Next:    ch17_epoll/echo_server_edge
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
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

struct Server {
    net::Fd listener;
    net::Fd epoll;
    std::vector<net::EchoClient>
        clients{};       // clients[fd]; empty where no client has this descriptor
    net::Pause pause{};  // while no descriptor is free, the listener is not watched
};

net::EchoClient& client_with(Server& server, int fd) {
    return server.clients[static_cast<std::size_t>(fd)];
}

void close_client(Server& server, net::EchoClient& client) {
    client = {};         // closing its descriptor also takes it off the list in the kernel
    server.pause.end();  // a descriptor is free again
}

// One turn of a client. Prints an event line when it leaves; otherwise tells epoll what to watch
// it for. A failure ends only this client.
void serve(Server& server, net::EchoClient& client) try {
    const bool was_owed = !client.owed.empty();
    if (net::echo(client) == net::Turn::ended) {
        app::say("closed ", client.peer);
        close_client(server, client);
        return;
    }
    const bool is_owed = !client.owed.empty();
    if (is_owed != was_owed) {
        const auto events = is_owed ? EPOLLOUT : EPOLLIN;  // [2]
        sys::epoll_ctl(server.epoll, EPOLL_CTL_MOD, client.fd, events);
    }
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    close_client(server, client);
}

// Takes a new client. A failure ends only this client.
void add_client(Server& server, sys::Accepted& client) try {
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    sys::epoll_ctl(server.epoll, EPOLL_CTL_ADD, client.fd, EPOLLIN);  // [1]
    const auto fd = static_cast<std::size_t>(client.fd.get());
    if (fd >= server.clients.size()) {
        server.clients.resize(fd + 1);
    }
    server.clients[fd] = {std::move(client.fd), client.peer};
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
        sys::epoll_ctl(server.epoll, EPOLL_CTL_MOD, server.listener, 0);  // [4]
        server.pause.begin();
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
        const int timeout = server.pause.milliseconds();
        // A closed descriptor may be given to a new client at once. Yet no event of this
        // batch reaches the wrong client: epoll_wait() reports a descriptor at most once,
        // and a client is closed only when its own event is handled.
        for (const auto& event : net::epoll_wait(server.epoll, events, timeout)) {  // [3]
            if (event.data.fd == server.listener.get()) {
                accept_next(server);
            } else {
                serve(server, client_with(server, event.data.fd));
            }
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
