// calculator_client.cpp - sends "12 24 36 +" to a calculator server and prints the result.
//
// Look for
//   [1] the request is built byte by byte: count, operands, operator;
//   [2] the size of a reply is known: read exactly that many bytes.
//
// Usage:   calculator_client [HOST [PORT]] <<<"12 24 36 +"
// Pair:    ch04_tcp/calculator_server
// Manual:  byteorder(3) recv(2) send(2); the protocol: README.md
// Next:    ch04_tcp/socket_names
#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

#include "ch04_tcp/messages.hpp"
#include "common/io.hpp"

namespace {

constexpr std::size_t most_operands = 255;

std::vector<std::byte> request_from(const std::string& line) {
    const auto complaint = "not a calculation: '" + app::printable(line) +
                           "'; 12 24 36 + is one (at most 255 numbers, of 32 bits)";
    std::istringstream stream{line};
    const std::vector<std::string> words{std::istream_iterator<std::string>{stream}, {}};
    if (words.empty() || words.size() > most_operands + 1 || words.back().size() != 1) {
        throw app::UsageError{complaint};
    }
    const auto operands = std::span{words}.first(words.size() - 1);
    std::vector<std::byte> request{static_cast<std::byte>(operands.size())};  // [1]
    for (const auto& word : operands) {
        std::int32_t operand = 0;
        const char* const end = word.data() + word.size();
        const auto [rest, error] = std::from_chars(word.data(), end, operand);
        if (error != std::errc{} || rest != end) {
            throw app::UsageError{complaint};
        }
        const auto in_network_order = htonl(static_cast<std::uint32_t>(operand));
        const auto bytes = std::as_bytes(std::span{&in_network_order, 1});
        request.insert(request.end(), bytes.begin(), bytes.end());
    }
    request.push_back(static_cast<std::byte>(words.back()[0]));
    return request;
}

std::string exchange(const net::Fd& server, const std::string& line) {
    net::send_all(server, request_from(line));
    std::array<std::byte, 5> reply;
    messages::receive_all(server, reply, messages::no_answer);  // [2]
    constexpr std::array reasons{"", "no operands", "unknown operator",
                                 "the result does not fit into 32 bits"};
    if (const auto status = std::to_integer<std::size_t>(reply[0])) {
        throw std::runtime_error{status < reasons.size() ? reasons[status] : "unknown status"};
    }
    std::uint32_t result = 0;
    std::memcpy(&result, &reply[1], sizeof result);
    return std::to_string(static_cast<std::int32_t>(ntohl(result)));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { messages::talk(args, 4096, exchange); });
}
