// packet_socket.hpp - sockets that carry whole frames, link header and all; packet(7).
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

// What a network interface is called inside: netdevice(7).
struct Interface {
    int index = 0;
    std::array<std::uint8_t, 6> mac{};
    std::array<std::uint8_t, 4> ip{};  // zeros where it has no IPv4 address
};

// The interface of that name; throws std::system_error that names it.
[[nodiscard]] Interface interface(const std::string& name);

inline constexpr std::uint16_t every_type = 3;  // ETH_P_ALL: also what this machine sends
inline constexpr std::uint16_t no_type = 0;     // nothing is received, for who only sends

// Sends frames out of the interface, and receives those of that EtherType (host order) that
// pass there. Needs CAP_NET_RAW; throws std::system_error.
[[nodiscard]] Fd packet_socket(const Interface& interface, std::uint16_t ether_type = every_type);

using Time = std::chrono::steady_clock::time_point;
[[nodiscard]] Time in(std::chrono::milliseconds time);

// The size of the next frame, or datagram, that comes before then; no value: none came. A raw
// socket hears what others say, so a limit for each call alone might never end a wait.
[[nodiscard]] std::optional<std::size_t> receive_until(const Fd& fd, std::span<std::byte> into,
                                                       Time then);

}  // namespace net
