// segment_lines.hpp - segments and other packets as lines in three lanes: client, wire, server.
//
//  port client       wire              seq     ack  bytes     win server       what it is
// 40022 SYN-SENT     --> SYN             0                  64240 SYN-RECEIVED handshake 1/3
//                        mss 1460, SACK, timestamps, scale 7
#pragma once

// IWYU pragma: begin_exports
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ch02_packets/packet.hpp"
#include "ch04_tcp/conversation.hpp"
// IWYU pragma: end_exports

namespace wire {

inline constexpr std::size_t most_columns = 100;  // a line is not longer

// The names of the columns; the first is the port of the client or the time.
[[nodiscard]] std::string heading(const char* first = "port");

// The names of the fields, and a segment in these fields, separated by tabs.
[[nodiscard]] std::string field_names();
[[nodiscard]] std::string fields(std::size_t frame, const Report& report,
                                 const Conversation& conversation);

// Who a line is about, for its colour.
enum class Tone { plain, client, server, trouble };

struct Line {
    std::string text{};
    Tone tone = Tone::plain;
};

// Says the lines; on a terminal each in its colour.
void print(const std::vector<Line>& lines);

// What a cable does to a packet that passes.
struct Fate {
    bool is_lost = false;   // behind the place where it is seen
    std::string action{};   // a word for the reader
    std::string seconds{};  // when: stands in the place of the port
};

// Makes lines of packets. A flood is summed up: in a second a conversation has a bounded number
// of lines, and all of them together too.
class Lanes {
public:
    // The lines for the next packet on the wire; none if it is summed up. (segment_of says what is_checked means.)
    [[nodiscard]] std::vector<Line> show(const packet::Packet& packet,
                                         std::chrono::nanoseconds time, bool is_checked = false);

    // The same on a cable, where none is summed up.
    [[nodiscard]] std::vector<Line> show(const packet::Packet& packet,
                                         std::chrono::nanoseconds time, const Fate& fate);

    // The sums that are due when nothing passes: those of the seconds before this time.
    [[nodiscard]] std::vector<Line> sums(std::chrono::nanoseconds now);

private:
    // Whether there is room for another line; if not, the packet is counted. What must be seen has room
    // as long as all lines together are not too many.
    bool admits(Flood& flood, std::chrono::nanoseconds time, std::size_t bytes, bool must = false);

    // UDP has no connection: the end that speaks first asks, unless its port is a server's.
    bool is_udp_answer(const packet::Packet& packet);

    Conversations conversations_;
    std::map<std::string, Flood> others_;  // by protocol
    Flood all_;
    std::set<std::array<Endpoint, 2>> udp_questions_;  // from, to
};

}  // namespace wire
