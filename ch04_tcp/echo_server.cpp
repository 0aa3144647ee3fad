// echo_server.cpp - an iterative TCP echo server: one client at a time, the next one waits.
//
// Look for
//   [1] two kinds of socket: the listener, and a new one for each client that accept() returns;
//   [2] recv() returns 0 when the client has finished sending; that is not an error;
//   [3] send() may take only some of the bytes: offer it the rest;
//   [4] an error ends the conversation with that client, never the server.
//
// Usage:   echo_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  socket(2) bind(2) listen(2) accept(2) recv(2) send(2) tcp(7)
// Next:    ch04_tcp/echo_client
#include <array>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"

namespace {

void echo_until_closed(const net::Fd& client) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = net::recv(client, buffer)) {  // [2]
        std::span<const std::byte> rest = std::span{buffer}.first(count);
        while (!rest.empty()) {
            const auto sent = net::send(client, rest);  // [3]
            rest = rest.subspan(sent);
        }
    }
}

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    echo_until_closed(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {  // [4]
    app::say("dropped ", client.peer, ": ", error.what());
}

// If accept() fails because a client left too early, the next client is served. If no descriptor or
// memory is free, it would fail again at once, so wait a second. accept_fault throws any other error
// again, and that ends the server.
void serve_next(const net::Fd& listener) try {
    serve(sys::accept(listener));  // [1]
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_one_after_another(const net::Address& local) {
    const auto listener = sys::socket(local.family(), SOCK_STREAM);  // [1]
    // A restarted server can bind its port although old connections are still in TIME-WAIT.
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    sys::bind(listener, local);
    sys::listen(listener);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_one_after_another(app::server_address(args)); });
}
