// tcp_states_test.cpp - the states of both ends, segment by segment; RFC 9293 Figure 5.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ch04_tcp/segment.hpp"
#include "ch04_tcp/tcp_states.hpp"

namespace {

using packet::ACK;
using packet::FIN;
using packet::RST;
using packet::SYN;

constexpr std::size_t client = 0;
constexpr std::size_t server = 1;

// A segment and the states after it. The client's SYN has number 100, the server's 300.
struct Step {
    std::size_t from;
    unsigned flags;
    std::uint32_t seq;
    std::uint32_t ack;
    std::string states;  // "CLIENT SERVER"
    std::size_t length = 0;
    bool is_lost = false;
};

void follow(const std::vector<Step>& steps) {
    wire::Ends ends;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto& step = steps[i];
        CAPTURE(i);
        ends.pass({.flags = step.flags, .seq = step.seq, .ack = step.ack, .length = step.length},
                  step.from, step.is_lost);
        CHECK(std::string{name_of(ends.state(client))} + ' ' +
                  std::string{name_of(ends.state(server))} ==
              step.states);
    }
}

// Steps that begin with a handshake.
void follow_open(std::vector<Step> steps) {
    const std::vector<Step> handshake{{client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
                                      {server, SYN | ACK, 300, 101, "ESTABLISHED SYN-RECEIVED"},
                                      {client, ACK, 101, 301, "ESTABLISHED ESTABLISHED"}};
    steps.insert(steps.begin(), handshake.begin(), handshake.end());
    follow(steps);
}

}  // namespace

