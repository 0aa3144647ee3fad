// time_wait.cpp - who closes first keeps the connection for a minute, and the server its port.
//
// Look for
//   [1] the end that closed first is in TIME-WAIT, the other one is gone;
//   [2] a server's port is then not to be had again, unless both said SO_REUSEADDR;
//   [3] a client does not care: it takes another port.
//
// Usage:   time_wait
// Manual:  tcp(7) close(2)
// Next:    ch09_options/nagle
#include <array>
#include <system_error>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_state.hpp"

namespace {

void say_state(const char* whose, const net::Address& local, const net::Address& remote) {
    auto state = net::tcp_state(local, remote.port());
    while (state != "TIME-WAIT" && state != "nothing") {  // the last segments are under way
        state = net::tcp_state(local, remote.port());
    }
    app::say("  at the ", whose, "'s port: ", state);  // [1]
}

void try_to_listen_again(const net::Address& address) try {
    sys::bind(sys::socket(address.family(), SOCK_STREAM), address);
    app::say("  the server's port again: to be had");
} catch (const std::system_error& error) {
    app::say("  the server's port again: ", error.code().message());  // [2]
}

void close_first(const char* who, bool server_first) {
    auto listener = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(listener, net::parse("127.0.0.1", 0));
    sys::listen(listener);
    const auto server = sys::getsockname(listener);
    auto near = net::tcp_connect(server);
    const auto client = sys::getsockname(near);
    auto far = sys::accept(listener).fd;
    listener.reset();

    auto& first = server_first ? far : near;
    auto& second = server_first ? near : far;
    first.reset();
    std::array<std::byte, 1> buffer;
    (void)net::recv(second, buffer);  // the end of the stream
    second.reset();
    app::say("the ", who, " closed first");
    say_state("server", server, client);
    say_state("client", client, server);
    try_to_listen_again(server);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        close_first("server", true);
        close_first("client", false);  // [3]
    });
}
