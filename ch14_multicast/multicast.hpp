// multicast.hpp - what the programs of this chapter share: arguments that are addresses, and
// receivers that print each datagram until none comes any more.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>
#include <vector>

#include "common/program.hpp"
#include "common/udp.hpp"

namespace multicast {

// The address in network byte order, as the options of ip(7) take it; throws app::UsageError.
[[nodiscard]] inline in_addr ipv4(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
        throw app::UsageError{"not an IPv4 address: '" + text + "'"};
    }
    return address;
}

// Where a sender sends: [GROUP [PORT]], default group and 9190; throws as app::client_address.
[[nodiscard]] inline net::Address destination(app::Args args, const std::string& group) {
    return app::client_address(args.empty() ? app::Args{&group, 1} : args);
}

// Prints the next datagram and its sender; false if none came in the time of limit_waiting.
inline bool say_next(const net::Fd& socket) {
    std::vector<std::byte> buffer(65536);
    const auto received = net::recvfrom_in_time(socket, buffer);
    if (received) {
        const auto text = net::text(std::span{buffer}.first(received->size));
        app::say("from ", received->sender, ": ", app::printable_line(text));
    }
    return received.has_value();
}

inline void say_silence(long seconds) {
    app::say("silence for ", seconds, seconds == 1 ? " second" : " seconds");
}

// Prints every datagram; returns when none has come for so many seconds.
inline void say_until_silence(const net::Fd& socket, long seconds) {
    net::limit_waiting(socket, seconds * 1000);
    while (say_next(socket)) {
    }
    say_silence(seconds);
}

}  // namespace multicast
