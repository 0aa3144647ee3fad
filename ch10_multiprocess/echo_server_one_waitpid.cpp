// echo_server_one_waitpid.cpp - a child for each client, but one waitpid() for each SIGCHLD.
//
// Wrong on purpose:
//   [1] signals are not counted: children that end while one SIGCHLD waits share it;
//   [2] one waitpid() reaps one of them: the others stay zombies until the next child
//       ends, or the server does.
//
// Usage:   echo_server_one_waitpid [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  waitpid(2) signal(7)
// Next:    ch10_multiprocess/echo_server_fork_storm; compare: echo_server
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/check.hpp"
#include "common/echo.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_file.hpp"
#include "common/tcp.hpp"

namespace {

struct Server {
    net::Fd listener;
    net::Fd signals;
    std::vector<pid_t> children{};  // those not yet reaped
    net::Pause pause{};             // begins when accept() finds no free descriptor
};

void serve(const sys::Accepted& client) try {
    sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    net::echo_until_closed(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

// Blocks these signals: from now on they wait until they are read from the descriptor.
net::Fd open_signals(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        sigaddset(&set, signal);
    }
    sys::check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
    return net::Fd{sys::check(signalfd(-1, &set, SFD_CLOEXEC), "signalfd")};
}

int next_signal(const net::Fd& signals) {
    signalfd_siginfo info;
    (void)sys::read(signals, std::as_writable_bytes(std::span{&info, 1}));
    return static_cast<int>(info.ssi_signo);
}

// The child's whole life: it ends here and never returns to its parent's loop.
[[noreturn]] void be_the_child(Server& server, const sys::Accepted& client) {
    server.listener.reset();
    server.signals.reset();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    serve(client);
    _exit(0);
}

// Owns the client: when the parent leaves this function, its copy of the socket is closed.
void start_serving(Server& server, sys::Accepted client) {
    const pid_t child = fork();
    if (child == 0) {
        be_the_child(server, client);
    }
    if (child == -1) {
        const auto error = std::generic_category().message(errno);
        app::say("dropped ", client.peer, ": fork: ", error);
        return;
    }
    server.children.push_back(child);
}

void accept_next(Server& server) try {
    if (auto client = net::try_accept(server.listener)) {
        app::say("connected ", client->peer);
        start_serving(server, std::move(*client));
    }
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        server.pause.begin();
    }
}

void reap(Server& server) {
    const pid_t child = waitpid(-1, nullptr, WNOHANG);  // [2]
    std::erase(server.children, child);
}

// A child has nothing to save, so SIGKILL will do. It ends stopped children too.
void end_children(const Server& server) {
    for (const pid_t child : server.children) {
        kill(child, SIGKILL);
    }
    for (const pid_t child : server.children) {
        waitpid(child, nullptr, 0);
    }
}

void serve_all(const net::Address& local) {
    Server server{net::tcp_listen(local, SOCK_NONBLOCK), open_signals({SIGCHLD, SIGINT, SIGTERM})};
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
            const int signal = next_signal(server.signals);  // [1]
            if (signal != SIGCHLD) {                         // SIGINT or SIGTERM
                return end_children(server);
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
