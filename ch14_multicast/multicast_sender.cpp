// multicast_sender.cpp - sends each input line as one datagram to a group.
//
// Look for
//   [1] IP_MULTICAST_IF: the sender chooses the interface, otherwise the routing table does;
//   [2] IP_MULTICAST_TTL: how far it may go; with 1, the default, it passes no router;
//   [3] IP_MULTICAST_LOOP: whether members on the sender's own host get it too;
//   [4] a sender need not join, and no error tells it that nobody listens.
//
// Usage:   multicast_sender [GROUP [PORT]] [--interface ADDRESS] [--ttl HOPS] [--loop 0|1]
// Pair:    ch14_multicast/multicast_receiver
// Manual:  ip(7) ipv6(7) sendto(2)
// Next:    ch14_multicast/multicast_receiver
#include <netinet/in.h>
#include <unistd.h>

#include <string>

#include "ch14_multicast/multicast.hpp"
#include "common/line_reader.hpp"
#include "common/options.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_interface.hpp"
#include "common/sys_socket.hpp"

namespace {

struct Settings {
    std::string interface;  // an address for IPv4, a name for IPv6
    int ttl;
    int loop;
};

void set_options(const net::Fd& socket, const Settings& settings) {
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, multicast::ipv4(settings.interface),
                    "IP_MULTICAST_IF");                                     // [1]
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_TTL, settings.ttl);    // [2]
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_LOOP, settings.loop);  // [3]
}

void set_options_ipv6(const net::Fd& socket, const Settings& settings) {
    // Of a mapped group, such as ::ffff:239.1.1.1, the kernel would make IPv4, which obeys none of these.
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    const int interface = sys::if_nametoindex(settings.interface);
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface, "IPV6_MULTICAST_IF");
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, settings.ttl);
    sys::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, settings.loop);
}

void send_lines(const net::Address& group, const Settings& settings) {
    const auto socket = sys::socket(group.family(), SOCK_DGRAM);
    if (group.family() == AF_INET6) {
        set_options_ipv6(socket, settings);
    } else {
        set_options(socket, settings);
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
        const auto group = multicast::destination(options.others(), "239.1.1.1");
        const auto* const loopback = group.family() == AF_INET6 ? "lo" : "127.0.0.1";
        const auto ttl = app::number(options["--ttl"], 0, "--ttl", 0, 255, 1);
        const auto loop = app::number(options["--loop"], 0, "--loop", 0, 1, 1);
        send_lines(group, {options.text("--interface", loopback), static_cast<int>(ttl),
                           static_cast<int>(loop)});
    });
}
