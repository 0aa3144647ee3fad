// echo_server_recorder.cpp - TCP echo by processes; one of them keeps every line in record.txt.
//
// Look for
//   [1] one pipe, many writers: a record is one write() of at most PIPE_BUF bytes, so
//       no two mix, and a killed writer leaves it whole or not at all (record.hpp);
//   [2] recorded first, then sent back: what a client has seen is in the file;
//   [3] the recorder heeds no signal: its end comes when the last writer has closed;
//   [4] without a recorder the server does not go on.
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

void echo_until_closed(const net::Fd& client, Record& record) {
    std::array<std::byte, 4096> buffer;
    while (const auto count = net::recv(client, buffer)) {
        record.add(std::span{buffer}.first(count));  // [2]
        net::send_all(client, std::span{buffer}.first(count));
    }
}

void serve(const sys::Accepted& client, Record record) {
    try {
        sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
        echo_until_closed(client.fd, record);
        app::say("closed ", client.peer);
    } catch (const std::runtime_error& error) {
        app::say("dropped ", client.peer, ": ", error.what());
    }
    record.finish();
}

struct Recorder {
    net::Fd pipe;
    pid_t process;
};

// Made before there is a listener or a client, so it holds none of them. What
// signals are blocked stay so in it.
Recorder start_recorder() {
    const auto file = sys::open("record.txt", O_WRONLY | O_CREAT | O_APPEND, 0644);
    auto pipe = sys::pipe();  // [1]
    const pid_t process = app::run_in_child([&] {
        pipe.writer.reset();
        std::array<std::byte, 65536> buffer;
        while (const auto count = sys::read(pipe.reader, buffer)) {  // [3]
            net::write_all(file, std::span{buffer}.first(count));
        }
    });
    return {std::move(pipe.writer), process};
}

struct Server {
    net::Fd signals;
    Recorder recorder;
    net::Fd listener;
    net::Children children{};
};

void start_serving(Server& server, const sys::Accepted& client) try {
    server.children.add(app::run_in_child([&] {
        server.listener.reset();
        server.signals.reset();
        net::unblock_signals();
        serve(client, Record{server.recorder.pipe, client.peer});
    }));
} catch (const std::system_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void accept_next(Server& server, net::Pause& pause) try {
    if (const auto client = net::try_accept(server.listener)) {
        app::say("connected ", client->peer);
        start_serving(server, *client);
    }
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        pause.begin();
    }
}

void end_all(Server& server) {
    server.children.end();
    server.recorder.pipe.reset();
    net::wait_for(server.recorder.process);
}

void reap(Server& server) {
    server.children.reap();
    if (waitpid(server.recorder.process, nullptr, WNOHANG) != 0) {  // [4]
        server.children.end();
        throw std::runtime_error{"the recorder has ended"};
    }
}

void serve_all(app::Args args) {
    const auto local = app::server_address(args);
    auto signals = net::open_signals({SIGCHLD, SIGINT, SIGTERM});
    auto recorder = start_recorder();
    Server server{std::move(signals), std::move(recorder), net::tcp_listen(local, SOCK_NONBLOCK)};
    app::say("listening on ", sys::getsockname(server.listener));
    net::Pause pause;
    for (;;) {
        std::array<pollfd, 2> watched{{{server.signals.get(), POLLIN, 0},
                                       {pause.active() ? -1 : server.listener.get(), POLLIN, 0}}};
        net::poll(watched, pause.milliseconds());
        if (watched[1].revents != 0) {
            accept_next(server, pause);
        }
        if (watched[0].revents != 0) {
            if (net::next_signal(server.signals) != SIGCHLD) {
                return end_all(server);
            }
            reap(server);
            pause.end();
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, serve_all);
}
