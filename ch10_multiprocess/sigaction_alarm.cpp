// sigaction_alarm.cpp - sigaction() says what signal() leaves open: what a handler interrupts.
//
// Look for
//   [1] sa_flags 0: a call that waits fails with EINTR when the handler has run;
//   [2] SA_RESTART: it goes on waiting;
//   [3] sa_mask: what is in it waits until the handler has returned;
//   [4] signal() of this library is sigaction() with SA_RESTART.
//
// Usage:   sigaction_alarm
// Manual:  sigaction(2) signal(7) setitimer(2)
// Next:    ch10_multiprocess/reap_children
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"

namespace {

int to_reader = -1;                                 // where the handler writes a byte
std::array<volatile std::sig_atomic_t, 4> order{};  // which came when
volatile std::sig_atomic_t came = 0;

void note(int what) {
    const int at = came;
    if (at < 4) {
        order[static_cast<std::size_t>(at)] = what;
        came = at + 1;
    }
}

void on_alarm(int /*signal*/) {
    const int kept = errno;
    [[maybe_unused]] const auto written = write(to_reader, "x", 1);
    errno = kept;
}

// Waits for a byte that comes only from the handler.
void read_with(const char* how, int flags) {
    struct sigaction action {};
    action.sa_handler = on_alarm;
    action.sa_flags = flags;
    sys::check(sigaction(SIGALRM, &action, nullptr), "sigaction");
    const auto bytes = sys::pipe();
    to_reader = bytes.writer.get();
    const itimerval soon{{0, 0}, {0, 100'000}};
    sys::check(setitimer(ITIMER_REAL, &soon, nullptr), "setitimer");
    char byte = 0;
    const auto count = read(bytes.reader.get(), &byte, 1);  // [1] [2]
    app::say(how, ": read returned ", count, count == -1 ? ", " : "",
             count == -1 ? std::strerror(errno) : "");
}

void on_first(int /*signal*/) {
    note(1);
    raise(SIGUSR2);  // [3] it is in sa_mask
    note(2);
}

void on_second(int /*signal*/) {
    note(3);
}

void mask_a_signal() {
    struct sigaction second {};
    second.sa_handler = on_second;
    sigaction(SIGUSR2, &second, nullptr);
    for (const bool masked : {true, false}) {
        struct sigaction first {};
        first.sa_handler = on_first;
        sigemptyset(&first.sa_mask);
        if (masked) {
            sigaddset(&first.sa_mask, SIGUSR2);
        }
        sigaction(SIGUSR1, &first, nullptr);
        came = 0;
        raise(SIGUSR1);
        app::say(masked ? "masked: " : "not masked: ", order[0], " ", order[1], " ", order[2]);
    }
}

void compare() {
    read_with("sa_flags 0", 0);
    read_with("SA_RESTART", SA_RESTART);
    struct sigaction now {};
    std::signal(SIGALRM, on_alarm);
    sigaction(SIGALRM, nullptr, &now);
    app::say("signal(): ", (now.sa_flags & SA_RESTART) != 0 ? "SA_RESTART" : "sa_flags 0");  // [4]
    mask_a_signal();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { compare(); });
}
