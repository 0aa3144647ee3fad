// echo_server_short.cpp - the echo server again, with wrapper functions: what they save.
//
// Look for
//   [1] net::tcp_listen calls socket, setsockopt, bind and listen: the notes' tcp4bind;
//   [2] net::send_all is the loop around send(): the notes' writen;
//   [3] no result is checked here: a wrapper whose call fails throws, and names the call.
//
// Usage:   echo_server_short [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  socket(2) bind(2) listen(2) accept(2) recv(2) send(2) tcp(7)
// Next:    ch04_tcp/stream_receiver; compare: echo_server
#include <array>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void echo_until_closed(const net::Fd& client) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = net::recv(client, buffer)) {
        net::send_all(client, std::span{buffer}.first(count));  // [2]
    }
}

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    echo_until_closed(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void serve_next(const net::Fd& listener) try {
    serve(sys::accept(listener));  // [3]
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_one_after_another(const net::Address& local) {
    const auto listener = net::tcp_listen(local);  // [1]
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
