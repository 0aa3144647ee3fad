// line_server.cpp - the notes' first fork server: it sends lines back, a child for each client.
//
// Look for
//   [1] SIGCHLD is ignored, so no child becomes a zombie and the parent need not wait for any;
//   [2] after fork() the child closes the listener, the parent its copy of the client's socket;
//   [3] the child ends here: it must not return to its parent's loop.
//
// Usage:   line_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/line_client
// Manual:  fork(2) signal(2) _exit(2)
// Next:    ch10_multiprocess/echo_server; compare: ch04_tcp/line_server
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "ch04_tcp/iterative.hpp"
#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void echo_lines(const net::Fd& client) {
    net::LineReader lines{client, 1024};
    while (const auto line = lines.next()) {
        const auto text = line->text + (line->ended ? "\n" : "");
        app::say("line of ", text.size(), " bytes");
        net::send_all(client, net::bytes(text));
    }
}

void start_serving(net::Fd& listener, const sys::Accepted& client) {
    const pid_t child = fork();
    if (child == 0) {
        listener.reset();  // [2]
        iterative::serve_client(client, echo_lines);
        _exit(0);  // [3]
    }
    if (child == -1) {
        const auto error = std::generic_category().message(errno);
        app::say("dropped ", client.peer, ": fork: ", error);
    }
}

void serve_next(net::Fd& listener) try {
    const auto client = sys::accept(listener);  // [2] the parent's copy is closed on return
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
