// time_wait.cpp - the end that closes first keeps the connection, and its port, for a minute.
//
// Look for
//   [1] the end that closed first is in TIME-WAIT, at the other one nothing is left;
//   [2] a server cannot have that port again, unless both sockets have SO_REUSEADDR;
//   [3] a client does not mind: it takes another port.
//
// Usage:   time_wait
// Manual:  tcp(7) close(2)
// Next:    ch09_options/nagle
#include <array>
#include <system_error>
#include <utility>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_state.hpp"
#include "common/waiting.hpp"

namespace {

struct Connection {
    net::Fd server;
    net::Fd client;
    net::Address server_address;
    net::Address client_address;
};

// As net::tcp_pair(), but the listener has no SO_REUSEADDR.
Connection open_connection() {
    const auto listener = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(listener, net::parse("127.0.0.1", 0));
    sys::listen(listener);
    auto client = net::tcp_connect(sys::getsockname(listener));
    auto [server, client_address] = sys::accept(listener);
    return {std::move(server), std::move(client), sys::getsockname(listener), client_address};
}

void close_in_order(net::Fd& first, net::Fd& second) {
    first.reset();
    std::array<std::byte, 1> buffer;
    (void)net::recv(second, buffer);  // the end of the stream
    second.reset();
}

void say_state(const char* whose, const net::Address& local, const net::Address& remote) {
    std::string_view state;
    net::wait_until("the last segments", [&] {
        state = net::tcp_state(local, remote.port());
        return state == "TIME-WAIT" || state == "nothing";
    });
    app::say("  at the ", whose, "'s port: ", state);  // [1]
}

void try_to_listen_again(const net::Address& address) try {
    sys::bind(sys::socket(address.family(), SOCK_STREAM), address);
    app::say("  the server's port again: free");
} catch (const std::system_error& error) {
    app::say("  the server's port again: ", error.code().message());  // [2]
}

void say_what_is_left(const Connection& closed) {
    say_state("server", closed.server_address, closed.client_address);
    say_state("client", closed.client_address, closed.server_address);
    try_to_listen_again(closed.server_address);
}

void compare() {
    auto one = open_connection();
    close_in_order(one.server, one.client);
    app::say("the server closed first");
    say_what_is_left(one);

    auto two = open_connection();
    close_in_order(two.client, two.server);
    app::say("the client closed first");  // [3]
    say_what_is_left(two);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { compare(); });
}
