// reap_children.cpp - ten children end together: three ways to deal with SIGCHLD.
//
// Look for
//   [1] SIGCHLD is blocked while ten children end, so only one of the signals waits;
//   [2] one waitpid() for each signal leaves nine zombies; a loop leaves none;
//   [3] SIG_IGN: the parent will not ask, so no child becomes a zombie;
//   [4] a handler restores errno, and calls only what is async-signal-safe.
//
// Usage:   reap_children once | loop | ignore
// Manual:  sigaction(2) signal(7) signal-safety(7) waitpid(2)
// Next:    ch10_multiprocess/line_server
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "common/check.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"

namespace {

volatile std::sig_atomic_t handled = 0;
volatile std::sig_atomic_t reaped = 0;

void reap_once(int /*signal*/) {
    const int saved = errno;  // [4]
    handled = handled + 1;
    if (waitpid(-1, nullptr, WNOHANG) > 0) {  // [2]
        reaped = reaped + 1;
    }
    errno = saved;
}

void reap_in_a_loop(int /*signal*/) {
    const int saved = errno;
    handled = handled + 1;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {  // [2]
        reaped = reaped + 1;
    }
    errno = saved;
}

// Returns when all ten have ended. WNOWAIT leaves them to be reaped by others.
void let_ten_children_end() {
    std::array<pid_t, 10> children{};
    for (auto& child : children) {
        child = sys::check(fork(), "fork");
        if (child == 0) {
            _exit(0);
        }
    }
    for (const pid_t child : children) {
        siginfo_t info;
        while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == -1 &&
               errno == EINTR) {
        }
    }
}

void count_with(sighandler_t handler) {
    struct sigaction action {};
    action.sa_handler = handler;
    sys::check(sigaction(SIGCHLD, &action, nullptr), "sigaction");

    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, nullptr);
    let_ten_children_end();
    errno = 0;
    sigprocmask(SIG_UNBLOCK, &child_signal, nullptr);  // [1]
    if (errno != 0) {
        throw std::runtime_error{"the handler has changed errno"};
    }

    int zombies = 0;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
        ++zombies;
    }
    app::say("signals: ", handled, ", reaped: ", reaped, ", zombies left: ", zombies);
}

void compare(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"once, loop or ignore is needed"};
    }
    const std::array handlers{reap_once, reap_in_a_loop, SIG_IGN};  // [3]
    const auto handler = handlers.at(app::choice(args, 0, {"once", "loop", "ignore"}, 0));
    // This process may have children from before exec(2), which would count. A new one has none.
    if (net::wait_for(app::run_in_child([handler] { count_with(handler); })) != 0) {
        throw std::runtime_error{"the child has failed"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"once | loop | ignore", 1}, compare);
}
