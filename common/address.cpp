#include "common/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/fd.hpp"

namespace net {

namespace {

// "::1%1" is a good address (RFC 4007, section 11). But the kernel looks at the zone only if the address
// counts on one link or one host, and reports other senders without it.
void remove_unused_zone(Address& address) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address.storage, sizeof six);
    const bool has_zones = IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr) ||
                           IN6_IS_ADDR_MC_LINKLOCAL(&six.sin6_addr) ||
                           IN6_IS_ADDR_MC_NODELOCAL(&six.sin6_addr);
    if (address.family() == AF_INET6 && !has_zones) {
        six.sin6_scope_id = 0;
        std::memcpy(&address.storage, &six, sizeof six);
    }
}

// Returns 0, or getaddrinfo's error. One socket type is asked for, or each
// address would come once for every type.
int look_up(const std::string& host, std::uint16_t port, int family, int flags,
            std::vector<Address>& found) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const auto service = std::to_string(port);
    if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list)) {
        return error;
    }
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.length = entry->ai_addrlen;
        remove_unused_zone(address);
        if (std::ranges::find(found, address) == found.end()) {  // hosts(5) may name it twice
            found.push_back(address);
        }
    }
    ::freeaddrinfo(list);
    return 0;
}

// getaddrinfo() has the same error for a wrong name and for a wrong zone.
std::string about_zone(const std::string& host) {
    return host.find('%') == std::string::npos ? "" : " (is that an interface? ip link)";
}

// Whether the kernel knows a way: connect(2) of a datagram socket looks for one, and sends nothing. It
// refuses a broadcast address without SO_BROADCAST. A group needs no route: its sender may choose the
// interface (ip(7)).
bool has_route(const Address& address) {
    sockaddr_in four{};
    std::memcpy(&four, &address.storage, sizeof four);
    if (address.family() == AF_INET && IN_MULTICAST(ntohl(four.sin_addr.s_addr))) {
        return true;
    }
    const Fd socket{::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const int yes = 1;
    return socket.get() != -1 &&
           ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) == 0 &&
           ::connect(socket.get(), address.raw(), address.length) == 0;
}

}  // namespace

std::uint16_t Address::port() const noexcept {
    sockaddr_in four{};  // IPv6 has its port at the same place
    std::memcpy(&four, &storage, sizeof four);
    return ntohs(four.sin_port);
}

bool operator==(const Address& one, const Address& other) noexcept {
    // The kernel and look_up leave zeros where an address has nothing.
    return one.length == other.length && std::memcmp(&one.storage, &other.storage, one.length) == 0;
}

std::string to_string(const Address& address) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getnameinfo(address.raw(), address.length, host.data(), host.size(), port.data(),
                      port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "(no address)";
    }
    std::string name = host.data();  // "fe80::1%eth0": root may have given an interface any name
    std::ranges::replace_if(
        name, [](char c) { return c <= ' ' || c > '~'; }, '?');
    const bool six = address.family() == AF_INET6;
    return (six ? '[' + name + ']' : name) + ':' + port.data();
}

std::vector<Address> resolve_all(const std::string& host, std::uint16_t port) {
    std::vector<Address> found;
    if (const int error = look_up(host, port, AF_UNSPEC, 0, found)) {
        throw std::runtime_error{
            host + ": " + (error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error)) +
            about_zone(host)};
    }
    return found;
}

Address resolve(const std::string& host, std::uint16_t port) {
    auto all = resolve_all(host, port);
    if (all.size() > 1 && std::ranges::any_of(all, has_route)) {
        std::erase_if(all, [](const Address& address) { return !has_route(address); });
    }
    const auto four = std::ranges::find(all, AF_INET, &Address::family);
    return four == all.end() ? all.front() : *four;
}

Address parse(const std::string& text, std::uint16_t port) {
    std::vector<Address> found;
    in_addr four{};
    const bool is_four = ::inet_pton(AF_INET, text.c_str(), &four) == 1;
    if (look_up(text, port, is_four ? AF_INET : AF_INET6, AI_NUMERICHOST, found) != 0) {
        throw std::invalid_argument{"not an IP address: '" + text + "'" + about_zone(text)};
    }
    return found.front();
}

}  // namespace net
