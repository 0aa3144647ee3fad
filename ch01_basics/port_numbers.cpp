// port_numbers.cpp - which ports a program can have, which it gets by itself, which it can share.
//
// Look for
//   [1] port 0 means any port: the kernel chooses one from its own range;
//   [2] TCP and UDP have separate ports; in each of them a port has one owner until the owner
//       closes it, unless all owners have set SO_REUSEPORT;
//   [3] a port has 16 bits in network order: htonl of it leaves 0, and 0 means any port;
//   [4] a port below 1024 needs a right (CAP_NET_BIND_SERVICE).
//
// Usage:   port_numbers
// Manual:  ip(7) socket(7) bind(2)
// Next:    ch01_basics/wildcard_address
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

// A socket of this type, bound to this port of 127.0.0.1. If it shares, other sockets that share
// may have the port too.
net::Fd take_port(int type, std::uint16_t port, int shares = 0) {
    auto fd = sys::socket(AF_INET, type);
    sys::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, shares);
    sys::bind(fd, net::parse("127.0.0.1", port));
    return fd;
}

std::uint16_t port_of(const net::Fd& fd) {
    return sys::getsockname(fd).port();
}

// Takes the port and closes it again: "given", or why it was refused.
std::string try_port(int type, std::uint16_t port) try {
    const auto fd = take_port(type, port);
    return "given";
} catch (const std::system_error& error) {
    return error.code().message();
}

// Whether a server is at this port: "connected", or why not.
std::string try_connect(std::uint16_t port) try {
    sys::connect(sys::socket(AF_INET, SOCK_STREAM), net::parse("127.0.0.1", port));
    return "connected";
} catch (const std::system_error& error) {
    return error.code().message();
}

// The three ranges of IANA: RFC 6335, section 6.
const char* range_of(std::uint16_t port) {
    if (port < 1024) {
        return "well-known";
    }
    return port < 49152 ? "registered" : "dynamic";
}

void show_automatic_ports() {
    int lowest = 0;
    int highest = 0;
    const char* const range = "/proc/sys/net/ipv4/ip_local_port_range";
    if (!(std::ifstream{range} >> lowest >> highest)) {
        throw std::runtime_error{std::string{"cannot read "} + range};
    }
    std::vector<net::Fd> sockets;
    std::set<int> ports;
    for (int i = 0; i < 200; ++i) {
        sockets.push_back(take_port(SOCK_STREAM, 0));  // [1]
        ports.insert(port_of(sockets.back()));
    }
    const bool inside = *ports.begin() >= lowest && *ports.rbegin() <= highest;
    const bool unequal = ports.size() == sockets.size();
    app::say("200 ports for one process, chosen by the kernel: ", inside ? "all" : "not all",
             " from ", lowest, " to ", highest, ", ", unequal ? "no two equal" : "some equal");
}

void show_owners() {
    auto tcp = take_port(SOCK_STREAM, 0);
    const auto port = port_of(tcp);
    app::say("the same number for UDP: ", try_port(SOCK_DGRAM, port));  // [2]
    app::say("for TCP again: ", try_port(SOCK_STREAM, port));
    tcp.reset();
    app::say("for TCP after close: ", try_port(SOCK_STREAM, port));

    const auto first = take_port(SOCK_STREAM, 0, 1);
    const auto second = take_port(SOCK_STREAM, port_of(first), 1);
    app::say("two with SO_REUSEPORT: ",
             port_of(first) == port_of(second) ? "one port" : "two ports");
}

// The notes' mistake. In C no compiler says a word: 32 bits are cut to 16.
void show_wrong_order() {
    const auto sin_port = static_cast<std::uint16_t>(htonl(8888));  // [3]
    const auto fd = take_port(SOCK_STREAM, ntohs(sin_port));
    app::say("sin_port = htonl(8888) is ", ntohs(sin_port), ", and bind gave ",
             port_of(fd) == 8888 ? "8888" : "another");
    app::say("connect to sin_port = htonl(8888): ", try_connect(ntohs(sin_port)));
}

void show_ports() {
    show_automatic_ports();
    show_owners();
    show_wrong_order();
    for (const auto port : std::array<std::uint16_t, 7>{0, 80, 1023, 1024, 49151, 49152, 65535}) {
        app::say("port ", port, ", ", range_of(port), ": ", try_port(SOCK_STREAM, port));  // [4]
    }
    app::say("port 65536 in 16 bits: ", static_cast<std::uint16_t>(65536));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_ports(); });
}
