// echo_server.cpp - TCP echo for many clients in one process: select() says who is ready.
//
// Look for
//   [1] the sets are filled again before each call, because select overwrites them;
//   [2] while the server owes a client bytes, it only sends to it; otherwise it only receives;
//   [3] a set has no room for a descriptor above 1023 (FD_SETSIZE is 1024);
//   [4] out of descriptors: stop watching the listener for a second, or until a client leaves.
//
// Usage:   echo_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  select(2) recv(2) send(2)
// Next:    ch12_select/echo_server_poll
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
#include "common/tcp.hpp"

namespace {

// A client is owed at most one buffer. So the server needs little memory, and TCP's flow
// control stops a client that sends and does not read.
struct Client {
    net::Fd fd;
    net::Address peer;
    std::vector<std::byte> owed{};  // received and not yet sent back
};

struct Server {
    net::Fd listener;
    std::vector<Client> clients{};
    net::Pause pause{};  // while no descriptor is free, the listener is not watched
};

// One turn of a client that is ready. Returns false at the end of its stream.
bool echo(Client& client) {
    if (client.owed.empty()) {
        std::array<std::byte, 16384> buffer;
        const auto count = net::try_recv(client.fd, buffer);
        if (!count) {
            return true;  // nothing is there after all
        }
        if (*count == 0) {
            return false;
        }
        client.owed.assign(buffer.data(), buffer.data() + *count);
    }
    const auto sent = net::try_send(client.fd, client.owed).value_or(0);
    client.owed.erase(client.owed.begin(), client.owed.begin() + static_cast<std::ptrdiff_t>(sent));
    return true;
}

void close_client(Server& server, Client& client) {
    client = {};         // closes its descriptor
    server.pause.end();  // a descriptor is free again
}

// Runs echo(), and prints an event line when the client leaves. A failure ends only this
// client.
void serve(Server& server, Client& client) try {
    if (!echo(client)) {
        app::say("closed ", client.peer);
        close_client(server, client);
    }
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    close_client(server, client);
}

bool fits_into_a_set(const net::Fd& fd) {
    return fd.get() < FD_SETSIZE;  // [3]
}

// Takes a new client. A failure ends only this client.
void add_client(Server& server, sys::Accepted& client) try {
    if (!fits_into_a_set(client.fd)) {
        app::say("dropped ", client.peer, ": select takes no descriptor above 1023");
        return;
    }
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    server.clients.push_back({std::move(client.fd), client.peer});
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
        server.pause.begin();  // [4]
    }
}

struct Sets {
    fd_set readable;
    fd_set writable;
    int highest;
};

Sets sets_to_watch(Server& server) {
    Sets sets{.readable = {}, .writable = {}, .highest = server.listener.get()};
    FD_ZERO(&sets.readable);
    FD_ZERO(&sets.writable);
    if (!server.pause.active()) {
        FD_SET(server.listener.get(), &sets.readable);
    }
    for (const auto& client : server.clients) {
        FD_SET(client.fd.get(), client.owed.empty() ? &sets.readable : &sets.writable);  // [2]
        sets.highest = std::max(sets.highest, client.fd.get());
    }
    return sets;
}

void serve_all(const net::Address& local) {
    Server server{net::tcp_listen(local, SOCK_NONBLOCK)};
    if (!fits_into_a_set(server.listener)) {
        throw std::runtime_error{"select takes no descriptor above 1023"};
    }
    app::say("listening on ", sys::getsockname(server.listener));

    for (;;) {
        auto sets = sets_to_watch(server);  // [1]
        const long left = server.pause.milliseconds();
        timeval timeout{.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
        net::select(sets.highest + 1, &sets.readable, &sets.writable, nullptr,
                    left == -1 ? nullptr : &timeout);  // nullptr: wait for ever

        for (auto& client : server.clients) {
            const int fd = client.fd.get();
            if (FD_ISSET(fd, &sets.readable) || FD_ISSET(fd, &sets.writable)) {
                serve(server, client);
            }
        }
        std::erase_if(server.clients, [](const Client& client) { return client.fd.get() == -1; });
        if (FD_ISSET(server.listener.get(), &sets.readable)) {
            accept_next(server);
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
