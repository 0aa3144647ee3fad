// source_receiver.cpp - joins an IPv4 or IPv6 group, of one source if given, and prints what comes.
//
// Look for
//   [1] one structure for both families, with the number of an interface instead of an
//       address: what a new program uses instead of the notes' ip_mreq;
//   [2] a membership for one source takes packets of that sender only: packets of others
//       need not even cross the network.
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

namespace {

int option_level(const net::Address& group) {
    return group.family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

void join(const net::Fd& socket, const net::Address& group, std::uint32_t interface) {
    group_req request{};  // [1]
    request.gr_interface = interface;
    request.gr_group = group.storage;
    sys::setsockopt(socket, option_level(group), MCAST_JOIN_GROUP, request, "MCAST_JOIN_GROUP");
}

void join_source(const net::Fd& socket, const net::Address& group, std::uint32_t interface,
                 const net::Address& source) {
    group_source_req request{};  // [2]
    request.gsr_interface = interface;
    request.gsr_group = group.storage;
    request.gsr_source = source.storage;
    sys::setsockopt(socket, option_level(group), MCAST_JOIN_SOURCE_GROUP, request,
                    "MCAST_JOIN_SOURCE_GROUP");
}

void receive(app::Args args) {
    const app::Options options{args, {"--interface", "--seconds"}, 3};
    const auto others = options.others();
    const std::string port = others.empty() ? "9190" : others[0];
    const std::string group_text = others.size() < 2 ? "232.1.1.1" : others[1];
    const auto group = app::server_address(std::array{port, group_text});
    const auto seconds = app::number(options["--seconds"], 0, "--seconds", 1, 86400, 60);
    const auto interface =
        static_cast<std::uint32_t>(sys::if_nametoindex(options.text("--interface", "lo")));

    const auto socket = sys::socket(group.family(), SOCK_DGRAM);
    sys::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (group.family() == AF_INET) {
        // 0: only what our own membership takes, not what others have joined on another interface.
        sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    }
    if (others.size() < 3) {
        join(socket, group, interface);
    } else {
        const auto source = app::server_address(std::array{port, others[2]});
        if (source.family() != group.family()) {
            throw app::UsageError{"GROUP and SOURCE must both be IPv4 or both IPv6"};
        }
        join_source(socket, group, interface, source);
    }
    sys::bind(socket, group);
    app::say("listening on ", sys::getsockname(socket));
    multicast::say_until_silence(socket, seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    constexpr auto* usage = "[PORT [GROUP [SOURCE]]] [--interface NAME] [--seconds OF-SILENCE]";
    return app::run(argc, argv, {usage, 7}, receive);
}
