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
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"
#include "common/waiting.hpp"

namespace {

// As net::tcp_pair(), but the listener has no SO_REUSEADDR. The near end is the client.
net::TcpPair open_connection() {
    const auto listener = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(listener, net::parse("127.0.0.1", 0));
    sys::listen(listener);
    auto client = net::tcp_connect(sys::getsockname(listener));
    return {std::move(client), sys::accept(listener).fd};
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

// Closes both ends, which are first and second, and says what is left.
void close_in_order(const net::TcpPair& pair, net::Fd& first, net::Fd& second) {
    const auto client = sys::getsockname(pair.near);
    const auto server = sys::getsockname(pair.far);
    first.reset();
    std::array<std::byte, 1> buffer;
    (void)net::recv(second, buffer);  // the end of the stream
    second.reset();
    say_state("server", server, client);
    say_state("client", client, server);
    try_to_listen_again(server);
}

void compare() {
    app::say("the server closed first");
    auto one = open_connection();
    close_in_order(one, one.far, one.near);
    app::say("the client closed first");  // [3]
    auto two = open_connection();
    close_in_order(two, two.near, two.far);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { compare(); });
}
