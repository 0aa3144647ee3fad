// option_table.cpp - gets, sets and gets again each option of the notes' table, for TCP and UDP.
//
// Look for
//   [1] options have levels: every socket's, those of IP, those of TCP;
//   [2] not every socket has every option, and some options can only be read;
//   [3] the kernel decides: it may double a value, clear some of its bits, or refuse it;
//   [4] reading SO_ERROR returns the pending error, and clears it.
//
// Usage:   option_table
// Manual:  socket(7) ip(7) tcp(7) udp(7)
// Next:    ch09_options/header_fields
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cstring>
#include <iomanip>
#include <ios>
#include <sstream>
#include <string>
#include <system_error>

#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"
#include "common/waiting.hpp"

namespace {

struct Option {
    const char* level_name;
    const char* name;
    int level;
    int number;
    int new_value;
};

const int loopback = static_cast<int>(htonl(INADDR_LOOPBACK));

const std::array table{
    // [1]
    Option{"SOL_SOCKET", "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 3072},
    Option{"SOL_SOCKET", "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 3072},
    Option{"SOL_SOCKET", "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1},
    Option{"SOL_SOCKET", "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1},
    Option{"SOL_SOCKET", "SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 1},
    Option{"SOL_SOCKET", "SO_DONTROUTE", SOL_SOCKET, SO_DONTROUTE, 1},
    Option{"SOL_SOCKET", "SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1},
    Option{"SOL_SOCKET", "SO_ERROR", SOL_SOCKET, SO_ERROR, 1},
    Option{"SOL_SOCKET", "SO_TYPE", SOL_SOCKET, SO_TYPE, 1},
    Option{"IPPROTO_IP", "IP_TOS", IPPROTO_IP, IP_TOS, 1},
    Option{"IPPROTO_IP", "IP_TTL", IPPROTO_IP, IP_TTL, 1},
    Option{"IPPROTO_IP", "IP_MULTICAST_TTL", IPPROTO_IP, IP_MULTICAST_TTL, 2},
    Option{"IPPROTO_IP", "IP_MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, 0},
    // This value is an address in network order, which has the size of an int.
    Option{"IPPROTO_IP", "IP_MULTICAST_IF", IPPROTO_IP, IP_MULTICAST_IF, loopback},
    Option{"IPPROTO_TCP", "TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 60},
    Option{"IPPROTO_TCP", "TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, 10},
    Option{"IPPROTO_TCP", "TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, 3},
    Option{"IPPROTO_TCP", "TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1},
    Option{"IPPROTO_TCP", "TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, 1000},
};

std::string error_name(const std::system_error& error) {
    return strerrorname_np(error.code().value());
}

std::string get(const net::Fd& fd, const Option& option) try {
    return std::to_string(sys::getsockopt<int>(fd, option.level, option.number));
} catch (const std::system_error& error) {
    return error_name(error);
}

std::string set(const net::Fd& fd, const Option& option) try {
    sys::setsockopt(fd, option.level, option.number, option.new_value);
    return std::to_string(option.new_value);
} catch (const std::system_error& error) {
    return error_name(error);
}

void say_row(const char* protocol, int type, const Option& option) {
    const auto fd = sys::socket(AF_INET, type);
    std::ostringstream row;
    row << std::left << std::setw(12) << option.level_name << std::setw(18) << option.name;
    row << std::setw(4) << protocol << std::setw(12) << get(fd, option);
    row << std::setw(12) << set(fd, option);  // [2]
    row << get(fd, option);                   // [3]
    app::say(row.str());
}

// Nobody has the port, so a refusal comes back for the datagram. It waits in the socket: that is
// a pending error.
void read_pending_error() {
    const auto socket = net::udp_bind(net::parse("127.0.0.1", 0));  // before the other port is free
    const auto closed_port = sys::getsockname(net::udp_bind(net::parse("127.0.0.1", 0)));
    sys::connect(socket, closed_port);
    (void)sys::send(socket, net::bytes("?"));
    std::array<pollfd, 1> watched{{{.fd = socket.get(), .events = 0, .revents = 0}}};
    net::wait_until("the refusal", [&watched] { return net::poll(watched, 0) != 0; });
    for (const char* when : {"SO_ERROR after a refusal: ", "SO_ERROR asked again: "}) {
        const int error = sys::getsockopt<int>(socket, SOL_SOCKET, SO_ERROR);  // [4]
        app::say(when, error == 0 ? "0" : strerrorname_np(error));
    }
}

void show() {
    app::say("level       option            of   at first    set         then");
    for (const auto& option : table) {
        say_row("TCP", SOCK_STREAM, option);
        say_row("UDP", SOCK_DGRAM, option);
    }
    try {
        sys::setsockopt(sys::socket(AF_INET, SOCK_STREAM), SOL_SOCKET, SO_REUSEADDR, true);
    } catch (const std::system_error& error) {
        app::say("SO_REUSEADDR set with one byte: ", error_name(error));
    }
    read_pending_error();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show(); });
}
