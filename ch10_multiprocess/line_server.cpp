// line_server.cpp - the notes' first fork server: it sends lines back, a child for each client.
//
// Look for
//   [1] SIGCHLD is ignored, so no child becomes a zombie and the parent need not wait for any;
//   [2] after fork() the child closes the listener, the parent its copy of the client's socket;
//   [3] the child ends here: it must not return to its parent's loop.
//
// Usage:   line_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/line_client
// Manual:  fork(2) signal(2) recv(2)
// Next:    ch10_multiprocess/echo_server; compare: ch04_tcp/line_server
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// Reads one line with its '\n' and returns how many bytes it has; 0 at the end of the stream.
// The last line may lack its '\n'.
std::size_t read_line(const net::Fd& client, std::span<std::byte> line) {
    std::size_t filled = 0;
    while (filled < line.size()) {
        const auto rest = line.subspan(filled);
        const auto seen = rest.first(net::recv(client, rest, MSG_PEEK));
        if (seen.empty()) {
            return filled;
        }
        const auto newline = net::text(seen).find('\n');
        if (newline != std::string_view::npos) {
            return filled + net::read_exactly(client, rest.first(newline + 1));
        }
        filled += net::read_exactly(client, seen);
    }
    throw std::runtime_error{"a line longer than 1024 bytes"};
}

void echo_lines(const net::Fd& client) {
    std::array<std::byte, 1024> line;
    while (const auto count = read_line(client, line)) {
        app::say("line of ", count, " bytes");
        net::send_all(client, std::span{line}.first(count));
    }
}

void serve(const sys::Accepted& client) try {
    echo_lines(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void start_serving(net::Fd& listener, const sys::Accepted& client) {
    const pid_t child = fork();
    if (child == 0) {
        listener.reset();  // [2]
        serve(client);
        _exit(0);  // [3]
    }
    if (child == -1) {
        const auto error = std::generic_category().message(errno);
        app::say("dropped ", client.peer, ": fork: ", error);
    }
}

void serve_next(net::Fd& listener) try {
    const auto client = sys::accept(listener);  // [2] the parent's copy is closed on return
    app::say("connected ", client.peer);
    start_serving(listener, client);
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_all(const net::Address& local) {
    std::signal(SIGCHLD, SIG_IGN);  // [1]
    auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
