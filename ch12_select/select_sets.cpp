// select_sets.cpp - asks select()'s three questions about one connection, in several states.
//
// Look for
//   [1] readable: recv() would not wait, because data or the end of the stream came;
//   [2] writable: send() would not wait: true if idle, false if its buffer is full;
//   [3] exceptional: urgent data came; errors are not reported here;
//   [4] if the first argument is too small, select does not look at the descriptor;
//   [5] select() overwrites its sets and the timeval: fill them again before each call.
//
// Usage:   select_sets
// Manual:  select(2) send(2)
// Next:    ch12_select/echo_server
#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/waiting.hpp"

namespace {

// Asks all three questions about fd without waiting; nfds is the first argument of select.
void ask(const char* when, const net::Fd& fd, int nfds) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd.get(), &readable);
    fd_set writable = readable;
    fd_set exceptional = readable;
    timeval at_once{.tv_sec = 0, .tv_usec = 0};
    const int bits = net::select(nfds, &readable, &writable, &exceptional, &at_once);
    app::say(when, ": select returns ", bits, ";", FD_ISSET(fd.get(), &readable) ? " readable" : "",
             FD_ISSET(fd.get(), &writable) ? " writable" : "",
             FD_ISSET(fd.get(), &exceptional) ? " exceptional" : "");
}

enum Question : std::size_t { readable, writable, exceptional };

// What the peer does takes a moment to arrive. (With net.ipv4.tcp_stdurg=1 urgent data never does.)
void wait_for(const char* what, const net::Fd& fd, Question question) {
    std::array<fd_set, 3> sets;
    for (auto& set : sets) {
        FD_ZERO(&set);
    }
    FD_SET(fd.get(), &sets.at(question));
    timeval limit{.tv_sec = 10, .tv_usec = 0};
    if (net::select(fd.get() + 1, &sets[readable], &sets[writable], &sets[exceptional], &limit) ==
        0) {
        throw std::runtime_error{std::string{"waited 10 seconds for "} + what};
    }
}

// Four macros change a set and ask it; select() changes it too.
void change_a_set(const net::Fd& ours, const net::Fd& other) {
    fd_set set;
    std::memset(&set, 0xff, sizeof set);  // a set without FD_ZERO may hold anything
    const auto say = [&](const char* after) {
        app::say(after, ": the socket is ", FD_ISSET(ours.get(), &set) ? "in" : "out",
                 ", the other is ", FD_ISSET(other.get(), &set) ? "in" : "out");
    };
    say("full of ones");
    FD_ZERO(&set);
    say("FD_ZERO");
    FD_SET(ours.get(), &set);
    FD_SET(other.get(), &set);
    say("FD_SET of both");
    FD_CLR(ours.get(), &set);
    say("FD_CLR");

    FD_SET(ours.get(), &set);
    timeval timeout{.tv_sec = 0, .tv_usec = 50'000};
    const auto before = timeout.tv_usec;
    net::select(std::max(ours.get(), other.get()) + 1, &set, nullptr, nullptr, &timeout);
    say("nothing came for 50 ms");  // [5]
    app::say("the timeval had ", before, " us, has ", timeout.tv_usec, " us left");
}

// The peer does not read. As long as its buffer has room (a window), bytes move on to it, and ours
// has room again.
void fill(const net::Fd& fd) {
    const std::array<std::byte, 16384> block{};
    net::wait_until("a window of 0", [&] {
        const auto window = sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO).tcpi_snd_wnd;
        while (net::try_send(fd, block)) {
        }
        return window == 0;
    });
}

void ask_questions() {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    auto peer = net::tcp_connect(sys::getsockname(listener));
    const auto ours = sys::accept(listener).fd;
    if (ours.get() >= FD_SETSIZE) {
        throw std::runtime_error{"select takes no descriptor above 1023"};
    }
    change_a_set(ours, peer);

    const auto one_byte = net::bytes("!");
    std::array<std::byte, 16> buffer{};

    ask("idle", ours, ours.get() + 1);                  // [2]
    ask("idle, nfds one too small", ours, ours.get());  // [4]

    (void)sys::send(peer, one_byte);
    wait_for("data", ours, readable);
    ask("data came", ours, ours.get() + 1);  // [1]
    (void)sys::recv(ours, buffer);

    (void)sys::send(peer, one_byte, MSG_OOB);
    wait_for("urgent data", ours, exceptional);
    ask("urgent data came", ours, ours.get() + 1);  // [3]
    (void)sys::recv(ours, buffer, MSG_OOB);

    fill(ours);
    ask("the send buffer is full", ours, ours.get() + 1);

    sys::shutdown(peer, SHUT_WR);
    wait_for("the end of the stream", ours, readable);
    ask("the peer has finished", ours, ours.get() + 1);
    app::say("recv returns ", sys::recv(ours, buffer));  // [1]

    peer.reset();  // with bytes unread: that resets the connection, an error
    wait_for("the reset", ours, writable);
    ask("the peer has reset the connection", ours, ours.get() + 1);  // [3]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { ask_questions(); });
}
