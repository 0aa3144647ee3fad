// source_receiver.cpp - joins a group of IPv4 or IPv6, of one source if so wished, and prints what comes.
//
// Look for
//   [1] one structure for both families, with the number of the interface in the place of
//       an address of it: what a new program uses, where the notes have ip_mreq;
//   [2] a membership of one source orders packets of that sender only: others to the
//       same group need not even cross the network.
//
// Usage:   source_receiver [PORT [GROUP [SOURCE]]] [--interface NAME] [--seconds OF-SILENCE]
// Pair:    ch14_multicast/multicast_sender
// Manual:  ip(7) ipv6(7) setsockopt(2)
// Next:    ch14_multicast/news_sender
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>

#include "ch14_multicast/multicast.hpp"
#include "common/options.hpp"
#include "common/program.hpp"
#include "common/sys_interface.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

void join(const net::Fd& socket, const net::Address& group, int interface) {
    const int level = group.family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    group_req wish{};  // [1]
    wish.gr_interface = static_cast<std::uint32_t>(interface);
    wish.gr_group = group.storage;
    sys::setsockopt(socket, level, MCAST_JOIN_GROUP, wish, "MCAST_JOIN_GROUP");
}

void join_source(const net::Fd& socket, const net::Address& group, int interface,
                 const net::Address& source) {
    const int level = group.family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    group_source_req wish{};
    wish.gsr_interface = static_cast<std::uint32_t>(interface);
    wish.gsr_group = group.storage;
    wish.gsr_source = source.storage;
    sys::setsockopt(socket, level, MCAST_JOIN_SOURCE_GROUP, wish,
                    "MCAST_JOIN_SOURCE_GROUP");  // [2]
}

net::Fd open_port(const net::Address& group, const std::string& source, int interface) {
    auto socket = sys::socket(group.family(), SOCK_DGRAM);
    sys::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (source.empty()) {
        join(socket, group, interface);
    } else {
        join_source(socket, group, interface,
                    app::server_address(std::array{std::string{"0"}, source}));
    }
    sys::bind(socket, group);
    app::say("listening on ", sys::getsockname(socket));
    return socket;
}

void receive(const net::Fd& socket, long seconds) {
    net::limit_waiting(socket, seconds * 1000);
    while (multicast::say_next(socket)) {
    }
    multicast::say_silence(seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    constexpr auto* usage = "[PORT [GROUP [SOURCE]]] [--interface NAME] [--seconds OF-SILENCE]";
    return app::run(argc, argv, {usage, 7}, [](app::Args args) {
        const app::Options options{args, {"--interface", "--seconds"}, 3};
        const auto others = options.others();
        const std::array group{others.empty() ? "9190" : others[0],
                               others.size() < 2 ? "232.1.1.1" : others[1]};
        const auto seconds = app::number(options["--seconds"], 0, "--seconds", 1, 86400, 60);
        const int interface = sys::if_nametoindex(options.text("--interface", "lo"));
        const auto socket =
            open_port(app::server_address(group), others.size() < 3 ? "" : others[2], interface);
        receive(socket, seconds);
    });
}
