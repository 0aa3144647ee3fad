// multicast_receiver.cpp - joins groups, prints what is sent to them, and ends when it is quiet.
//
// Look for
//   [1] SO_REUSEADDR: a port may have several receivers, and each gets its own copy;
//   [2] a membership orders packets of a group from the network behind one interface;
//   [3] bind() picks: the address of a group, or 0.0.0.0 for whatever comes to the port,
//       what other sockets here have ordered too, unless IP_MULTICAST_ALL is 0.
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

struct Wish {
    std::string port = "9190";
    std::vector<std::string> groups{"239.1.1.1"};
    std::string interface;
    bool join = true;
    int all = 1;
    long leave_after = 0;  // datagrams; 0: never
    long seconds = 0;
};

Wish wish(app::Args args) {
    const app::Options options{
        args, {"--interface", "--join", "--all", "--leave-after", "--seconds"}, 20};
    Wish wish;
    if (const auto others = options.others(); !others.empty()) {
        wish.port = others[0];
        if (others.size() > 1) {
            wish.groups.assign(others.begin() + 1, others.end());
        }
    }
    wish.interface = options.text("--interface", "127.0.0.1");
    wish.join = app::number(options["--join"], 0, "--join", 0, 1, 1) == 1;
    wish.all = static_cast<int>(app::number(options["--all"], 0, "--all", 0, 1, 1));
    wish.leave_after = app::number(options["--leave-after"], 0, "--leave-after", 1, 1000, 0);
    wish.seconds = app::number(options["--seconds"], 0, "--seconds", 1, 86400, 60);
    return wish;
}

// The option is IP_ADD_MEMBERSHIP or IP_DROP_MEMBERSHIP, and name its name.
void change_memberships(const net::Fd& socket, int option, const char* name, const Wish& wish) {
    for (const auto& group : wish.groups) {
        ip_mreq join_adr{};
        join_adr.imr_multiaddr = multicast::ipv4(group);
        join_adr.imr_interface = multicast::ipv4(wish.interface);
        sys::setsockopt(socket, IPPROTO_IP, option, join_adr, name + (' ' + group));  // [2]
    }
}

void say_of_all(const char* what, const Wish& wish) {
    for (const auto& group : wish.groups) {
        app::say(what, group, " on ", wish.interface);
    }
}

net::Fd open_port(const Wish& wish) {
    const std::array local{wish.port, wish.groups.size() == 1 ? wish.groups[0] : "0.0.0.0"};
    auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    sys::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, 1);             // [1]
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_ALL, wish.all);  // [3]
    if (wish.join) {
        change_memberships(socket, IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP", wish);
    }
    sys::bind(socket, app::server_address(local));  // [3]
    app::say("listening on ", sys::getsockname(socket));
    say_of_all(wish.join ? "joined " : "not joined ", wish);
    return socket;
}

void receive(app::Args args) {
    const auto wanted = wish(args);
    const auto socket = open_port(wanted);
    net::limit_waiting(socket, wanted.seconds * 1000);
    for (long count = 1; multicast::say_next(socket); ++count) {
        if (count == wanted.leave_after) {
            change_memberships(socket, IP_DROP_MEMBERSHIP, "IP_DROP_MEMBERSHIP", wanted);
            say_of_all("left ", wanted);
        }
    }
    multicast::say_silence(wanted.seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    constexpr auto* usage =
        "[PORT [GROUP...]] [--interface ADDRESS] [--join 0|1] [--all 0|1] "
        "[--leave-after DATAGRAMS] [--seconds OF-SILENCE]";
    return app::run(argc, argv, {usage, 40}, receive);
}
