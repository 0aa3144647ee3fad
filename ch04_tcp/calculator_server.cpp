// calculator_server.cpp - calculates what clients ask: a protocol made of counted bytes.
//
// Look for
//   [1] the first byte says how many operands follow, so the end is known;
//   [2] integers travel in network order: ntohl() on the way in, htonl() out;
//   [3] a request that cannot be answered gets a status, not a closed door.
//
// Usage:   calculator_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/calculator_client
// Manual:  byteorder(3) recv(2) send(2); the protocol: README.md
// Next:    ch04_tcp/calculator_client
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ch04_tcp/iterative.hpp"
#include "common/io.hpp"
#include "common/program.hpp"

namespace {

enum Status : std::uint8_t { ok, no_operands, unknown_operator, overflow };

struct Reply {
    Status status;
    std::int32_t result;
};

// False where the result does not fit into 32 bits.
bool apply(char operation, std::int32_t& result, std::int32_t operand) {
    switch (operation) {
        case '+':
            return !__builtin_add_overflow(result, operand, &result);
        case '-':
            return !__builtin_sub_overflow(result, operand, &result);
        default:
            return !__builtin_mul_overflow(result, operand, &result);
    }
}

Reply calculate(std::span<const std::uint32_t> operands, char operation) {
    if (operands.empty()) {
        return {no_operands, 0};
    }
    if (operation != '+' && operation != '-' && operation != '*') {
        return {unknown_operator, 0};
    }
    auto result = static_cast<std::int32_t>(ntohl(operands[0]));  // [2]
    for (const auto operand : operands.subspan(1)) {
        if (!apply(operation, result, static_cast<std::int32_t>(ntohl(operand)))) {
            return {overflow, 0};
        }
    }
    return {ok, result};
}

void read_all(const net::Fd& client, std::span<std::byte> into) {
    if (net::read_exactly(client, into) < into.size()) {
        throw std::runtime_error{"the stream ended inside a request"};
    }
}

void calculate_until_closed(const net::Fd& client) {
    std::array<std::byte, 1> count;
    while (net::read_exactly(client, count) == 1) {  // [1]
        std::vector<std::uint32_t> operands(std::to_integer<std::size_t>(count[0]));
        read_all(client, std::as_writable_bytes(std::span{operands}));
        std::array<std::byte, 1> operation;
        read_all(client, operation);

        const auto reply = calculate(operands, std::to_integer<char>(operation[0]));
        app::say("request of ", operands.size(), " operands: status ", int{reply.status});

        std::array<std::byte, 5> bytes{std::byte{reply.status}};  // [3]
        const auto result = htonl(static_cast<std::uint32_t>(reply.result));
        std::memcpy(&bytes[1], &result, sizeof result);
        net::send_all(client, bytes);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        iterative::serve(app::server_address(args), calculate_until_closed);
    });
}
