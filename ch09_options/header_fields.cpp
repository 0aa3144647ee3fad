// header_fields.cpp - options that change a header: the far end sees the TTL, the TOS and the MSS.
//
// Look for
//   [1] options of IP: every packet of that socket carries them in its IP header;
//   [2] the receiver sets an option too, and then gets them together with the datagram;
//   [3] TCP_MAXSEG, set before connect(), is in the SYN: neither end sends longer
//       segments, and time stamps take 12 bytes of each segment.
//
// Usage:   header_fields
// Manual:  ip(7) tcp(7) recvmsg(2) cmsg(3)
// Next:    ch09_options/buffer_sizes
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <string>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_state.hpp"
#include "common/udp.hpp"

namespace {

// The number in a control message: IP_TOS comes as one byte, IP_TTL as an int.
int number_in(cmsghdr* message) {
    if (message->cmsg_type == IP_TOS) {
        return *CMSG_DATA(message);
    }
    int number = 0;
    std::memcpy(&number, CMSG_DATA(message), sizeof number);
    return number;
}

// recvmsg() fills two buffers: one with the datagram, one with control messages, which hold what
// the kernel says about it.
void send_and_say_header(const net::Fd& sender, const net::Fd& receiver) {
    sys::sendto(sender, net::bytes("x"), 0, sys::getsockname(receiver));
    std::array<std::byte, 16> datagram;
    alignas(cmsghdr) std::array<std::byte, 64> control;
    iovec piece{.iov_base = datagram.data(), .iov_len = datagram.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    net::wait_for_datagram(receiver);
    sys::recvmsg(receiver, message);

    std::string line = "  arrived with";
    for (auto* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
        line += at->cmsg_type == IP_TTL ? " TTL " : " TOS ";
        line += std::to_string(number_in(at));
    }
    app::say(line);
}

void set_fields_of_ip() {
    const auto receiver = net::udp_bind(net::parse("127.0.0.1", 0));
    sys::setsockopt(receiver, IPPROTO_IP, IP_RECVTTL, 1);  // [2]
    sys::setsockopt(receiver, IPPROTO_IP, IP_RECVTOS, 1);
    const auto sender = sys::socket(AF_INET, SOCK_DGRAM);

    app::say("a datagram of a new socket");
    send_and_say_header(sender, receiver);
    app::say("after IP_TTL 7 and IP_TOS 16");
    sys::setsockopt(sender, IPPROTO_IP, IP_TTL, 7);  // [1]
    sys::setsockopt(sender, IPPROTO_IP, IP_TOS, 16);
    send_and_say_header(sender, receiver);
}

int longest_segment(const net::Fd& fd) {
    return sys::getsockopt<int>(fd, IPPROTO_TCP, TCP_MAXSEG);
}

void connect_and_send(const net::Fd& near) {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    app::say("  TCP_MAXSEG before connect: ", longest_segment(near));
    sys::connect(near, sys::getsockname(listener));
    const auto far = sys::accept(listener).fd;
    app::say("  after it: ", longest_segment(near), ", at the far end: ", longest_segment(far));

    std::array<std::byte, 5000> bytes{};
    // If tcp_wmem and tcp_rmem (tcp(7)) leave no room for them, send() would wait for ever.
    sys::setsockopt(near, SOL_SOCKET, SO_SNDTIMEO, timeval{.tv_sec = 1, .tv_usec = 0});
    net::send_all(near, bytes);
    (void)net::read_exactly(far, bytes);
    net::wait_until_acknowledged(near);
    const auto info = sys::getsockopt<tcp_info>(near, IPPROTO_TCP, TCP_INFO);
    app::say("  5000 bytes: ", info.tcpi_data_segs_out - info.tcpi_total_retrans, " segments");
}

void set_fields_of_tcp() {
    app::say("a connection of a new socket");
    connect_and_send(sys::socket(AF_INET, SOCK_STREAM));
    app::say("after TCP_MAXSEG 1000");
    const auto socket = sys::socket(AF_INET, SOCK_STREAM);
    sys::setsockopt(socket, IPPROTO_TCP, TCP_MAXSEG, 1000);  // [3]
    connect_and_send(socket);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        set_fields_of_ip();
        set_fields_of_tcp();
    });
}
