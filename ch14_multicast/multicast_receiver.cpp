// multicast_receiver.cpp - joins groups, prints what is sent to them, and ends when nothing comes.
//
// Look for
//   [1] SO_REUSEADDR: a port may have several receivers, and each gets its own copy;
//   [2] a membership makes this host take packets for the group, on one interface;
//   [3] bind() selects what a socket gets: one group, or with 0.0.0.0 all that come to the port.
//
// Usage:   multicast_receiver [PORT [GROUP...]] [--interface ADDRESS] [--join 0|1] [--all 0|1]
//                             [--leave-after DATAGRAMS] [--seconds OF-SILENCE]
// Pair:    ch14_multicast/multicast_sender
// Manual:  ip(7) setsockopt(2)
// Next:    ch14_multicast/broadcast_sender
#include <netinet/in.h>

#include <array>
#include <string>
#include <vector>

#include "ch14_multicast/multicast.hpp"
#include "common/options.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

struct Settings {
    std::string port;
    std::vector<std::string> groups{"239.1.1.1"};
    std::string interface;
    bool join = true;
    int multicast_all = 1;
    long leave_after = 0;  // so many datagrams; 0: never
    long seconds = 0;      // of silence, then the program ends
};

Settings read_settings(app::Args args) {
    const app::Options options{
        args, {"--interface", "--join", "--all", "--leave-after", "--seconds"}, 20};
    Settings settings;
    const auto others = options.others();
    settings.port = others.empty() ? "9190" : others[0];
    if (others.size() > 1) {
        settings.groups.assign(others.begin() + 1, others.end());
    }
    settings.interface = options.text("--interface", "127.0.0.1");
    settings.join = app::number(options["--join"], 0, "--join", 0, 1, 1) == 1;
    settings.multicast_all = static_cast<int>(app::number(options["--all"], 0, "--all", 0, 1, 1));
    settings.leave_after = app::number(options["--leave-after"], 0, "--leave-after", 1, 1000, 0);
    settings.seconds = app::number(options["--seconds"], 0, "--seconds", 1, 86400, 60);
    return settings;
}

// option is IP_ADD_MEMBERSHIP or IP_DROP_MEMBERSHIP; option_name is for the error.
void change_memberships(const net::Fd& socket, int option, const char* option_name,
                        const Settings& settings) {
    for (const auto& group : settings.groups) {
        const ip_mreq join_adr{multicast::ipv4(group), multicast::ipv4(settings.interface)};
        sys::setsockopt(socket, IPPROTO_IP, option, join_adr, option_name + (' ' + group));  // [2]
    }
}

void say_for_each_group(const char* what, const Settings& settings) {
    for (const auto& group : settings.groups) {
        app::say(what, group, " on ", settings.interface);
    }
}

net::Fd open_port(const Settings& settings) {
    const std::string address = settings.groups.size() == 1 ? settings.groups[0] : "0.0.0.0";
    auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    sys::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, 1);  // [1]
    // 1: also groups that only other sockets of this host have joined
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_ALL, settings.multicast_all);
    if (settings.join) {
        change_memberships(socket, IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP", settings);
    }
    sys::bind(socket, app::server_address(std::array{settings.port, address}));  // [3]
    app::say("listening on ", sys::getsockname(socket));
    say_for_each_group(settings.join ? "joined " : "not joined ", settings);
    return socket;
}

void receive(app::Args args) {
    const auto settings = read_settings(args);
    const auto socket = open_port(settings);
    net::limit_waiting(socket, settings.seconds * 1000);
    for (long count = 1; multicast::say_next(socket); ++count) {
        if (count == settings.leave_after) {
            change_memberships(socket, IP_DROP_MEMBERSHIP, "IP_DROP_MEMBERSHIP", settings);
            say_for_each_group("left ", settings);
        }
    }
    multicast::say_silence(settings.seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    constexpr auto* usage =
        "[PORT [GROUP...]] [--interface ADDRESS] [--join 0|1] [--all 0|1] "
        "[--leave-after DATAGRAMS] [--seconds OF-SILENCE]";
    return app::run(argc, argv, {usage, 40}, receive);
}
