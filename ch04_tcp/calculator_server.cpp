// calculator_server.cpp - calculates what clients ask for: an application protocol, byte by byte.
//
// Look for
//   [1] the first byte says how many operands follow: so the server knows where a request ends;
//   [2] integers travel in network order: ntohl() after receiving, htonl() before sending;
//   [3] a request without a result gets a status, and the connection stays open.
//
// Usage:   calculator_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/calculator_client
// Manual:  byteorder(3) recv(2) send(2); the protocol: README.md
// Next:    ch04_tcp/calculator_client
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "ch04_tcp/iterative.hpp"
#include "ch04_tcp/messages.hpp"
#include "common/io.hpp"

namespace {

enum Status : std::uint8_t { ok, no_operands, unknown_operator, overflow };

struct Reply {
    Status status;
    std::int32_t result;
};

// Two operands of 32 bits give a result of 64 bits at most.
std::int64_t apply(char operation, std::int64_t left, std::int64_t right) {
    switch (operation) {
        case '+':
            return left + right;
        case '-':
            return left - right;
        default:
            return left * right;
    }
}

Reply calculate(std::span<const std::int32_t> operands, char operation) {
    if (operands.empty()) {
        return {no_operands, 0};
    }
    if (operation != '+' && operation != '-' && operation != '*') {
        return {unknown_operator, 0};
    }
    auto result = operands[0];
    for (const auto operand : operands.subspan(1)) {
        const auto next = apply(operation, result, operand);
        if (!std::in_range<std::int32_t>(next)) {
            return {overflow, 0};
        }
        result = static_cast<std::int32_t>(next);
    }
    return {ok, result};
}

constexpr auto* ended_too_early = "the stream ended inside a request";

std::vector<std::int32_t> receive_operands(const net::Fd& client, std::size_t count) {
    std::vector<std::int32_t> operands(count);
    messages::receive_all(client, std::as_writable_bytes(std::span{operands}), ended_too_early);
    for (auto& operand : operands) {
        operand = static_cast<std::int32_t>(ntohl(static_cast<std::uint32_t>(operand)));  // [2]
    }
    return operands;
}

void send_reply(const net::Fd& client, const Reply& reply) {
    std::array<std::byte, 5> bytes{std::byte{reply.status}};              // [3]
    const auto result = htonl(static_cast<std::uint32_t>(reply.result));  // [2]
    std::memcpy(&bytes[1], &result, sizeof result);
    net::send_all(client, bytes);
}

void calculate_until_closed(const net::Fd& client) {
    std::array<std::byte, 1> count;
    std::array<std::byte, 1> operation;
    while (net::read_exactly(client, count) == 1) {  // [1]
        const auto operands = receive_operands(client, std::to_integer<std::size_t>(count[0]));
        messages::receive_all(client, operation, ended_too_early);
        const auto reply = calculate(operands, std::to_integer<char>(operation[0]));
        app::say("request of ", operands.size(), " operands: status ", int{reply.status});
        send_reply(client, reply);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        iterative::serve(app::server_address(args), calculate_until_closed);
    });
}
