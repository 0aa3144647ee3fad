// peer_chat_client.cpp - the other end of the chat: it connects.
//
// Look for
//   [1] how a connection began does not matter any more: both ends call the same chat().
//
// Usage:   peer_chat_client [HOST [PORT]]
// Pair:    ch10_multiprocess/peer_chat_server, each in its own terminal
// Manual:  fork(2) kill(2) shutdown(2) signal-safety(7)
// Next:    ch11_pipe/pipe_one_way
#include "ch10_multiprocess/peer_chat.hpp"
#include "common/program.hpp"
#include "common/tcp.hpp"

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        peer_chat::chat(net::tcp_connect(app::client_addresses(args)));  // [1]
    });
}
