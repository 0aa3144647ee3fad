// calculator_client.cpp - asks a calculator server: "12 24 36 +" on a line, the result back.
//
// Look for
//   [1] the request is built byte by byte: count, operands, operator;
//   [2] the reply has a known size: read exactly that much.
//
// Usage:   calculator_client [HOST [PORT]] <<<"12 24 36 +"
// Pair:    ch04_tcp/calculator_server
// Manual:  byteorder(3) recv(2) send(2); the protocol: README.md
// Next:    ch04_tcp/socket_names
#include <arpa/inet.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <vector>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/tcp.hpp"

namespace {

constexpr std::size_t most_operands = 255;

// A line's request: its operands, 255 at most, and the operator behind them.
std::vector<std::byte> request(const std::string& line) {
    std::vector<std::byte> bytes(1);
    const char* at = line.data();
    const char* const end = at + line.size();
    for (;;) {
        std::int32_t operand = 0;
        const auto [next, error] = std::from_chars(at, end, operand);
        if (error != std::errc{} || next == end || *next != ' ' ||
            bytes.size() > 4 * most_operands) {
            break;
        }
        const auto big = htonl(static_cast<std::uint32_t>(operand));
        const auto big_bytes = std::as_bytes(std::span{&big, 1});
        bytes.insert(bytes.end(), big_bytes.begin(), big_bytes.end());  // [1]
        at = next + 1;
    }
    if (end - at != 1) {
        throw app::UsageError{"not a calculation: '" + line + "'; 12 24 36 + is one"};
    }
    bytes[0] = static_cast<std::byte>(bytes.size() / 4);
    bytes.push_back(static_cast<std::byte>(*at));
    return bytes;
}

std::int32_t ask(const net::Fd& server, std::span<const std::byte> question) {
    net::send_all(server, question);
    std::array<std::byte, 5> reply;
    if (net::read_exactly(server, reply) < reply.size()) {  // [2]
        throw std::runtime_error{"the server closed before it had answered"};
    }
    static const std::array<const char*, 4> reasons{"", "no operands", "unknown operator",
                                                    "the result does not fit into 32 bits"};
    if (const auto status = std::to_integer<std::size_t>(reply[0])) {
        throw std::runtime_error{status < reasons.size() ? reasons[status] : "unknown status"};
    }
    std::uint32_t result = 0;
    std::memcpy(&result, &reply[1], sizeof result);
    return static_cast<std::int32_t>(ntohl(result));
}

void talk(const net::Address& address) {
    const auto server = net::tcp_connect(address);
    net::LineReader lines{STDIN_FILENO, 4096};
    while (const auto line = lines.next()) {
        app::say(ask(server, request(line->text)));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(app::client_address(args)); });
}
