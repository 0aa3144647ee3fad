// multicast_router.cpp - tells the kernel of a router which multicast packets to copy, and to where.
//
// Look for
//   [1] one socket of a host may rule its multicast routing, and while it is open;
//   [2] the interfaces that take part get numbers; the first is where packets come from;
//   [3] a packet nobody has routed yet stays in the kernel, which asks about it;
//   [4] the answer names the interfaces to copy to, and the TTL a packet must exceed:
//       from then on the kernel copies alone, and takes 1 off the TTL.
// Usage:   multicast_router GROUP FROM TO...       each interface by its IPv4 address
// Manual:  ip(7) raw(7)
// Next:    ch14_multicast/source_receiver
#include <arpa/inet.h>
#include <netinet/in.h>
// behind the one above, which it takes into account
#include <linux/mroute.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "ch14_multicast/multicast.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

std::string text(in_addr address) {
    std::array<char, INET_ADDRSTRLEN> buffer{};
    return inet_ntop(AF_INET, &address, buffer.data(), buffer.size());
}

// Number 0 is where packets come from.
void add_interface(const net::Fd& router, std::size_t number, in_addr address) {
    vifctl interface {};
    interface.vifc_vifi = static_cast<vifi_t>(number);
    interface.vifc_threshold = 1;
    interface.vifc_lcl_addr = address;
    sys::setsockopt(router, IPPROTO_IP, MRT_ADD_VIF, interface,
                    "MRT_ADD_VIF " + text(address));  // [2]
}

// A group that is not ours is copied to nowhere: the kernel need not ask again.
void route(const net::Fd& router, const igmpmsg& question, bool ours, std::size_t interfaces) {
    mfcctl entry{};
    entry.mfcc_origin = question.im_src;
    entry.mfcc_mcastgrp = question.im_dst;
    entry.mfcc_parent = question.im_vif;
    for (std::size_t number = 1; ours && number < interfaces; ++number) {
        entry.mfcc_ttls[number] = 1;  // 0: no copy to there
    }
    sys::setsockopt(router, IPPROTO_IP, MRT_ADD_MFC, entry, "MRT_ADD_MFC");  // [4]
}

void answer(const net::Fd& router, in_addr group, const std::vector<in_addr>& interfaces) {
    std::array<std::byte, 2048> packet;
    igmpmsg question{};
    for (;;) {
        const auto size = net::recv(router, packet);
        std::memcpy(&question, packet.data(), sizeof question);
        // What is of IGMP comes here too, and has its protocol's number in the place of this 0.
        if (size < sizeof question || question.im_mbz != 0 ||
            question.im_msgtype != IGMPMSG_NOCACHE) {  // [3]
            continue;
        }
        const bool ours = question.im_dst.s_addr == group.s_addr && question.im_vif == 0;
        route(router, question, ours, interfaces.size());
        app::say(ours ? "routed: " : "not routed: ", text(question.im_src), " to ",
                 text(question.im_dst), ", from ", text(interfaces.at(question.im_vif)));
    }
}

void be_router(app::Args args) {
    if (args.size() < 3) {
        throw app::UsageError{"GROUP, FROM and TO are needed"};
    }
    const auto group = multicast::ipv4(args[0]);
    std::vector<in_addr> interfaces;
    for (const auto& address : args.subspan(1)) {
        interfaces.push_back(multicast::ipv4(address));
    }
    const auto router = sys::socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
    sys::setsockopt(router, IPPROTO_IP, MRT_INIT, 1, "MRT_INIT");  // [1]
    for (std::size_t number = 0; number < interfaces.size(); ++number) {
        add_interface(router, number, interfaces[number]);
    }
    app::say("ready");
    answer(router, group, interfaces);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"GROUP FROM TO...", MAXVIFS + 1}, be_router);
}
