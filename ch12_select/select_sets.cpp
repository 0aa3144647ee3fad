// select_sets.cpp - asks select()'s three questions about one connection, state by state.
//
// Look for
//   [1] readable: recv() would not wait; data make it so, and the end as well;
//   [2] writable: send() would not wait; an idle socket is, one with a full
//       buffer is not;
//   [3] exceptional: urgent data, and no error;
//   [4] too small a first argument, and the descriptor is not looked at.
//
// Usage:   select_sets
// Manual:  select(2) send(2)
// Next:    ch12_select/echo_server
#include <array>

#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// What select answers at once about fd, told nfds as its first argument.
void ask(const char* when, const net::Fd& fd, int nfds) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd.get(), &readable);
    fd_set writable = readable;
    fd_set exceptional = readable;
    timeval at_once{.tv_sec = 0, .tv_usec = 0};
    const int bits = net::select(nfds, &readable, &writable, &exceptional, &at_once);
    app::say(when, ": ", bits, " bits;", FD_ISSET(fd.get(), &readable) ? " readable" : "",
             FD_ISSET(fd.get(), &writable) ? " writable" : "",
             FD_ISSET(fd.get(), &exceptional) ? " exceptional" : "");
}

// Waits until fd is in the set that select fills at this place: the other side's
// doing takes a moment to arrive.
void wait_for(const net::Fd& fd, bool exceptional) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd.get(), &set);
    net::select(fd.get() + 1, exceptional ? nullptr : &set, nullptr, exceptional ? &set : nullptr,
                nullptr);
}

void ask_questions() {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    auto peer = net::tcp_connect(sys::getsockname(listener));
    const auto ours = sys::accept(listener).fd;
    const auto one = net::bytes("!");
    std::array<std::byte, 65536> buffer{};

    ask("idle", ours, ours.get() + 1);                  // [2]
    ask("idle, nfds one too small", ours, ours.get());  // [4]

    (void)sys::send(peer, one);
    wait_for(ours, false);
    ask("data have come", ours, ours.get() + 1);  // [1]
    (void)sys::recv(ours, buffer);

    (void)sys::send(peer, one, MSG_OOB);
    wait_for(ours, true);
    ask("urgent data have come", ours, ours.get() + 1);  // [3]
    (void)sys::recv(ours, buffer, MSG_OOB);

    while (net::try_send(ours, buffer)) {
        // until the peer, who does not read, has no room left
    }
    ask("the send buffer is full", ours, ours.get() + 1);

    sys::shutdown(peer, SHUT_WR);
    wait_for(ours, false);
    ask("the peer has finished", ours, ours.get() + 1);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { ask_questions(); });
}
