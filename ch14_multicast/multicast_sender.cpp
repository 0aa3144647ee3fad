// multicast_sender.cpp - sends each line of standard input as one datagram to a group.
//
// Look for
//   [1] the interface is chosen by the sender, where the routing table is not to do it;
//   [2] how many networks the datagram may pass: 1, which is the default, no router;
//   [3] whether members on this very host get it too;
//   [4] sending needs no membership, and no error says that nobody listens.
//
// Usage:   multicast_sender [GROUP [PORT]] [--interface ADDRESS] [--ttl HOPS] [--loop 0|1]
// Pair:    ch14_multicast/multicast_receiver
// Manual:  ip(7) ipv6(7) sendto(2)
// Next:    ch14_multicast/multicast_receiver
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <string>

#include "ch14_multicast/multicast.hpp"
#include "common/line_reader.hpp"
#include "common/options.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_interface.hpp"
#include "common/sys_socket.hpp"

namespace {

struct Reach {
    std::string interface;  // an address for IPv4, a name for IPv6; empty: loopback
    int ttl;
    int loop;
};

void set_reach(const net::Fd& socket, const Reach& reach) {
    const auto outgoing = multicast::ipv4(reach.interface.empty() ? "127.0.0.1" : reach.interface);
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, outgoing, "IP_MULTICAST_IF");  // [1]
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_TTL, reach.ttl);                   // [2]
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_LOOP, reach.loop);                 // [3]
}

void set_reach_ipv6(const net::Fd& socket, const Reach& reach) {
    const auto outgoing = sys::if_nametoindex(reach.interface.empty() ? "lo" : reach.interface);
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, outgoing, "IPV6_MULTICAST_IF");
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, reach.ttl);
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, reach.loop);
}

void send_lines(const net::Address& group, const Reach& reach) {
    const auto socket = sys::socket(group.family(), SOCK_DGRAM);
    if (group.family() == AF_INET6) {
        set_reach_ipv6(socket, reach);
    } else {
        set_reach(socket, reach);
    }
    net::LineReader lines{STDIN_FILENO, 1400};
    while (const auto line = lines.next()) {
        sys::sendto(socket, net::bytes(line->text), 0, group);  // [4]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    constexpr auto* usage = "[GROUP [PORT]] [--interface ADDRESS] [--ttl HOPS] [--loop 0|1]";
    return app::run(argc, argv, {usage, 8}, [](app::Args args) {
        const app::Options options{args, {"--interface", "--ttl", "--loop"}, 2};
        const auto others = options.others();
        const std::array group{others.empty() ? "239.1.1.1" : others[0],
                               others.size() < 2 ? "9190" : others[1]};
        const auto ttl = app::number(options["--ttl"], 0, "--ttl", 0, 255, 1);
        const auto loop = app::number(options["--loop"], 0, "--loop", 0, 1, 1);
        send_lines(app::client_address(group), {options.text("--interface", ""),
                                                static_cast<int>(ttl), static_cast<int>(loop)});
    });
}
