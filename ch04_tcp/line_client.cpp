// line_client.cpp - sends each line of its input to a line server and prints the answer.
//
// Look for
//   [1] getsockname() after connect() tells the client's own address, chosen by connect();
//   [2] LineReader finds the lines in a buffer of its own; the server does it with MSG_PEEK.
//
// Usage:   line_client [HOST [PORT]] <lines
// Pair:    ch04_tcp/line_server
// Manual:  getsockname(2) recv(2) send(2)
// Next:    ch04_tcp/speak_first_server
#include <unistd.h>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void talk(const net::Fd& server) {
    app::note("connected from ", sys::getsockname(server));  // [1]
    net::LineReader lines{STDIN_FILENO, 1023};
    net::LineReader answers{server, 1023};  // [2]
    while (const auto line = lines.next()) {
        const std::string message = line->text + '\n';
        net::send_all(server, net::bytes(message));
        const auto answer = answers.next();
        if (!answer || !answer->ended) {
            throw std::runtime_error{"the server closed before it had answered"};
        }
        app::say(app::printable_line(answer->text));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(net::tcp_connect(app::client_addresses(args))); });
}
