// fixed_record_client.cpp - sends each line of its input as a record of 16 bytes.
//
// Look for
//   [1] a short text is padded with zeros, and a long one does not fit at all:
//       that is what makes this cure rigid.
//
// Usage:   fixed_record_client [HOST [PORT]] <lines
// Pair:    ch04_tcp/fixed_record_server
// Manual:  recv(2) send(2)
// Next:    ch04_tcp/line_server
#include <algorithm>
#include <array>

#include "ch04_tcp/messages.hpp"
#include "common/io.hpp"

namespace {

std::string exchange(const net::Fd& server, const std::string& line) {
    std::array<std::byte, 16> record{};
    if (line.size() > record.size()) {
        throw app::UsageError{"longer than a record of 16 bytes: '" + app::printable(line) + "'"};
    }
    std::ranges::copy(net::bytes(line), record.begin());  // [1]
    net::send_all(server, record);
    messages::receive_all(server, record, messages::no_answer);
    const auto echoed = net::text(record);
    return std::string{echoed.substr(0, echoed.find('\0'))};
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { messages::talk(args, 4096, exchange); });
}
