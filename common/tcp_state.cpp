#include "common/tcp_state.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <array>
#include <cstdio>

#include "common/check.hpp"
#include "common/line_reader.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"
#include "common/waiting.hpp"

namespace net {

namespace {

// The kernel's number of a state.
const char* tcp_state_name(unsigned state) {
    static constexpr std::array<const char*, 12> names{
        "UNKNOWN",   "ESTAB", "SYN-SENT",   "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
        "TIME-WAIT", "CLOSE", "CLOSE-WAIT", "LAST-ACK", "LISTEN",     "CLOSING"};
    return names.at(state < names.size() ? state : 0);
}

}  // namespace

const char* tcp_state(const Fd& fd) {
    return tcp_state_name(sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO).tcpi_state);
}

std::string_view tcp_state(const Address& local, std::uint16_t remote_port) {
    const auto table = sys::open("/proc/net/tcp", O_RDONLY);
    LineReader lines{table, 1000};
    while (const auto line = lines.next()) {
        unsigned from = 0;
        unsigned to = 0;
        unsigned state = 0;
        std::sscanf(line->text.c_str(), "%*u: %*8x:%4x %*8x:%4x %2x", &from, &to, &state);
        if (from == local.port() && to == remote_port) {
            return tcp_state_name(state);
        }
    }
    return "nothing";
}

void wait_until_acknowledged(const Fd& fd) {
    wait_until("an acknowledgement of everything sent", [&fd] {
        return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO).tcpi_unacked == 0;
    });
}

int unread(const Fd& fd) {
    int count = 0;
    sys::check(::ioctl(fd.get(), SIOCINQ, &count), "ioctl SIOCINQ");
    return count;
}

}  // namespace net