TEST_CASE("the end that closes first comes to TIME-WAIT") {
    follow_open({{client, FIN | ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT"},
                 {server, ACK, 301, 102, "FIN-WAIT-2 CLOSE-WAIT"},
                 {server, FIN | ACK, 301, 102, "TIME-WAIT LAST-ACK"},
                 {client, ACK, 102, 302, "TIME-WAIT CLOSED"}});
    follow_open({{server, FIN | ACK, 301, 101, "CLOSE-WAIT FIN-WAIT-1"},
                 {client, FIN | ACK, 101, 302, "LAST-ACK TIME-WAIT"},
                 {server, ACK, 302, 102, "CLOSED TIME-WAIT"}});
}

TEST_CASE("both ends may open at once") {
    follow({{client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, SYN, 300, 0, "SYN-RECEIVED SYN-RECEIVED"},
            {client, SYN | ACK, 100, 301, "SYN-RECEIVED ESTABLISHED"},
            {server, SYN | ACK, 300, 101, "ESTABLISHED ESTABLISHED"}});
}

TEST_CASE("both ends may close at once") {
    follow_open({{client, FIN | ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT"},
                 {server, FIN | ACK, 301, 101, "CLOSING CLOSING"},
                 {client, ACK, 102, 302, "CLOSING TIME-WAIT"},
                 {server, ACK, 302, 102, "TIME-WAIT TIME-WAIT"}});
}

TEST_CASE("a segment that is lost changes only its sender") {
    follow({{client, SYN, 100, 0, "SYN-SENT CLOSED", 0, true},
            {client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, SYN | ACK, 300, 101, "SYN-SENT SYN-RECEIVED", 0, true},
            {server, SYN | ACK, 300, 101, "ESTABLISHED SYN-RECEIVED"},
            {client, ACK, 101, 301, "ESTABLISHED SYN-RECEIVED", 0, true},
            {client, ACK, 101, 301, "ESTABLISHED ESTABLISHED", 10},
            {client, FIN | ACK, 111, 301, "FIN-WAIT-1 ESTABLISHED", 0, true},
            {client, FIN | ACK, 111, 301, "FIN-WAIT-1 CLOSE-WAIT"}});
}

TEST_CASE("a FIN counts when all before it has come") {
    follow_open({{client, ACK, 101, 301, "ESTABLISHED ESTABLISHED", 10, true},
                 {client, FIN | ACK, 121, 301, "FIN-WAIT-1 ESTABLISHED", 10},
                 {client, ACK, 111, 301, "FIN-WAIT-1 ESTABLISHED", 10},
                 {client, ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT", 10},
                 {server, ACK, 301, 132, "FIN-WAIT-2 CLOSE-WAIT"}});
}

TEST_CASE("a reset ends the connection in each state") {
    follow({{client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, RST | ACK, 0, 101, "CLOSED CLOSED"}});
    follow({{client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, SYN | ACK, 300, 101, "ESTABLISHED SYN-RECEIVED"},
            {client, RST, 101, 0, "CLOSED LISTEN"}});
    follow_open({{client, RST | ACK, 101, 301, "CLOSED CLOSED"}});
    follow_open({{client, FIN | ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT"},
                 {server, RST | ACK, 301, 102, "CLOSED CLOSED"}});
    follow_open({{client, FIN | ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT"},
                 {server, FIN | ACK, 301, 102, "TIME-WAIT LAST-ACK"},
                 {client, RST, 102, 0, "CLOSED CLOSED"}});
}

TEST_CASE("a reset with a wrong number does not count") {
    follow({{client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, RST | ACK, 0, 555, "SYN-SENT CLOSED"}});
    follow_open({{server, RST, 999, 0, "ESTABLISHED CLOSED"},
                 {server, ACK, 301, 101, "ESTABLISHED ESTABLISHED"}});  // it was not the server's
}

TEST_CASE("a segment with neither ACK nor SYN nor RST does not count") {
    follow_open({{client, FIN, 101, 0, "ESTABLISHED ESTABLISHED"},
                 {client, 0, 101, 0, "ESTABLISHED ESTABLISHED", 5},
                 {client, FIN | ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT"}});
    follow({{client, 0, 101, 0, "CLOSED CLOSED"}, {client, FIN, 101, 0, "CLOSED CLOSED"}});
}

TEST_CASE("after a reset that answers an old ACK the end still waits") {
    follow({{client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, ACK, 900, 77, "SYN-SENT SYN-RECEIVED"},
            {client, RST, 77, 0, "SYN-SENT SYN-RECEIVED"},
            {client, SYN, 100, 0, "SYN-SENT SYN-RECEIVED"},
            {server, SYN | ACK, 300, 101, "ESTABLISHED SYN-RECEIVED"}});
}

TEST_CASE("a connection whose begin was not seen begins as ESTABLISHED") {
    follow({{server, ACK, 301, 101, "ESTABLISHED ESTABLISHED", 5},
            {client, ACK, 101, 306, "ESTABLISHED ESTABLISHED"},
            {client, FIN | ACK, 101, 306, "FIN-WAIT-1 CLOSE-WAIT"}});
    follow({{server, SYN | ACK, 300, 101, "ESTABLISHED SYN-RECEIVED"},
            {client, ACK, 101, 301, "ESTABLISHED ESTABLISHED"}});
    follow({{client, FIN | ACK, 101, 301, "FIN-WAIT-1 CLOSE-WAIT"},
            {server, ACK, 301, 102, "FIN-WAIT-2 CLOSE-WAIT"}});
}

TEST_CASE("numbers wrap") {
    const std::uint32_t last = 0xffffffff;
    follow({{client, SYN, last - 1, 0, "SYN-SENT SYN-RECEIVED"},
            {server, SYN | ACK, last, last, "ESTABLISHED SYN-RECEIVED"},
            {client, ACK, last, 0, "ESTABLISHED ESTABLISHED", 10},
            {client, FIN | ACK, 9, 0, "FIN-WAIT-1 CLOSE-WAIT"},
            {server, FIN | ACK, 0, 10, "TIME-WAIT LAST-ACK"},
            {client, ACK, 10, 1, "TIME-WAIT CLOSED"}});
}
