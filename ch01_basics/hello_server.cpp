// hello_server.cpp - greets one client and ends: the calls of every server, in order.
//
// Look for
//   [1] sys::bind is ::bind, and throws where that returns -1: no check to forget;
//   [2] the greeting is sent without the '\0' that ends a C string;
//   [3] both sockets close themselves, on the way out of an error, too.
//
// Usage:   hello_server [PORT [ADDRESS]]
// Pair:    ch01_basics/hello_client
// Manual:  socket(2) bind(2) listen(2) accept(2) send(2)
// Next:    ch01_basics/hello_client
#include <string_view>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

void greet_one(const net::Address& local) {
    const auto listener = sys::socket(local.family(), SOCK_STREAM);
    sys::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    sys::bind(listener, local);  // [1]
    sys::listen(listener);
    app::say("listening on ", sys::getsockname(listener));

    const auto client = sys::accept(listener);
    app::say("connected ", client.peer);
    const std::string_view greeting = "Hello!\n";
    net::send_all(client.fd, net::bytes(greeting));  // [2]
    app::say("closed ", client.peer);
}  // [3]

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { greet_one(app::server_address(args)); });
}
