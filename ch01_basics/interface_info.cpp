// interface_info.cpp - the network interfaces of this host, with their MAC, MTU and addresses.
//
// Look for
//   [1] an interface has a name, a number, and a kind: Ethernet, loopback or another;
//   [2] the MAC has six bytes, and it can be changed, like everything else here;
//   [3] the MTU is the size of the longest IP packet that fits into one frame;
//   [4] an interface may have several addresses, each with its own mask.
//
// Usage:   interface_info [NAME]
// Manual:  getifaddrs(3) netdevice(7) packet(7)
// Next:    ch01_basics/route_lookup
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>

#include <array>
#include <bit>
#include <cstdio>
#include <memory>
#include <string>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/sys_interface.hpp"
#include "common/sys_socket.hpp"

namespace {

// "127.0.0.1", "fe80::1%eth0"
std::string text_of(const sockaddr* address) {
    const socklen_t length =
        address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    std::array<char, NI_MAXHOST> text{};
    getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    return app::printable(text.data());
}

// How many ones a mask has; it has the form of an address.
int ones_of(const sockaddr* mask) {
    if (mask->sa_family == AF_INET) {
        return std::popcount(reinterpret_cast<const sockaddr_in*>(mask)->sin_addr.s_addr);
    }
    int ones = 0;
    for (const auto byte : reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr.s6_addr) {
        ones += std::popcount(byte);
    }
    return ones;
}

int mtu_of(const char* name) {
    ifreq request{};
    std::snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    const auto any_socket = sys::socket(AF_INET, SOCK_DGRAM);  // ioctl wants some descriptor
    sys::check(ioctl(any_socket.get(), SIOCGIFMTU, &request), "ioctl SIOCGIFMTU");
    return request.ifr_mtu;  // [3]
}

// getifaddrs() gives an address's label where it has one, such as "eth0:1" of ifconfig.
std::string interface_of(const ifaddrs& entry) {
    const std::string label = entry.ifa_name;
    return label.substr(0, label.find(':'));
}

// "Ethernet, MAC 02:00:00:00:00:01". A tunnel has no MAC, and getifaddrs() then no link address.
std::string kind_and_mac(const sockaddr_ll* link) {
    if (link == nullptr ||
        (link->sll_hatype != ARPHRD_ETHER && link->sll_hatype != ARPHRD_LOOPBACK)) {
        return "other link";
    }
    const auto& byte = link->sll_addr;
    std::array<char, 18> mac{};
    std::snprintf(mac.data(), mac.size(), "%02x:%02x:%02x:%02x:%02x:%02x", byte[0], byte[1],
                  byte[2], byte[3], byte[4], byte[5]);  // [2]
    return std::string{link->sll_hatype == ARPHRD_ETHER ? "Ethernet" : "loopback"} + ", MAC " +
           mac.data();
}

void show_link(const ifaddrs& entry) {
    app::say(app::printable(entry.ifa_name), ": number ", sys::if_nametoindex(entry.ifa_name), ", ",
             kind_and_mac(reinterpret_cast<const sockaddr_ll*>(entry.ifa_addr)), ", MTU ",
             mtu_of(entry.ifa_name),
             (entry.ifa_flags & IFF_UP) != 0 ? ", up" : ", down");  // [1]
}

void show_address(const ifaddrs& entry) {
    const auto address = text_of(entry.ifa_addr);
    auto broadcast = address;
    if ((entry.ifa_flags & IFF_BROADCAST) != 0 && entry.ifa_addr->sa_family == AF_INET) {
        broadcast = text_of(entry.ifa_broadaddr);  // the address again if none was set
    }
    app::say(app::printable(interface_of(entry)), ": ", address, "/", ones_of(entry.ifa_netmask),
             broadcast != address ? ", broadcast " + broadcast : "");  // [4]
}

void show_all(app::Args args) {
    ifaddrs* list = nullptr;
    sys::check(getifaddrs(&list), "getifaddrs");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner{list, freeifaddrs};
    // By its number, because an interface may have other names. Throws if there is none of that name.
    const auto wanted = args.empty() ? 0 : sys::if_nametoindex(args[0]);
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (wanted != 0 && wanted != sys::if_nametoindex(interface_of(*entry))) {
            continue;
        }
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family == AF_PACKET) {
            show_link(*entry);
        } else {
            show_address(*entry);
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[NAME]", 1}, show_all);
}
