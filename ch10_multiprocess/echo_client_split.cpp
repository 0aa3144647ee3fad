// echo_client_split.cpp - an echo client in two processes: one sends, the other receives.
//
// Look for
//   [1] the child only sends: it need not wait for answers;
//   [2] the parent only receives, until the end of the stream;
//   [3] both hold the socket, so a close() in the child would send nothing: shutdown()
//       ends the stream.
//
// Usage:   echo_client_split [HOST [PORT]]
// Pair:    ch04_tcp/echo_server
// Manual:  fork(2) shutdown(2)
// Next:    ch10_multiprocess/peer_chat_server
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <string_view>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_state.hpp"

namespace {

// The child's whole life. When the connection breaks, the parent notices it too.
[[noreturn]] void send_all_input(const net::Fd& server) {
    try {
        std::array<std::byte, 4096> buffer;
        while (const auto count = sys::read(STDIN_FILENO, buffer)) {  // [1]
            net::send_all(server, std::span{buffer}.first(count));
        }
        sys::shutdown(server, SHUT_WR);  // [3]
    } catch (const std::exception& error) {
        app::try_note("echo_client_split: ", error.what());
        shutdown(server.get(), SHUT_RD);  // the server waits for more: without this, our parent too
    }
    _exit(0);
}

void receive_all(const net::Fd& server) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = net::recv(server, buffer)) {  // [2]
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(count));
    }
    // CLOSE-WAIT: the server has closed its direction, and our child has not closed ours yet.
    if (net::tcp_state(server) == std::string_view{"CLOSE-WAIT"}) {
        throw std::runtime_error{"the server closed before everything was sent"};
    }
    if (net::tcp_state(server) == std::string_view{"ESTAB"}) {  // our child has given up
        throw std::runtime_error{"not everything was sent"};
    }
}

void end(pid_t child) {
    kill(child, SIGKILL);  // it may still wait for the keyboard
    waitpid(child, nullptr, 0);
}

net::Fd connect_to(const net::Address& address) {
    auto server = sys::socket(address.family(), SOCK_STREAM);
    sys::connect(server, address);
    return server;
}

void talk(const net::Fd& server) {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        send_all_input(server);
    }
    try {
        receive_all(server);
    } catch (const std::runtime_error&) {
        end(child);
        throw;
    }
    end(child);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, [](app::Args args) {
        talk(net::try_each(app::client_addresses(args), connect_to));
    });
}
