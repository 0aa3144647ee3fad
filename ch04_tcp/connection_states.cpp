// connection_states.cpp - connect, exchange, disconnect: the states of a connection's two ends.
//
// Look for
//   [1] a deaf end drops what arrives, so the other end repeats its segment: a state that
//       usually lasts microseconds stays long enough to look at;
//   [2] after SYN and SYN+ACK the connection is half open: accept() would still wait;
//   [3] the third segment makes it complete, and accept() returns it;
//   [4] the end that closes first goes through FIN-WAIT and TIME-WAIT, the other through CLOSE-WAIT
//       and LAST-ACK.
// Usage:   connection_states
// Manual:  tcp(7) proc(5) ip(7)
// Next:    ch04_tcp/socket_buffers
#include <netinet/in.h>

#include <array>
#include <string>

#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_state.hpp"
#include "common/waiting.hpp"

namespace {

struct Ends {
    net::Address client;
    net::Address server;
};

// From the kernel's table, which also has the ends that no descriptor refers to.
std::string_view server_state(const Ends& ends) {
    return net::tcp_state(ends.server, ends.client.port());
}

void say_states(const std::string& step, const Ends& ends) {
    app::say(step, ": client ", net::tcp_state(ends.client, ends.server.port()), ", server ",
             server_state(ends));
}

// The kernel drops segments whose TTL is below IP_MINTTL; on the loopback they have 64.
void make_deaf(const net::Fd& fd) {
    sys::setsockopt(fd, IPPROTO_IP, IP_MINTTL, 255);  // [1]
}

void let_hear(const net::Fd& fd) {
    sys::setsockopt(fd, IPPROTO_IP, IP_MINTTL, 0);
}

bool is_ready(const net::Fd& fd, short event) {
    std::array watched{pollfd{fd.get(), event, 0}};
    return net::poll(watched, 0) != 0;
}

void say_what_accept_would_do(const net::Fd& listener) {
    app::say("  accept would ", is_ready(listener, POLLIN) ? "return" : "wait");
}

Ends connect_step_by_step(const net::Fd& client, const net::Fd& listener) {
    const auto address = sys::getsockname(listener);
    make_deaf(client);
    net::begin_connect(client, address);
    const Ends ends{sys::getsockname(client), address};
    // With net.ipv4.tcp_syncookies=2 the kernel keeps nothing about half a connection.
    net::wait_until("a half-open connection at the server",
                    [&ends] { return server_state(ends) != "nothing"; });
    say_states("SYN, SYN+ACK lost", ends);
    say_what_accept_would_do(listener);  // [2]

    let_hear(client);
    net::wait_until("the third segment", [&client, &listener] {
        return is_ready(client, POLLOUT) && is_ready(listener, POLLIN);
    });
    say_states("SYN+ACK, ACK", ends);
    say_what_accept_would_do(listener);  // [3]
    return ends;
}

void send_and_receive(const net::Fd& from, const net::Fd& to) {
    net::send_all(from, net::bytes("hello"));
    net::wait_until_acknowledged(from);
    std::array<std::byte, 5> buffer;
    (void)net::read_exactly(to, buffer);
}

// One direction of the connection ends: the FIN is lost once, then it arrives.
void end_direction(const std::string& who, const net::Fd& from, const net::Fd& to,
                   const Ends& ends) {
    make_deaf(to);
    sys::shutdown(from, SHUT_WR);
    say_states(who + "'s FIN lost", ends);

    let_hear(to);
    net::wait_until("a FIN", [&to] { return is_ready(to, POLLIN); });
    net::wait_until_acknowledged(from);
    say_states(who + "'s FIN, ACK", ends);  // [4]
}

void go_through_states() {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    app::say("listen: server ", net::tcp_state(sys::getsockname(listener), 0));

    const auto client = sys::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    const auto ends = connect_step_by_step(client, listener);

    const auto server = sys::accept(listener).fd;
    send_and_receive(client, server);
    send_and_receive(server, client);
    say_states("bytes both ways", ends);

    end_direction("client", client, server, ends);
    end_direction("server", server, client, ends);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { go_through_states(); });
}
