// multicast.hpp - what the chapter's programs share: an IPv4 address as an argument, the next
// datagram in words, or silence.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <string>

#include "common/program.hpp"
#include "common/udp.hpp"

namespace multicast {

// The address in network order, as the options of ip(7) take it; app::UsageError.
[[nodiscard]] inline in_addr ipv4(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
        throw app::UsageError{"not an IPv4 address: '" + text + "'"};
    }
    return address;
}

// Says the next datagram and who sent it; false if the time of limit_waiting is over first.
inline bool say_next(const net::Fd& socket) {
    std::array<std::byte, 65536> buffer;
    const auto received = net::recvfrom_in_time(socket, buffer);
    if (received) {
        const auto text = net::text(std::span{buffer}.first(received->size));
        app::say("from ", received->sender, ": ", app::printable(std::string{text}));
    }
    return received.has_value();
}

inline void say_silence(long seconds) {
    app::say("silence for ", seconds, seconds == 1 ? " second" : " seconds");
}

}  // namespace multicast
