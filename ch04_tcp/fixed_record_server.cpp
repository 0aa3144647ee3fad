// fixed_record_server.cpp - first cure: every message has the same size, padded with zeros.
//
// Look for
//   [1] read_exactly fills a record, in however many pieces it arrives: the notes' readn;
//   [2] a stream may end between two records, but not inside one.
//
// Usage:   fixed_record_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/fixed_record_client
// Manual:  recv(2) send(2)
// Next:    ch04_tcp/fixed_record_client
#include <algorithm>
#include <array>

#include "ch04_tcp/iterative.hpp"
#include "common/io.hpp"
#include "common/program.hpp"

namespace {

void echo_records(const net::Fd& client) {
    std::array<std::byte, 16> record;
    while (const auto count = net::read_exactly(client, record)) {  // [1]
        if (count < record.size()) {                                // [2]
            throw std::runtime_error{"the stream ended inside a record"};
        }
        const auto used = std::min(net::text(record).find('\0'), record.size());
        app::say("record: ", used, " of 16 bytes used");
        net::send_all(client, record);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        iterative::serve(app::server_address(args), echo_records);
    });
}
