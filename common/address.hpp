// address.hpp - net::Address, a socket address held by value: IPv4 or IPv6.
#pragma once

// IWYU pragma: begin_exports
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>
// IWYU pragma: end_exports

namespace net {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;

    // The pointer that every socket call takes.
    [[nodiscard]] sockaddr* raw() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] const sockaddr* raw() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    [[nodiscard]] int family() const noexcept { return storage.ss_family; }
    // In host byte order.
    [[nodiscard]] std::uint16_t port() const noexcept;
};

// The same family, host and port.
[[nodiscard]] bool operator==(const Address& one, const Address& other) noexcept;

// "127.0.0.1:9190", "[::1]:9190", "[fe80::1%eth0]:9190"; getnameinfo(3), numbers only. In the name of an
// interface there is a '?' for what is not printable ASCII.
[[nodiscard]] std::string to_string(const Address& address);

// All addresses of host, which is a name or an IPv4 or IPv6 address; port in host byte order. There is
// at least one, and each is there once, in the order in which a client should try them (RFC 6724).
// Throws std::runtime_error that says which name does not resolve, and why; getaddrinfo(3).
[[nodiscard]] std::vector<Address> resolve_all(const std::string& host, std::uint16_t port);

// One of those to which there is a route: the first IPv4 address, because the servers of the course
// listen there unless told otherwise, or else the first. For datagrams: nothing tells a sender to try
// the next one. (A broadcast address has a route too, but a socket without SO_BROADCAST refuses it: of a
// name it should be the only IPv4 address.)
[[nodiscard]] Address resolve(const std::string& host, std::uint16_t port);

// The same for an address in numbers, "127.0.0.1" or "::1", and no short form such as "127.1".
// Throws std::invalid_argument; inet_pton(3), getaddrinfo(3).
[[nodiscard]] Address parse(const std::string& text, std::uint16_t port);

}  // namespace net
