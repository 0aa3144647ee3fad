// libevent_echo_server.cpp - TCP echo on libevent, for comparison: https://libevent.org
//
// The same two states as in our servers: a client that is owed bytes is only written to,
// any other is only read.
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/tcp.hpp"

namespace {

struct Client {
    net::Fd fd;
    event* readable;
    event* writable;
    std::vector<std::byte> owed;
};

void end(Client* client) {
    event_free(client->readable);
    event_free(client->writable);
    delete client;
}

void send_owed(Client& client) {
    const auto sent = net::try_send(client.fd, client.owed).value_or(0);
    client.owed.erase(client.owed.begin(), client.owed.begin() + static_cast<std::ptrdiff_t>(sent));
}

void on_readable(evutil_socket_t /*unused*/, short /*unused*/, void* argument) {
    auto* const client = static_cast<Client*>(argument);
    try {
        std::array<std::byte, 16384> buffer;
        const auto count = net::try_recv(client->fd, buffer);
        if (count == 0) {
            end(client);
            return;
        }
        client->owed.assign(buffer.data(), buffer.data() + count.value_or(0));
        send_owed(*client);
        if (!client->owed.empty()) {
            event_del(client->readable);
            event_add(client->writable, nullptr);
        }
    } catch (const std::runtime_error&) {
        end(client);
    }
}

void on_writable(evutil_socket_t /*unused*/, short /*unused*/, void* argument) {
    auto* const client = static_cast<Client*>(argument);
    try {
        send_owed(*client);
        if (client->owed.empty()) {
            event_del(client->writable);
            event_add(client->readable, nullptr);
        }
    } catch (const std::runtime_error&) {
        end(client);
    }
}

struct Server {
    event_base* base;
    net::Fd listener;
    event* acceptable = nullptr;
};

// Perhaps no descriptor is free: wait a little before asking again.
void rest(Server& server) {
    const timeval little{.tv_sec = 0, .tv_usec = 50'000};
    event_del(server.acceptable);
    event_base_once(
        server.base, -1, EV_TIMEOUT,
        [](evutil_socket_t /*unused*/, short /*unused*/, void* argument) {
            event_add(static_cast<Server*>(argument)->acceptable, nullptr);
        },
        &server, &little);
}

void on_connection(evutil_socket_t /*unused*/, short /*unused*/, void* argument) {
    auto& server = *static_cast<Server*>(argument);
    std::optional<sys::Accepted> accepted;
    try {
        accepted = net::try_accept(server.listener);
    } catch (const std::runtime_error&) {
        rest(server);
    }
    if (!accepted) {
        return;
    }
    sys::setsockopt(accepted->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    const int fd = accepted->fd.get();
    auto* const client = new Client{std::move(accepted->fd), nullptr, nullptr, {}};
    client->readable = event_new(server.base, fd, EV_READ | EV_PERSIST, on_readable, client);
    client->writable = event_new(server.base, fd, EV_WRITE | EV_PERSIST, on_writable, client);
    event_add(client->readable, nullptr);
}

void serve_all(app::Args args) {
    Server server{event_base_new(), net::tcp_listen(app::server_address(args), SOCK_NONBLOCK)};
    server.acceptable =
        event_new(server.base, server.listener.get(), EV_READ | EV_PERSIST, on_connection, &server);
    event_add(server.acceptable, nullptr);
    app::say("listening on ", sys::getsockname(server.listener));
    event_base_dispatch(server.base);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, serve_all);
}
