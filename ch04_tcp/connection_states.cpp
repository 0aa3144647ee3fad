// connection_states.cpp - connect, exchange, disconnect: the states of a connection's two ends.
//
// Look for
//   [1] an end can be made deaf, so that the other one repeats what it has sent: states
//       that last microseconds stand still;
//   [2] after SYN and SYN+ACK the connection is half open: accept() has nothing yet;
//   [3] the third segment makes it complete;
//   [4] who ends first passes FIN-WAIT and TIME-WAIT, the other one CLOSE-WAIT and LAST-ACK.
// Usage:   connection_states
// Manual:  tcp(7) proc(5) ip(7)
// Next:    ch04_tcp/socket_buffers
#include <netinet/in.h>

#include <array>

#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_state.hpp"

namespace {

struct Ends {
    net::Address client;
    net::Address server;
};

void say_states(const char* step, const Ends& ends) {
    app::say(step, ": client ", net::tcp_state(ends.client, ends.server.port()), ", server ",
             net::tcp_state(ends.server, ends.client.port()));
}

// Segments on the loopback have a TTL of 64; with a least one of 255 they are dropped.
void hear(const net::Fd& fd, bool anything) {
    sys::setsockopt(fd, IPPROTO_IP, IP_MINTTL, anything ? 0 : 255);  // [1]
}

void wait_for(const net::Fd& fd, short event) {
    std::array watched{pollfd{fd.get(), event, 0}};
    net::poll(watched, -1);
}

void say_whether_one_waits(const net::Fd& listener) {
    std::array watched{pollfd{listener.get(), POLLIN, 0}};
    app::say("  accept would ", net::poll(watched, 0) == 0 ? "wait" : "return");
}

void send_and_receive(const net::Fd& from, const net::Fd& to) {
    net::send_all(from, net::bytes("hello"));
    net::wait_until_acknowledged(from);
    std::array<std::byte, 5> buffer;
    (void)net::read_exactly(to, buffer);
}

void go_through_states() {
    const auto listener = sys::socket(AF_INET, SOCK_STREAM);
    sys::bind(listener, net::parse("127.0.0.1", 0));
    sys::listen(listener);
    const auto address = sys::getsockname(listener);
    app::say("listen: server ", net::tcp_state(address, 0));

    const auto client = sys::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    hear(client, false);
    net::begin_connect(client, address);
    const Ends ends{sys::getsockname(client), address};
    while (net::tcp_state(ends.server, ends.client.port()) == "nothing") {  // the SYN is under way
    }
    say_states("SYN, SYN+ACK lost", ends);
    say_whether_one_waits(listener);  // [2]
    hear(client, true);
    wait_for(client, POLLOUT);
    wait_for(listener, POLLIN);
    say_states("SYN+ACK, ACK", ends);
    say_whether_one_waits(listener);  // [3]

    const auto server = sys::accept(listener).fd;
    send_and_receive(client, server);
    send_and_receive(server, client);
    say_states("bytes both ways", ends);

    hear(server, false);
    sys::shutdown(client, SHUT_WR);
    say_states("client's FIN lost", ends);
    hear(server, true);
    wait_for(server, POLLIN);
    net::wait_until_acknowledged(client);
    say_states("client's FIN, ACK", ends);
    hear(client, false);
    sys::shutdown(server, SHUT_WR);
    say_states("server's FIN lost", ends);
    hear(client, true);
    wait_for(client, POLLIN);
    net::wait_until_acknowledged(server);
    say_states("server's FIN, ACK", ends);  // [4]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { go_through_states(); });
}
