// peer_chat_server.cpp - a chat between two people: this end waits until the other one connects.
//
// Look for
//   [1] one client is enough: after accept() the listener is closed;
//   [2] from then on both ends do the same, each in two processes: peer_chat.hpp.
//
// Usage:   peer_chat_server [PORT [ADDRESS]]
// Pair:    ch10_multiprocess/peer_chat_client, each in its own terminal
// Manual:  fork(2) kill(2) shutdown(2) signal-safety(7)
// Next:    ch10_multiprocess/peer_chat_client
#include <utility>

#include "ch10_multiprocess/peer_chat.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

net::Fd accept_one(const net::Address& local) {
    const auto listener = net::tcp_listen(local);  // [1]
    app::say("listening on ", sys::getsockname(listener));
    auto client = sys::accept(listener);
    app::say("connected ", client.peer);
    return std::move(client.fd);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        peer_chat::chat(accept_one(app::server_address(args)));  // [2]
    });
}
