// sigchld_handler.cpp - SIGCHLD tells a sleeping parent that a child has ended.
//
// Look for
//   [1] the handler collects in a loop, and looks at a status only if waitpid() returned a child;
//   [2] it stores what it got, and the program prints it: printf() is not safe in a handler;
//   [3] each of the two signals ends one sleep: five sleeps of a second take four.
//
// Usage:   sigchld_handler
// Manual:  sigaction(2) waitpid(2) nanosleep(2) signal-safety(7)
// Next:    ch10_multiprocess/reap_children
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <stdexcept>

#include "common/check.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"

namespace {

struct Ended {
    volatile std::sig_atomic_t child;
    volatile std::sig_atomic_t status;
};
std::array<Ended, 10> ended{};
volatile std::sig_atomic_t ended_count = 0;

void collect(int /*signal*/) {
    const int saved = errno;
    int status = 0;
    pid_t child = 0;
    while ((child = waitpid(-1, &status, WNOHANG)) > 0) {  // [1]
        const auto count = static_cast<std::size_t>(ended_count);
        if (count < ended.size()) {
            ended[count].child = child;  // [2]
            ended[count].status = status;
            ended_count = ended_count + 1;
        }
    }
    errno = saved;
}

pid_t start_child(unsigned milliseconds, int value) {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        usleep(milliseconds * 1000);
        _exit(value);
    }
    return child;
}

void sleep_five_times() {
    const timespec second{1, 0};
    std::size_t told = 0;
    for (int round = 1; round <= 5; ++round) {
        const bool is_cut = nanosleep(&second, nullptr) == -1;  // [3] EINTR
        app::say("sleep ", round, ": ", is_cut ? "cut short" : "a second");
        for (; told < static_cast<std::size_t>(ended_count); ++told) {
            if (const int status = ended[told].status; WIFEXITED(status)) {
                app::say("  child ", ended[told].child, " sent ", WEXITSTATUS(status));  // [2]
            }
        }
    }
}

void wait_for_two_children() {
    struct sigaction action {};
    action.sa_handler = collect;
    action.sa_flags = SA_NOCLDSTOP;  // no signal for children that stop or go on (Ctrl-Z and fg)
    sys::check(sigaction(SIGCHLD, &action, nullptr), "sigaction");

    const auto start = std::chrono::steady_clock::now();
    const pid_t first = start_child(2500, 12);
    const pid_t second = start_child(3000, 24);
    app::say("child 1 is ", first, ", child 2 is ", second);
    sleep_five_times();
    const auto elapsed = std::chrono::steady_clock::now() - start;
    app::say("together: ", std::chrono::floor<std::chrono::seconds>(elapsed).count(), " seconds");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        // This process may have children from before exec(2). A new one has none.
        if (net::wait_for(app::run_in_child(wait_for_two_children)) != 0) {
            throw std::runtime_error{"the child has failed"};
        }
    });
}
