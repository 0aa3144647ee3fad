// echo_server_reactors.cpp - TCP echo by one epoll loop for each processor.
//
// Look for
//   [1] each thread has a listener, an epoll list and clients of its own: no lock anywhere;
//   [2] SO_REUSEPORT deals the clients out to the listeners; it is set after bind, so a
//       port that another program has is still an error;
//   [3] if one thread fails, the program fails.
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
#include "common/echo.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
#include "common/sys_socket.hpp"
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
        const auto events = is_owed ? EPOLLOUT : EPOLLIN;
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
    sys::epoll_ctl(server.epoll, EPOLL_CTL_ADD, client.fd, EPOLLIN);
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
        sys::epoll_ctl(server.epoll, EPOLL_CTL_MOD, server.listener, 0);
        server.pause.begin();
    }
}

// The loop of chapter 17. Each thread runs one, with a listener and clients of its own.
void run_loop(net::Fd listener) {
    Server server{std::move(listener), sys::epoll_create1()};  // [1]
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
        for (const auto& event : net::epoll_wait(server.epoll, events, timeout)) {
            if (event.data.fd == server.listener.get()) {
                accept_next(server);
            } else {
                serve(server, client_with(server, event.data.fd));
            }
        }
    }
}

// One more listener on the port of the first one.
net::Fd listen_too(const net::Address& shared) {
    auto listener = sys::socket(shared.family(), SOCK_STREAM | SOCK_NONBLOCK);
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, 1);
    sys::bind(listener, shared);
    sys::listen(listener);
    return listener;
}

// An exception that leaves a thread would abort the program without a message.
void run_thread(net::Fd listener) try {
    run_loop(std::move(listener));
} catch (const std::exception& error) {
    app::note("echo_server_reactors: ", error.what());
    _exit(1);  // [3]
}

void serve_all(const net::Address& local) {
    auto first = net::tcp_listen(local, SOCK_NONBLOCK);
    sys::setsockopt(first, SOL_SOCKET, SO_REUSEPORT, 1);  // [2]
    const auto shared = sys::getsockname(first);
    const auto loops = std::max(1U, std::thread::hardware_concurrency());
    for (auto started = 1U; started < loops; ++started) {  // the first loop is the main thread's
        std::thread{run_thread, listen_too(shared)}.detach();
    }
    app::say("listening on ", shared);
    run_loop(std::move(first));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
