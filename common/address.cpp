#include "common/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace net {

namespace {

// Returns 0, or getaddrinfo's error. One socket type is asked for, or each
// address would come once for every type.
int look_up(const std::string& host, std::uint16_t port, int family, int flags, Address& found) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const auto service = std::to_string(port);
    if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list)) {
        return error;
    }
    const addrinfo* best = list;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family == AF_INET) {
            best = entry;
            break;
        }
    }
    std::memcpy(&found.storage, best->ai_addr, best->ai_addrlen);
    found.length = best->ai_addrlen;
    ::freeaddrinfo(list);
    return 0;
}

}  // namespace

std::uint16_t Address::port() const noexcept {
    sockaddr_in four{};  // IPv6 has its port at the same place
    std::memcpy(&four, &storage, sizeof four);
    return ntohs(four.sin_port);
}

bool operator==(const Address& one, const Address& other) noexcept {
    // The kernel and getaddrinfo leave zeros where an address has nothing.
    return one.length == other.length && std::memcmp(&one.storage, &other.storage, one.length) == 0;
}

std::string to_string(const Address& address) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getnameinfo(address.raw(), address.length, host.data(), host.size(), port.data(),
                      port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "(no address)";
    }
    const std::string name = host.data();
    const bool six = address.family() == AF_INET6;
    return (six ? '[' + name + ']' : name) + ':' + port.data();
}

Address resolve(const std::string& host, std::uint16_t port) {
    Address found;
    if (const int error = look_up(host, port, AF_UNSPEC, 0, found)) {
        throw std::runtime_error{
            host + ": " + (error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error))};
    }
    return found;
}

Address parse(const std::string& text, std::uint16_t port) {
    Address found;
    in_addr four{};
    const bool is_four = ::inet_pton(AF_INET, text.c_str(), &four) == 1;
    if (look_up(text, port, is_four ? AF_INET : AF_INET6, AI_NUMERICHOST, found) != 0) {
        throw std::invalid_argument{"not an IP address: '" + text + "'"};
    }
    return found;
}

}  // namespace net
