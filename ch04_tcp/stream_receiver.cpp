// stream_receiver.cpp - reads late, and says how many bytes each recv() returned.
//
// Look for
//   [1] MSG_PEEK with MSG_WAITALL waits until the sender has finished, and takes nothing:
//       so this receiver is late every time;
//   [2] one recv() returns what has arrived, up to the size of its buffer: the sender's
//       messages cannot be told apart any more.
//
// Usage:   stream_receiver [PORT [ADDRESS [BUFFER-SIZE]]]
// Pair:    ch04_tcp/stream_sender
// Manual:  recv(2) tcp(7)
// Next:    ch04_tcp/stream_sender
#include <vector>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void receive_from_one(const net::Address& local, std::size_t size) {
    const auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));
    const auto sender = sys::accept(listener);
    app::say("connected ", sender.peer);

    std::vector<std::byte> all(65536);
    if (net::recv(sender.fd, all, MSG_PEEK | MSG_WAITALL) == all.size()) {  // [1]
        app::say("more than ", all.size(), " bytes: the rest is read as it arrives");
    }
    std::vector<std::byte> buffer(size);
    while (const auto count = net::recv(sender.fd, buffer)) {  // [2]
        app::say("recv: ", count, " bytes");
    }
    app::say("closed ", sender.peer);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [BUFFER-SIZE]]]", 3}, [](app::Args args) {
        const auto size = app::number(args, 2, "BUFFER-SIZE", 1, 1 << 20, 4096);
        receive_from_one(app::server_address(args), static_cast<std::size_t>(size));
    });
}
