// packet_words.hpp - what a packet without a TCP segment is, in words: UDP, ICMP, IGMP, ARP, fragments.
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "ch02_packets/packet.hpp"
// IWYU pragma: end_exports

namespace wire {

// A packet in three lanes. What asks comes from the left, what answers from the right.
struct PacketWords {
    std::string protocol{};             // "UDP"
    std::array<std::string, 2> ends{};  // addresses: left and right; "" if there are none
    bool is_answer = false;             // it goes from right to left
    std::string port{};                 // of the left end
    std::size_t bytes = 0;              // of its data
    bool has_bytes = false;             // whether that says anything
    std::string word{};                 // what it is: "who has 10.0.4.2?"
    std::string about{};                // more of it: the packet that an error is about
    bool has_text = false;              // whether the data is what a program has sent
};

// (UDP does not say which datagram is an answer.)
[[nodiscard]] PacketWords words_for(const packet::Packet& packet, bool is_udp_answer = false);

}  // namespace wire
