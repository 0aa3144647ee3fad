#include "common/tcp_pair.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <array>

#include "common/check.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace net {

TcpPair tcp_pair() {
    const auto listener = tcp_listen(parse("127.0.0.1", 0));
    auto near = tcp_connect(sys::getsockname(listener));
    return {std::move(near), sys::accept(listener).fd};
}

const char* tcp_state_name(unsigned state) {
    static constexpr std::array<const char*, 12> names{
        "UNKNOWN",   "ESTAB", "SYN-SENT",   "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
        "TIME-WAIT", "CLOSE", "CLOSE-WAIT", "LAST-ACK", "LISTEN",     "CLOSING"};
    return names.at(state < names.size() ? state : 0);
}

const char* tcp_state(const Fd& fd) {
    return tcp_state_name(sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO).tcpi_state);
}

void wait_until_acknowledged(const Fd& fd) {
    while (sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO).tcpi_unacked != 0) {
    }
}

int unread(const Fd& fd) {
    int count = 0;
    sys::check(::ioctl(fd.get(), SIOCINQ, &count), "ioctl SIOCINQ");
    return count;
}

}  // namespace net
