// fixed_record_server.cpp - first cure: every message has the same size, filled up with zeros.
//
// Look for
//   [1] read_exactly fills a record, however the bytes arrive: the notes' readn;
//   [2] a stream may end between two records, never inside one.
//
// Usage:   fixed_record_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/fixed_record_client
// Manual:  recv(2) send(2)
// Next:    ch04_tcp/line_server
#include <algorithm>
#include <array>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void echo_records(const net::Fd& client) {
    std::array<std::byte, 16> record;
    while (const auto count = net::read_exactly(client, record)) {  // [1]
        if (count < record.size()) {                                // [2]
            throw std::runtime_error{"the stream ended inside a record"};
        }
        const auto used = std::find(record.begin(), record.end(), std::byte{0}) - record.begin();
        app::say("record: ", used, " of 16 bytes used");
        net::send_all(client, record);
    }
}

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    echo_records(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void serve_next(const net::Fd& listener) try {
    serve(sys::accept(listener));
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_one_after_another(const net::Address& local) {
    const auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_one_after_another(app::server_address(args)); });
}
