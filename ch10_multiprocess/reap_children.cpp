// reap_children.cpp - ten children end together: three ways to deal with SIGCHLD.
//
// Look for
//   [1] while the signal is blocked ten children end, and one SIGCHLD is pending;
//   [2] one waitpid() a signal leaves nine zombies; a loop leaves none;
//   [3] SIG_IGN says that nobody will ask: then nobody becomes a zombie;
//   [4] a handler keeps errno as it found it, and calls only what is async-signal-safe.
//
// Usage:   reap_children once | loop | ignore
// Manual:  sigaction(2) signal(7) signal-safety(7) waitpid(2)
// Next:    ch10_multiprocess/echo_server
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

volatile std::sig_atomic_t handled = 0;
volatile std::sig_atomic_t reaped = 0;

void reap_once(int /*signal*/) {
    const int kept = errno;  // [4]
    handled = handled + 1;
    if (waitpid(-1, nullptr, WNOHANG) > 0) {  // [2]
        reaped = reaped + 1;
    }
    errno = kept;
}

void reap_in_a_loop(int /*signal*/) {
    const int kept = errno;
    handled = handled + 1;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {  // [2]
        reaped = reaped + 1;
    }
    errno = kept;
}

// Returns when all ten have ended; asks for none of them.
void have_ten_children_end() {
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

void compare(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"which of once, loop, ignore?"};
    }
    constexpr std::array ways{reap_once, reap_in_a_loop};
    const auto way = app::choice(args, 0, {"once", "loop", "ignore"}, 1);
    struct sigaction action {};
    action.sa_handler = way < ways.size() ? ways[way] : SIG_IGN;  // [3]
    sys::check(sigaction(SIGCHLD, &action, nullptr), "sigaction");

    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, nullptr);
    have_ten_children_end();
    sigprocmask(SIG_UNBLOCK, &child_signal, nullptr);  // [1]

    int zombies = 0;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
        ++zombies;
    }
    app::say("signals: ", handled, ", reaped: ", reaped, ", zombies left: ", zombies);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"once | loop | ignore", 1}, compare);
}
