// trigger_compare.cpp - reads ten bytes two at a time: how often epoll reports them, by level and by edge.
//
// Look for
//   [1] level-triggered: in every round, as long as there is something to read;
//   [2] edge-triggered: once, however much is left unread;
//   [3] and once again when something new arrives.
//
// Usage:   trigger_compare
// Manual:  epoll(7)
// Next:    ch17_epoll/echo_server_level
#include <array>
#include <string>

#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_epoll.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_state.hpp"

namespace {

// In each round: says how many bytes are unread, asks epoll without waiting, then reads two bytes if there
// are any.
std::string reports(const net::Fd& epoll, const net::Fd& fd, int rounds) {
    std::string answers;
    for (int round = 0; round < rounds; ++round) {
        std::array<epoll_event, 1> events;
        answers += " " + std::to_string(net::unread(fd));
        answers += net::epoll_wait(epoll, events, 0).empty() ? " -" : " report";
        answers += round + 1 < rounds ? "," : "";
        std::array<std::byte, 2> two;
        (void)net::try_recv(fd, two);
    }
    return answers;
}

void compare(const char* name, std::uint32_t trigger) {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    const auto peer = net::tcp_connect(sys::getsockname(listener));
    const auto ours = sys::accept(listener).fd;
    const auto epoll = sys::epoll_create1();
    sys::epoll_ctl(epoll, EPOLL_CTL_ADD, ours, EPOLLIN | trigger);

    const std::array<std::byte, 10> ten{};
    net::send_all(peer, ten);
    app::say(name, ", ten bytes:", reports(epoll, ours, 6));
    net::send_all(peer, std::span{ten}.first(4));
    app::say(name, ", four more:", reports(epoll, ours, 3));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        compare("level", 0);       // [1]
        compare("edge", EPOLLET);  // [2] [3]
    });
}
