// self_connect.cpp - two connect() make a connection, without any listener; even one does.
//
// Look for
//   [1] a socket that connects to its own address meets its own SYN: it is its own peer;
//   [2] two sockets, each bound, each connecting to the other: a simultaneous open;
//   [3] the first SYN comes too early, and is lost: the RST that answers it is not heard.
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

void exchange(const net::Fd& from, const net::Fd& to) {
    net::send_all(from, net::bytes("hello"));
    net::wait_until_acknowledged(from);
    std::array<std::byte, 64> buffer;
    app::say("  sent 5 bytes, received ", net::recv(to, buffer));
}

void connect_to_itself() {
    app::say("one socket");
    const auto fd = bound_socket();
    sys::connect(fd, sys::getsockname(fd));  // [1]
    exchange(fd, fd);
    say_names("it", fd);
}

void connect_to_each_other() {
    app::say("two sockets");
    const auto one = bound_socket(SOCK_NONBLOCK);
    const auto other = bound_socket();
    // one hears only segments with a TTL of 255: other's, but not the kernel's RST, which has 64.
    sys::setsockopt(one, IPPROTO_IP, IP_MINTTL, 255);
    sys::setsockopt(other, IPPROTO_IP, IP_TTL, 255);
    net::begin_connect(one, sys::getsockname(other));  // [3]
    app::say("  one: ", net::tcp_state(one));
    sys::connect(other, sys::getsockname(one));  // [2]
    exchange(other, one);
    say_names("one", one);
    say_names("other", other);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        connect_to_itself();
        connect_to_each_other();
    });
}
