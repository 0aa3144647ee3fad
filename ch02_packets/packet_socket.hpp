// packet_socket.hpp - sockets that send and receive whole frames, with the link header; packet(7).
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/address.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace packet {

// How the kernel identifies a network interface: netdevice(7).
struct Interface {
    int index = 0;
    std::array<std::uint8_t, 6> mac{};
    std::array<std::uint8_t, 4> ip{};  // all zero if it has no IPv4 address
};

// The interface of that name; throws std::system_error with the name.
[[nodiscard]] Interface interface(const std::string& name);

inline constexpr std::uint16_t every_type = 3;  // ETH_P_ALL: also the frames that this host sends
inline constexpr std::uint16_t no_type = 0;     // receives nothing: for a program that only sends

// A socket that sends frames out of the interface and receives the frames of that EtherType that
// pass there. Needs CAP_NET_RAW; throws std::system_error.
[[nodiscard]] net::Fd open_socket(const Interface& interface,
                                  std::uint16_t ether_type = every_type);

// The first IPv4 address of host, whatever else it has; throws std::runtime_error if it has none.
[[nodiscard]] net::Address ipv4_address(const std::string& host, std::uint16_t port);

using Deadline = std::chrono::steady_clock::time_point;
// The moment that is that much time from now.
[[nodiscard]] Deadline deadline(std::chrono::milliseconds time);

// Receives the next frame or datagram: its size, or no value if none came before the deadline. (A
// limit for each receive would not do: a raw socket also gets what is for others, so the wait for
// the right frame could go on for ever.)
[[nodiscard]] std::optional<std::size_t> receive_until(const net::Fd& fd, std::span<std::byte> into,
                                                       Deadline deadline);

}  // namespace packet
