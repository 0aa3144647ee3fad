// sigaction_alarm.cpp - the timer again, with sigaction(): the call for new programs.
//
// Look for
//   [1] a structure has the handler, the signals that wait while it runs (none), and flags;
//   [2] the third argument gets what was installed before, the whole structure;
//   [3] the handler does what it did with signal(): it ends the sleep, and sets the next alarm.
//
// Usage:   sigaction_alarm [SECONDS [again | once]]
// Manual:  sigaction(2) sigsetops(3) alarm(2)
// Next:    ch10_multiprocess/sigaction_flags; compare: signal_alarm
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

volatile std::sig_atomic_t seconds_to_next = 0;  // 0: there will be no next alarm

// A handler may call write() but not printf(): the signal may come in the middle of a printf().
void say_in_handler(std::string_view text) {
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, text.data(), text.size());
}

void on_alarm(int /*signal*/) {
    const int saved = errno;
    say_in_handler("handler: time out\n");
    alarm(static_cast<unsigned>(seconds_to_next));  // [3]
    errno = saved;
}

bool alarm_is_set() {
    itimerval timer{};
    getitimer(ITIMER_REAL, &timer);
    return timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0;
}

void sleep_three_times(unsigned seconds) {
    alarm(seconds);
    for (int round = 0; round < 3; ++round) {
        app::say("wait: ", alarm_is_set() ? "an alarm will come" : "no alarm will come");
        const auto left = sleep(100);  // [3]
        app::say("woken with ", left, " seconds left");
    }
}

void install_and_sleep(app::Args args) {
    const auto seconds = static_cast<unsigned>(app::number(args, 0, "SECONDS", 1, 90, 2));
    const auto kind = app::choice(args, 1, {"again", "once"}, 0);
    seconds_to_next = kind == 0 ? static_cast<std::sig_atomic_t>(seconds) : 0;

    struct sigaction action;
    action.sa_handler = on_alarm;  // [1]
    sigfillset(&action.sa_mask);   // what is not initialized may hold anything
    const int filled = sigismember(&action.sa_mask, SIGINT);
    sigemptyset(&action.sa_mask);  // clears every bit
    app::say("SIGINT in the mask: ", filled, ", then: ", sigismember(&action.sa_mask, SIGINT));
    action.sa_flags = 0;
    struct sigaction first {};
    struct sigaction second {};
    sys::check(sigaction(SIGALRM, &action, &first), "sigaction");
    sys::check(sigaction(SIGALRM, &action, &second), "sigaction");  // [2]
    app::say("before: ", first.sa_handler == SIG_DFL ? "the default" : "ignored",
             ", then: ", second.sa_handler == on_alarm ? "ours" : "another");
    sleep_three_times(seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[SECONDS [again | once]]", 2}, install_and_sleep);
}
