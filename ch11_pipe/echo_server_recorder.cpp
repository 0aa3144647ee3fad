// echo_server_recorder.cpp - TCP echo by child processes; one more child records every line.
//
// Look for
//   [1] a pipe may have many writers: records of at most PIPE_BUF bytes do not mix (record.hpp);
//   [2] record first, then send: what a client has got back will be in record.txt;
//   [3] no signal ends the recorder: it reads until the last writer has closed the pipe;
//   [4] when the recorder ends too early, the server ends.
//
// Usage:   echo_server_recorder [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  pipe(7) fork(2)
// Next:    ch11_pipe/ipc_tour
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <utility>

#include "ch11_pipe/record.hpp"
#include "common/accepting.hpp"
#include "common/check.hpp"
#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"
#include "common/tcp.hpp"

namespace {

struct Recorder {
    net::Fd pipe;
    pid_t process;
};

struct Server {
    net::Fd signals;
    Recorder recorder;
    net::Fd listener;
    net::Children children{};
    net::Pause pause{};  // begins when accept() finds no free descriptor
};

void echo_until_closed(const net::Fd& client, RecordWriter& record) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = net::recv(client, buffer)) {
        const auto received = std::span{buffer}.first(count);
        record.add(received);  // [2]
        net::send_all(client, received);
    }
}

void serve(const sys::Accepted& client, RecordWriter record) {
    try {
        sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
        echo_until_closed(client.fd, record);
        app::say("closed ", client.peer);
    } catch (const std::runtime_error& error) {
        app::say("dropped ", client.peer, ": ", error.what());
    }
    record.finish();
}

// A child inherits which signals are blocked: Ctrl-C goes to every process of the terminal, but the
// recorder does not see it.
Recorder start_recorder() {
    // O_NONBLOCK: without it, opening a FIFO that nobody reads would wait here for ever, deaf to signals.
    const auto file = sys::open("record.txt", O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0644);
    sys::check(fcntl(file.get(), F_SETFL, O_APPEND), "fcntl");  // but a write may wait for a reader
    auto pipe = sys::pipe();                                    // [1]
    const pid_t process = app::run_in_child([&] {
        pipe.writer.reset();
        std::array<std::byte, 16384> buffer;
        while (const auto count = sys::read(pipe.reader, buffer)) {  // [3]
            net::write_all(file, std::span{buffer}.first(count));
        }
    });
    return {std::move(pipe.writer), process};
}

void start_serving(Server& server, const sys::Accepted& client) try {
    server.children.add(app::run_in_child([&] {
        server.listener.reset();
        server.signals.reset();
        net::unblock_signals();
        serve(client, RecordWriter{server.recorder.pipe, client.peer});
    }));
} catch (const std::system_error& error) {  // fork() failed
    app::say("dropped ", client.peer, ": ", error.what());
}

void accept_next(Server& server) try {
    if (const auto client = net::try_accept(server.listener)) {
        app::say("connected ", client->peer);
        start_serving(server, *client);
    }
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        server.pause.begin();
    }
}

// In this order: when no writer is left, the recorder reads to the end and ends.
void end_all(Server& server) {
    server.children.end();
    server.recorder.pipe.reset();
    net::wait_for(server.recorder.process);
}

void reap(Server& server) {
    server.children.reap();
    const bool recorder_has_ended = waitpid(server.recorder.process, nullptr, WNOHANG) != 0;
    if (recorder_has_ended) {  // [4]
        server.children.end();
        throw std::runtime_error{"the recorder has ended"};
    }
}

void serve_all(const net::Address& local) {
    // In this order: the recorder inherits the blocked signals, but no listener.
    Server server{net::open_signals({SIGCHLD, SIGINT, SIGTERM}), start_recorder(),
                  net::tcp_listen(local, SOCK_NONBLOCK)};
    app::say("listening on ", sys::getsockname(server.listener));
    for (;;) {
        // poll() skips an entry whose descriptor is -1: during a pause we accept nobody.
        const int listener = server.pause.active() ? -1 : server.listener.get();
        std::array<pollfd, 2> watched{{{listener, POLLIN, 0}, {server.signals.get(), POLLIN, 0}}};
        net::poll(watched, server.pause.milliseconds());
        const bool client_waits = watched[0].revents != 0;
        const bool signal_waits = watched[1].revents != 0;

        if (client_waits) {
            accept_next(server);
        }
        if (signal_waits) {
            const int signal = net::next_signal(server.signals);
            if (signal != SIGCHLD) {  // SIGINT or SIGTERM
                return end_all(server);
            }
            reap(server);
            server.pause.end();  // what the child held is free now
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
