// self_connect.cpp - two calls of connect() make a connection without a listener; even one does.
//
// Look for
//   [1] a socket that connects to its own address meets its own SYN, and becomes its own peer;
//   [2] two bound sockets that connect to each other: a simultaneous open;
//   [3] the first SYN comes too early, and is answered with RST: the first socket must not hear it.
//
// Usage:   self_connect
// Manual:  connect(2) bind(2) tcp(7) ip(7)
// Next:    ch04_tcp/connection_states
#include <netinet/in.h>

#include <array>

#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_state.hpp"

namespace {

net::Fd bound_socket(int flags = 0) {
    auto fd = sys::socket(AF_INET, SOCK_STREAM | flags);
    sys::bind(fd, net::parse("127.0.0.1", 0));
    return fd;
}

void say_names(const char* which, const net::Fd& fd) {
    app::say("  ", which, ": local ", sys::getsockname(fd), ", peer ", sys::getpeername(fd), ", ",
             net::tcp_state(fd));
}

void send_and_receive(const net::Fd& from, const net::Fd& to) {
    net::send_all(from, net::bytes("hello"));
    net::wait_until_acknowledged(from);
    std::array<std::byte, 64> buffer;
    app::say("  sent 5 bytes, received ", net::recv(to, buffer));
}

void connect_to_itself() {
    app::say("one socket");
    const auto fd = bound_socket();
    sys::connect(fd, sys::getsockname(fd));  // [1]
    send_and_receive(fd, fd);
    say_names("it", fd);
}

void connect_to_each_other() {
    app::say("two sockets");
    const auto first = bound_socket(SOCK_NONBLOCK);
    const auto second = bound_socket();
    // The first socket drops segments with a TTL below 255. A RST of the kernel has 64; the second
    // socket sends with 255.
    sys::setsockopt(first, IPPROTO_IP, IP_MINTTL, 255);
    sys::setsockopt(second, IPPROTO_IP, IP_TTL, 255);
    net::begin_connect(first, sys::getsockname(second));  // [3]
    app::say("  first: ", net::tcp_state(first));
    sys::connect(second, sys::getsockname(first));  // [2]
    send_and_receive(second, first);
    say_names("first", first);
    say_names("second", second);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        connect_to_itself();
        connect_to_each_other();
    });
}
