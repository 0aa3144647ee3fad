// echo_server.cpp - TCP echo for many clients in one process: select() says who is ready.
//
// Look for
//   [1] the sets are made anew for each call, because select overwrites them;
//   [2] a client is either read or owed: who has bytes to take is not read from;
//   [3] a descriptor from FD_SETSIZE (1024) on does not fit into a set;
//   [4] no descriptor left: do not accept until a client leaves or a second is over.
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

// The same, with an event line at its end; one client's failure is only its own.
bool serve(Client& client) try {
    const bool goes_on = echo(client);
    if (!goes_on) {
        app::say("closed ", client.peer);
    }
    return goes_on;
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    return false;
}

void accept_next(const net::Fd& listener, std::vector<Client>& clients, net::Pause& pause) try {
    auto client = net::try_accept(listener);
    if (!client) {
        return;
    }
    if (client->fd.get() >= FD_SETSIZE) {  // [3]
        app::say("dropped ", client->peer, ": select takes no descriptor from 1024 on");
        return;
    }
    app::say("connected ", client->peer);
    sys::setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    clients.push_back({std::move(client->fd), client->peer});
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        pause.begin();  // [4]
    }
}

struct Sets {
    fd_set readable;
    fd_set writable;
    int highest;
};

Sets sets_for(const net::Fd& listener, bool accepting, const std::vector<Client>& clients) {
    Sets sets{.readable = {}, .writable = {}, .highest = listener.get()};
    FD_ZERO(&sets.readable);
    FD_ZERO(&sets.writable);
    if (accepting) {
        FD_SET(listener.get(), &sets.readable);
    }
    for (const auto& client : clients) {
        FD_SET(client.fd.get(), client.owed.empty() ? &sets.readable : &sets.writable);  // [2]
        sets.highest = std::max(sets.highest, client.fd.get());
    }
    return sets;
}

void serve_all(const net::Fd& listener) {
    std::vector<Client> clients;
    net::Pause pause;
    for (;;) {
        auto sets = sets_for(listener, !pause.active(), clients);  // [1]
        const long left = pause.milliseconds();
        timeval timeout{.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
        net::select(sets.highest + 1, &sets.readable, &sets.writable, nullptr,
                    left < 0 ? nullptr : &timeout);

        const auto gone = std::erase_if(clients, [&](Client& client) {
            const int fd = client.fd.get();
            return (FD_ISSET(fd, &sets.readable) || FD_ISSET(fd, &sets.writable)) && !serve(client);
        });
        if (gone > 0) {
            pause.end();
        }
        if (FD_ISSET(listener.get(), &sets.readable)) {
            accept_next(listener, clients, pause);
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
