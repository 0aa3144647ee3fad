// line_server.cpp - second cure: a message ends with '\n', and the server searches the stream for it.
//
// Look for
//   [1] MSG_PEEK copies what has arrived, but leaves it in the socket;
//   [2] then only the bytes of this line are taken out;
//   [3] a line needs a limit, or one client could fill the memory.
//
// Usage:   line_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/line_client
// Manual:  recv(2)
// Next:    ch04_tcp/line_client
#include <array>

#include "ch04_tcp/iterative.hpp"
#include "common/io.hpp"
#include "common/program.hpp"

namespace {

// Reads one line with its '\n' and returns how many bytes it has; 0 at the end of the stream.
// The last line may lack its '\n'.
std::size_t read_line(const net::Fd& client, std::span<std::byte> line) {
    std::size_t filled = 0;
    while (filled < line.size()) {
        const auto rest = line.subspan(filled);
        const auto seen = rest.first(net::recv(client, rest, MSG_PEEK));  // [1]
        if (seen.empty()) {
            return filled;
        }
        const auto newline = net::text(seen).find('\n');
        if (newline != std::string_view::npos) {
            return filled + net::read_exactly(client, rest.first(newline + 1));  // [2]
        }
        filled += net::read_exactly(client, seen);
    }
    throw std::runtime_error{"a line longer than 1024 bytes"};  // [3]
}

void echo_lines(const net::Fd& client) {
    std::array<std::byte, 1024> line;
    while (const auto count = read_line(client, line)) {
        app::say("line of ", count, " bytes");
        net::send_all(client, std::span{line}.first(count));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        iterative::serve(app::server_address(args), echo_lines);
    });
}
