// sigaction_flags.cpp - sigaction() says what signal() leaves open: what a handler interrupts.
//
// Look for
//   [1] sa_flags 0: when the handler has run, a call that waits fails with EINTR;
//   [2] SA_RESTART: the call goes on waiting;
//   [3] sa_mask: the signals in it wait until the handler has returned;
//   [4] in glibc signal() is sigaction() with SA_RESTART; in System V it has other flags.
//
// Usage:   sigaction_flags
// Manual:  sigaction(2) signal(7) setitimer(2)
// Next:    ch10_multiprocess/sigchld_handler
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

void install(int signal, void (*handler)(int), int flags, const sigset_t& mask) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    action.sa_mask = mask;
    sys::check(sigaction(signal, &action, nullptr), "sigaction");
}

int pipe_writer = -1;  // global, because the kernel passes a handler only the signal

void on_alarm(int /*signal*/) {
    const int saved = errno;
    [[maybe_unused]] const auto written = write(pipe_writer, "x", 1);
    errno = saved;
}

// Reads from an empty pipe. The alarm comes meanwhile, and its handler writes a byte into it.
void read_until_alarm(const char* flags_name, int flags, const sigset_t& mask) {
    install(SIGALRM, on_alarm, flags, mask);
    const auto pipe = sys::pipe();
    pipe_writer = pipe.writer.get();
    const itimerval soon{{0, 0}, {0, 100'000}};
    sys::check(setitimer(ITIMER_REAL, &soon, nullptr), "setitimer");
    char byte = 0;
    const auto count = read(pipe.reader.get(), &byte, 1);
    if (count == -1) {
        app::say(flags_name, ": read returned -1, ", std::strerror(errno));  // [1]
    } else {
        app::say(flags_name, ": read returned ", count);  // [2]
    }
}

// The steps of on_first() and on_second(), in the order in which they ran.
std::array<volatile std::sig_atomic_t, 3> steps{};
volatile std::sig_atomic_t step_count = 0;

void note(int step) {
    const auto count = static_cast<std::size_t>(step_count);
    if (count < steps.size()) {
        steps[count] = step;
        step_count = step_count + 1;
    }
}

void on_first(int /*signal*/) {
    note(1);
    raise(SIGUSR2);  // [3] masked, it waits until we have returned
    note(2);
}

void on_second(int /*signal*/) {
    note(3);
}

void show_order(const char* what, const sigset_t& mask) {
    install(SIGUSR1, on_first, 0, mask);
    step_count = 0;
    raise(SIGUSR1);
    app::say(what, ": ", steps[0], " ", steps[1], " ", steps[2]);
}

void show_installed(const char* what) {
    struct sigaction installed {};
    sys::check(sigaction(SIGALRM, nullptr, &installed), "sigaction");
    const bool restarts = (installed.sa_flags & SA_RESTART) != 0;
    const bool only_once = (static_cast<unsigned>(installed.sa_flags) & SA_RESETHAND) != 0;
    app::say(what, ": ", restarts ? "SA_RESTART" : "no SA_RESTART",
             only_once ? ", SA_RESETHAND" : "");  // [4]
}

void compare() {
    sigset_t nothing;
    sigemptyset(&nothing);
    read_until_alarm("sa_flags 0", 0, nothing);
    read_until_alarm("SA_RESTART", SA_RESTART, nothing);

    install(SIGALRM, on_alarm, 0, nothing);  // so the flag cannot be left from above
    std::signal(SIGALRM, on_alarm);
    show_installed("signal()");
    sysv_signal(SIGALRM, on_alarm);  // what signal() is in System V
    show_installed("signal() of System V");

    sigset_t second_signal = nothing;
    sigaddset(&second_signal, SIGUSR2);
    install(SIGUSR2, on_second, 0, nothing);
    show_order("masked", second_signal);
    show_order("not masked", nothing);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { compare(); });
}
