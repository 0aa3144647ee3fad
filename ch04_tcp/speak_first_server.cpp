// speak_first_server.cpp - says hello before the client says anything, and after each answer.
//
// Look for
//   [1] the protocol says whose turn it is: two that both wait for the other wait for ever;
//   [2] the answer is a line: it may arrive in pieces, and it has no '\0' at its end;
//   [3] the client has no more answers. A server that did not look would greet nobody for ever.
//
// Usage:   speak_first_server [PORT [ADDRESS]]
// Pair:    socat - TCP:127.0.0.1:9190
// Manual:  send(2) recv(2)
// Next:    ch04_tcp/packet_server
#include "ch04_tcp/iterative.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"

namespace {

void greet_and_listen(const net::Fd& client) {
    net::LineReader answers{client, 1023};
    for (;;) {
        net::send_all(client, net::bytes("hello\n"));  // [1]
        const auto answer = answers.next();            // [2]
        if (!answer) {
            return;  // [3]
        }
        app::say("received: ", app::printable_line(answer->text));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        iterative::serve(app::server_address(args), greet_and_listen);
    });
}
