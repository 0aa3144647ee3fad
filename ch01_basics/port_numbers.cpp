// port_numbers.cpp - who may have which port, who gets one by chance, and who may share one.
//
// Look for
//   [1] port 0 asks for any: the kernel chooses from a range of its own;
//   [2] TCP and UDP count apart; within one of them a port has one owner, until it is
//       closed, or unless all who want it say SO_REUSEPORT;
//   [3] a port has 16 bits in network order: htonl() of it leaves 0, and 0 asks for any;
//   [4] below 1024 a port is for who may have it (CAP_NET_BIND_SERVICE).
//
// Usage:   port_numbers
// Manual:  ip(7) socket(7) bind(2)
// Next:    ch01_basics/wildcard_address
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

// sys::bind to a port of 127.0.0.1 and listen, where the type has that.
net::Fd open_port(int type, std::uint16_t port, bool shared = false) {
    auto fd = sys::socket(AF_INET, type);
    sys::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, shared ? 1 : 0);
    sys::bind(fd, net::parse("127.0.0.1", port));
    if (type == SOCK_STREAM) {
        sys::listen(fd);
    }
    return fd;
}

std::uint16_t port_of(const net::Fd& fd) {
    return sys::getsockname(fd).port();
}

std::string try_port(int type, std::uint16_t port) try {
    const auto fd = open_port(type, port);
    return "given";
} catch (const std::system_error& error) {
    return error.code().message();
}

void show_automatic_ports() {
    int lowest = 0;
    int highest = 0;
    std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> lowest >> highest;
    std::vector<net::Fd> open;
    std::vector<int> ports;
    for (int i = 0; i < 200; ++i) {
        open.push_back(open_port(SOCK_STREAM, 0));  // [1]
        ports.push_back(port_of(open.back()));
    }
    std::ranges::sort(ports);
    const bool inside = ports.front() >= lowest && ports.back() <= highest;
    const bool unequal = std::ranges::adjacent_find(ports) == ports.end();
    app::say("200 ports for one process, chosen by the kernel: ", inside ? "all" : "not all",
             " from ", lowest, " to ", highest, ", ", unequal ? "no two equal" : "some equal");
}

void show_sharing() {
    auto tcp = open_port(SOCK_STREAM, 0);
    const auto port = port_of(tcp);
    app::say("the same number for UDP: ", try_port(SOCK_DGRAM, port));  // [2]
    app::say("for TCP again: ", try_port(SOCK_STREAM, port));
    tcp.reset();
    app::say("for TCP after close: ", try_port(SOCK_STREAM, port));

    const auto first = open_port(SOCK_STREAM, 0, true);
    const auto second = open_port(SOCK_STREAM, port_of(first), true);
    app::say("two with SO_REUSEPORT: ",
             port_of(first) == port_of(second) ? "one port" : "two ports");
}

// The notes' fault. The compiler lets it pass: 32 bits become 16 without a word.
void show_wrong_order() {
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    local.sin_port = static_cast<in_port_t>(htonl(8888));  // [3]
    const auto fd = sys::socket(AF_INET, SOCK_STREAM);
    net::Address address;
    std::memcpy(&address.storage, &local, sizeof local);
    address.length = sizeof local;
    sys::bind(fd, address);
    app::say("sin_port = htonl(8888) is ", ntohs(local.sin_port), ", and bind gave ",
             port_of(fd) == 8888 ? "8888" : "another");
}

void show_ports() {
    show_automatic_ports();
    show_sharing();
    show_wrong_order();
    app::say("port 80: ", try_port(SOCK_STREAM, 80));  // [4]
    app::say("port 65536 in 16 bits: ", static_cast<std::uint16_t>(65536));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_ports(); });
}
