// hello_server.cpp - greets one client and ends: the calls of every server, in order.
//
// Look for
//   [1] sys::bind is the system call bind, but throws if that returns -1: no check to forget;
//   [2] net::bytes leaves out the '\0' that ends a C string: seven bytes are sent;
//   [3] the listener closes itself here, also when an exception leaves the function.
//
// Usage:   hello_server [PORT [ADDRESS]]
// Pair:    ch01_basics/hello_client
// Manual:  socket(2) bind(2) listen(2) accept(2) send(2) close(2)
// Next:    ch01_basics/hello_client
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

    auto client = sys::accept(listener);
    app::say("connected ", client.peer);
    net::send_all(client.fd, net::bytes("Hello!\n"));  // [2]
    client.fd.reset();                                 // close: the client's recv returns 0
    app::say("closed ", client.peer);
}  // [3]

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { greet_one(app::server_address(args)); });
}
