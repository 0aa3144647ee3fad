#include "ch02_packets/packet_socket.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "common/check.hpp"
#include "common/deadline.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_interface.hpp"
#include "common/sys_socket.hpp"

namespace packet {

Interface interface(const std::string& name) {
    Interface found;
    found.index = sys::if_nametoindex(name);
    const auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    ifreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    sys::check(ioctl(socket.get(), SIOCGIFHWADDR, &request), "ioctl");
    if (const auto type = request.ifr_hwaddr.sa_family;
        type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK) {
        throw std::runtime_error{name + " has no Ethernet frames: its type is " +
                                 std::to_string(type) + " (linux/if_arp.h)"};
    }
    std::memcpy(found.mac.data(), request.ifr_hwaddr.sa_data, found.mac.size());
    if (ioctl(socket.get(), SIOCGIFADDR, &request) == 0) {
        // ifr_addr holds a sockaddr_in, where the address comes after two bytes for the port.
        std::memcpy(found.ip.data(), request.ifr_addr.sa_data + 2, found.ip.size());
    } else if (errno != EADDRNOTAVAIL) {
        sys::fail("ioctl", name);
    }
    return found;
}

net::Fd open_socket(const Interface& interface, std::uint16_t ether_type) {
    // Protocol 0 receives nothing. The bind says what to receive, and from where: otherwise frames
    // of other interfaces would come in before it.
    auto fd = sys::socket(AF_PACKET, SOCK_RAW, 0);
    sockaddr_ll local{};
    local.sll_family = AF_PACKET;
    local.sll_protocol = htons(ether_type);
    local.sll_ifindex = interface.index;
    net::Address address;
    std::memcpy(&address.storage, &local, sizeof local);
    address.length = sizeof local;
    sys::bind(fd, address);
    return fd;
}

net::Address ipv4_address(const std::string& host, std::uint16_t port) {
    if (host.empty()) {
        throw app::UsageError{"HOST is empty"};
    }
    const auto all = net::resolve_all(host, port);
    const auto four = std::ranges::find(all, AF_INET, &net::Address::family);
    if (four == all.end()) {
        throw std::runtime_error{"an IPv4 address is wanted: IPv6 does this in its own way"};
    }
    return *four;
}

Deadline deadline(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

std::optional<std::size_t> receive_until(const net::Fd& fd, std::span<std::byte> into,
                                         Deadline deadline) {
    for (;;) {
        const auto left = net::time_left(deadline);
        if (!left) {
            return std::nullopt;
        }
        pollfd watched{.fd = fd.get(), .events = POLLIN, .revents = 0};
        const bool is_ready = net::poll({&watched, 1}, *left) > 0;
        if (const auto size = net::try_recv(fd, into)) {
            return size;
        }
        if (!is_ready) {
            return std::nullopt;
        }
    }
}

}  // namespace packet
