// echo_server_poll.cpp - the same echo with poll(): a list of descriptors in place of sets of bits.
//
// Look for
//   [1] the question (events) and the answer (revents) are two fields;
//   [2] a client is either read or owed, as with select;
//   [3] no descriptor is too high: the list may be as long as it has to be;
//   [4] no descriptor left: do not accept until a client leaves or a second is over.
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
    app::say("connected ", client->peer);
    sys::setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    clients.push_back({std::move(client->fd), client->peer});
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        pause.begin();  // [4]
    }
}

void serve_all(const net::Fd& listener) {
    std::vector<Client> clients;
    net::Pause pause;
    std::vector<pollfd> watched;  // [3]
    for (;;) {
        watched.clear();
        for (const auto& client : clients) {
            const short events = client.owed.empty() ? POLLIN : POLLOUT;  // [2]
            watched.push_back({.fd = client.fd.get(), .events = events, .revents = 0});
        }
        if (!pause.active()) {
            watched.push_back({.fd = listener.get(), .events = POLLIN, .revents = 0});  // [1]
        }
        net::poll(watched, pause.milliseconds());

        const bool knocks = watched.size() > clients.size() && watched.back().revents != 0;
        auto entry = watched.begin();
        const auto gone = std::erase_if(
            clients, [&](Client& client) { return (entry++)->revents != 0 && !serve(client); });
        if (gone > 0) {
            pause.end();
        }
        if (knocks) {
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
