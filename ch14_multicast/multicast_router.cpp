// multicast_router.cpp - tells a router's kernel which multicast packets to copy, and where to.
//
// Look for
//   [1] one socket controls the multicast routing of a host, as long as it is open;
//   [2] the interfaces that take part get numbers; packets come in on number 0;
//   [3] if the kernel has no route for a packet, it keeps the packet and asks this program;
//   [4] the answer says which interfaces get a copy, and which TTL a packet must exceed:
//       from then on the kernel copies alone, and takes 1 off the TTL.
//
// Usage:   multicast_router GROUP FROM TO...       each interface by its IPv4 address
// Manual:  ip(7) raw(7)
// Next:    ch14_multicast/source_receiver
#include <arpa/inet.h>
#include <netinet/in.h>
// after netinet/in.h, because both define some of the same structures
#include <linux/mroute.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
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

void add_interface(const net::Fd& router, std::size_t number, in_addr address) {
    vifctl interface {};
    interface.vifc_vifi = static_cast<vifi_t>(number);
    interface.vifc_threshold = 1;
    interface.vifc_lcl_addr = address;
    sys::setsockopt(router, IPPROTO_IP, MRT_ADD_VIF, interface,
                    "MRT_ADD_VIF " + text(address));  // [2]
}

// Returns the kernel's next question. IGMP packets come to this socket too: a question has 0 where
// their IP header has the number of the protocol.
igmpmsg next_question(const net::Fd& router) {
    for (;;) {
        std::array<std::byte, 2048> packet{};
        const auto size = net::recv(router, packet);
        igmpmsg question{};
        std::memcpy(&question, packet.data(), sizeof question);
        const bool from_kernel = size >= sizeof question && question.im_mbz == 0;
        if (from_kernel && question.im_msgtype == IGMPMSG_NOCACHE) {  // [3]
            return question;
        }
    }
}

// Copies go to the interfaces from 1 to last. If last is 0 there are none, and the kernel does not
// ask about that sender and group again.
void add_route(const net::Fd& router, const igmpmsg& question, std::size_t last) {
    mfcctl route{};
    route.mfcc_origin = question.im_src;
    route.mfcc_mcastgrp = question.im_dst;
    route.mfcc_parent = question.im_vif;
    for (std::size_t number = 1; number <= last; ++number) {
        route.mfcc_ttls[number] = 1;  // 0: no copy
    }
    sys::setsockopt(router, IPPROTO_IP, MRT_ADD_MFC, route, "MRT_ADD_MFC");  // [4]
}

void answer_questions(const net::Fd& router, in_addr group,
                      const std::vector<in_addr>& interfaces) {
    for (;;) {
        const auto question = next_question(router);
        const bool is_ours = question.im_dst.s_addr == group.s_addr && question.im_vif == 0;
        add_route(router, question, is_ours ? interfaces.size() - 1 : 0);
        app::say(is_ours ? "routed: " : "not routed: ", text(question.im_src), " to ",
                 text(question.im_dst), ", from ", text(interfaces.at(question.im_vif)));
    }
}

void route_group(app::Args args) {
    if (args.size() < 3) {
        throw app::UsageError{"GROUP, FROM and TO are needed"};
    }
    const auto group = multicast::ipv4(args[0]);
    std::vector<in_addr> interfaces;
    std::ranges::transform(args.subspan(1), std::back_inserter(interfaces), multicast::ipv4);
    const auto router = sys::socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
    sys::setsockopt(router, IPPROTO_IP, MRT_INIT, 1, "MRT_INIT");  // [1]
    for (std::size_t number = 0; number < interfaces.size(); ++number) {
        add_interface(router, number, interfaces[number]);
    }
    app::say("ready");
    answer_questions(router, group, interfaces);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"GROUP FROM TO...", MAXVIFS + 1}, route_group);
}
