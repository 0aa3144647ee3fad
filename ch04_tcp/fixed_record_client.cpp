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
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void talk(const net::Fd& server) {
    net::LineReader lines{STDIN_FILENO, 4096};
    while (const auto line = lines.next()) {
        std::array<std::byte, 16> record{};
        if (line->text.size() > record.size()) {
            throw app::UsageError{"longer than a record of 16 bytes: '" + line->text + "'"};
        }
        std::ranges::copy(net::bytes(line->text), record.begin());  // [1]
        net::send_all(server, record);
        if (net::read_exactly(server, record) < record.size()) {
            throw std::runtime_error{"the server closed before it had answered"};
        }
        const auto echoed = net::text(record);
        app::say(app::printable(echoed.substr(0, echoed.find('\0'))));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(net::tcp_connect(app::client_addresses(args))); });
}
