// socket_names.cpp - what getsockname() and getpeername() say, from socket() to close().
//
// Look for
//   [1] a server on 0.0.0.0 listens on every address, and its name stays 0.0.0.0;
//   [2] connect() gives a client its address and port, unless bind() has done so before;
//   [3] the accepted socket is a new one: the listener's port, the address that the client
//       used, and so the client's two names the other way round;
//   [4] closing the listener ends no connection, closing the accepted socket ends its own.
//
// Usage:   socket_names
// Manual:  getsockname(2) getpeername(2) accept(2)
// Next:    ch04_tcp/listen_queue
#include <array>
#include <system_error>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

std::string peer_of(const net::Fd& fd) try {
    return to_string(sys::getpeername(fd));
} catch (const std::system_error& error) {
    return error.what();
}

void say_names(const char* which, const net::Fd& fd) {
    app::say(which, ": local ", sys::getsockname(fd), ", peer ", peer_of(fd));
}

void name_sockets() {
    auto listener = net::tcp_listen(net::parse("0.0.0.0", 0));
    say_names("listener", listener);  // [1]
    const auto port = sys::getsockname(listener).port();

    const auto client = sys::socket(AF_INET, SOCK_STREAM);
    say_names("client before connect", client);
    sys::connect(client, net::parse("127.0.0.5", port));
    say_names("client after connect", client);  // [2]
    auto accepted = sys::accept(listener);
    say_names("accepted", accepted.fd);  // [3]

    const auto bound = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(bound, net::parse("127.0.0.9", 0));
    say_names("client after bind", bound);
    sys::connect(bound, net::parse("127.0.0.1", port));
    say_names("bound client after connect", bound);
    say_names("accepted", sys::accept(listener).fd);
    say_names("listener", listener);  // [1]

    listener.reset();
    try {
        const auto late = net::tcp_connect(net::parse("127.0.0.1", port));
    } catch (const std::system_error& error) {
        app::say("listener closed: a new client gets ", error.code().message());  // [4]
    }
    net::send_all(client, net::bytes("x"));
    std::array<std::byte, 1> byte;
    app::say("the accepted socket still receives ", net::recv(accepted.fd, byte), " byte");

    accepted.fd.reset();
    app::say("accepted socket closed: its client receives ", net::recv(client, byte),
             " bytes");  // [4]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { name_sockets(); });
}
