// echo_server_poll.cpp - the same echo with poll(): a list of descriptors in place of sets of bits.
//
// Look for
//   [1] the question (events) and the answer (revents) are two fields;
//   [2] while the server owes a client bytes, it only sends to it; otherwise it only receives;
//   [3] no descriptor is too high: the list may have any length;
//   [4] out of descriptors: stop watching the listener for a second, or until a client leaves.
//
// Usage:   echo_server_poll [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  poll(2) recv(2) send(2)
// Next:    ch14_multicast/multicast_sender
#include <netinet/in.h>
#include <netinet/tcp.h>

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

// Takes a new client. A failure ends only this client.
void add_client(Server& server, sys::Accepted& client) try {
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

void serve_all(const net::Address& local) {
    Server server{net::tcp_listen(local, SOCK_NONBLOCK)};
    app::say("listening on ", sys::getsockname(server.listener));

    std::vector<pollfd> watched;  // [3]
    for (;;) {
        watched.clear();
        for (const auto& client : server.clients) {
            const short events = client.owed.empty() ? POLLIN : POLLOUT;  // [2]
            watched.push_back({.fd = client.fd.get(), .events = events, .revents = 0});
        }
        // poll() skips an entry whose descriptor is negative.
        const int listener = server.pause.active() ? -1 : server.listener.get();
        watched.push_back({.fd = listener, .events = POLLIN, .revents = 0});  // [1]
        net::poll(watched, server.pause.milliseconds());

        // watched[i] is about clients[i], and the last entry about the listener.
        for (std::size_t i = 0; i < server.clients.size(); ++i) {
            if (watched[i].revents != 0) {
                serve(server, server.clients[i]);
            }
        }
        std::erase_if(server.clients, [](const Client& client) { return client.fd.get() == -1; });
        if (watched.back().revents != 0) {
            accept_next(server);
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
