// echo_client_split.cpp - an echo client in two processes: one sends, the other receives.
//
// Look for
//   [1] the child only sends: it need not wait for answers;
//   [2] the parent only receives, until the end of the stream;
//   [3] both hold the socket, so the child says "no more" by shutdown(); its close
//       alone would send nothing.
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
#include "common/tcp_state.hpp"

namespace {

// The child's whole life. Where it fails, the parent sees the end of the connection too.
[[noreturn]] void send_all_input(const net::Fd& server) {
    try {
        std::array<std::byte, 4096> buffer;
        while (const auto count = sys::read(STDIN_FILENO, buffer)) {  // [1]
            net::send_all(server, std::span{buffer}.first(count));
        }
        sys::shutdown(server, SHUT_WR);  // [3]
    } catch (const std::exception& error) {
        app::note("echo_client_split: ", error.what());
    }
    _exit(0);
}

void receive_all(const net::Fd& server) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = net::recv(server, buffer)) {  // [2]
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(count));
    }
    if (net::tcp_state(server) == std::string_view{"CLOSE-WAIT"}) {  // they have ended, we have not
        throw std::runtime_error{"the server closed before everything was sent"};
    }
}

void talk(const net::Address& address) {
    const auto server = sys::socket(address.family(), SOCK_STREAM);
    sys::connect(server, address);
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        send_all_input(server);
    }
    const auto end_child = [child] {
        kill(child, SIGKILL);  // it may still wait for input
        waitpid(child, nullptr, 0);
    };
    try {
        receive_all(server);
    } catch (const std::runtime_error&) {
        end_child();
        throw;
    }
    end_child();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(app::client_address(args)); });
}
