// hear.hpp - what the chapter's receivers share: the next datagram in words, or silence.
#pragma once

#include <array>
#include <span>
#include <string>

#include "common/program.hpp"
#include "common/udp.hpp"

namespace net {

// Says the next datagram and who sent it; false when the time of limit_waiting is over.
inline bool say_next(const Fd& socket) {
    std::array<char, 65536> buffer;
    const auto received = recvfrom_in_time(socket, std::as_writable_bytes(std::span{buffer}));
    if (received) {
        app::say("from ", received->sender, ": ",
                 app::printable(std::string{buffer.data(), received->size}));
    }
    return received.has_value();
}

inline void say_silence(long seconds) {
    app::say("silence for ", seconds, seconds == 1 ? " second" : " seconds");
}

}  // namespace net
