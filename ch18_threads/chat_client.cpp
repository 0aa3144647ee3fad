// chat_client.cpp - one thread reads the keyboard, another shows what the others say.
//
// Look for
//   [1] the main thread reads from the server: when the server ends, the program ends;
//   [2] the other thread waits for the keyboard and cannot be woken, so it is not joined;
//   [3] both own what they share: it lives until the second of them ends.
//
// Usage:   chat_client [HOST [PORT]]
// Pair:    ch18_threads/chat_server
// Manual:  pthreads(7) shutdown(2)
#include <array>
#include <atomic>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

struct Talk {
    net::Fd server;
    std::atomic<bool> finished{false};  // the keyboard has reached its end
};

// Sends what is typed until Ctrl-D. A keyboard that cannot be read ends the program (app::run); if the
// connection is broken, the main thread sees that too.
void send_keyboard(const std::shared_ptr<Talk>& talk) {  // [3]
    std::array<std::byte, 4096> buffer;
    for (;;) {
        const auto count = sys::read(STDIN_FILENO, buffer);
        try {
            if (count == 0) {
                talk->finished = true;
                sys::shutdown(talk->server, SHUT_WR);
                return;
            }
            net::send_all(talk->server, std::span{buffer}.first(count));
        } catch (const std::system_error&) {
            return;
        }
    }
}

void chat(net::Fd server) {
    const auto talk = std::make_shared<Talk>();
    talk->server = std::move(server);
    std::thread{send_keyboard, talk}.detach();  // [2]

    net::LineReader lines{talk->server, 4096};
    while (const auto line = lines.next()) {  // [1]
        app::say(app::printable_line(line->text));
    }
    if (!talk->finished) {
        throw std::runtime_error{"the server has ended the conversation"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { chat(net::tcp_connect(app::client_addresses(args))); });
}
