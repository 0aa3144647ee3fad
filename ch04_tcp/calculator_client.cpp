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
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/tcp.hpp"

namespace {

constexpr std::size_t most_operands = 255;

std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words;
    std::istringstream stream{line};
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

std::optional<std::int32_t> operand_from(const std::string& word) {
    std::int32_t operand = 0;
    const char* const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, operand);
    if (error != std::errc{} || rest != end) {
        return std::nullopt;
    }
    return operand;
}

// The bytes of a request; no value if the line is not a calculation.
std::optional<std::vector<std::byte>> request_from(const std::string& line) {
    const auto words = words_of(line);
    if (words.empty() || words.size() > most_operands + 1 || words.back().size() != 1) {
        return std::nullopt;
    }
    const auto operands = std::span{words}.first(words.size() - 1);
    std::vector<std::byte> request{static_cast<std::byte>(operands.size())};  // [1]
    for (const auto& word : operands) {
        const auto operand = operand_from(word);
        if (!operand) {
            return std::nullopt;
        }
        const auto in_network_order = htonl(static_cast<std::uint32_t>(*operand));
        const auto bytes = std::as_bytes(std::span{&in_network_order, 1});
        request.insert(request.end(), bytes.begin(), bytes.end());
    }
    request.push_back(static_cast<std::byte>(words.back()[0]));
    return request;
}

std::int32_t ask(const net::Fd& server, std::span<const std::byte> request) {
    net::send_all(server, request);
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

void talk(const net::Fd& server) {
    net::LineReader lines{STDIN_FILENO, 4096};
    while (const auto line = lines.next()) {
        const auto request = request_from(line->text);
        if (!request) {
            throw app::UsageError{"not a calculation: '" + line->text + "'; 12 24 36 + is one"};
        }
        app::say(ask(server, *request));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(net::tcp_connect(app::client_addresses(args))); });
}
