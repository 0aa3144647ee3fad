// peer_chat_client.cpp - the other end of the chat: the same program, but it connects.
//
// Look for
//   [1] the child reads the keyboard, the parent the socket: neither waits for the other;
//   [2] both hold the socket, so on Ctrl-D only shutdown() ends the stream, not close();
//   [3] when the other side has ended, the parent ends its child by a signal and reaps it.
//
// Usage:   peer_chat_client [HOST [PORT]]
// Pair:    ch10_multiprocess/peer_chat_server, each in its own terminal
// Manual:  fork(2) kill(2) shutdown(2) signal-safety(7)
// Next:    ch11_pipe/pipe_one_way; compare: diff peer_chat_server.cpp peer_chat_client.cpp
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>
#include <system_error>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// A handler may call only what is safe in it, such as write() and _exit().
void on_end_of_peer(int /*signal*/) {
    constexpr std::string_view text{"SIGUSR1: the other side has ended\n"};
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
    _exit(0);
}

// The child's whole life: from the keyboard to the other side, until Ctrl-D.
[[noreturn]] void send_keyboard(const net::Fd& peer) {
    try {
        std::array<std::byte, 4096> buffer;
        while (const auto count = sys::read(STDIN_FILENO, buffer)) {
            net::send_all(peer, std::span{buffer}.first(count));
        }
        sys::shutdown(peer, SHUT_WR);  // [2]
    } catch (const std::system_error& error) {
        app::note(error.what());
    }
    _exit(0);
}

// Bytes received; 0 at the end of the stream. A reset ends the chat too.
std::size_t receive(const net::Fd& peer, std::span<std::byte> into) try {
    return net::recv(peer, into);
} catch (const std::system_error& error) {
    app::note(error.what());
    return 0;
}

void show_messages(const net::Fd& peer) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = receive(peer, buffer)) {
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(count));
    }
}

void end(pid_t child) {
    kill(child, SIGUSR1);  // [3] not yet reaped, so no other process can have its number
    waitpid(child, nullptr, 0);
}

// Ctrl-D on either side ends both. Here it ends our direction of the stream; then the other side
// closes, and our parent reads the end too.
void chat(const net::Fd& peer) {
    std::signal(SIGUSR1, on_end_of_peer);
    const pid_t child = sys::check(fork(), "fork");  // [1]
    if (child == 0) {
        send_keyboard(peer);
    }
    try {
        show_messages(peer);
    } catch (const std::system_error&) {
        end(child);
        throw;
    }
    end(child);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { chat(net::tcp_connect(app::client_address(args))); });
}
