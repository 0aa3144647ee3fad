// echo_server.cpp - TCP echo with a thread for each client: each thread waits for one client.
//
// Look for
//   [1] the thread owns its client; the main thread keeps nothing;
//   [2] detached: nobody joins the thread, it cleans up when it ends;
//   [3] no thread can be made: that client is dropped, the server goes on.
//
// Usage:   echo_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  pthreads(7) pthread_create(3) pthread_detach(3)
// Next:    ch18_threads/echo_server_pool
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <thread>
#include <utility>

#include "common/accepting.hpp"
#include "common/echo.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void serve(const sys::Accepted& client) try {  // [1]
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    net::echo_until_closed(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void start_serving(sys::Accepted client) {
    const auto peer = client.peer;
    try {
        std::thread{serve, std::move(client)}.detach();  // [2]
    } catch (const std::system_error& error) {
        app::say("dropped ", peer, ": ", error.what());  // [3]
    }
}

void serve_next(const net::Fd& listener) try {
    start_serving(sys::accept(listener));
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_all(const net::Address& local) {
    const auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
