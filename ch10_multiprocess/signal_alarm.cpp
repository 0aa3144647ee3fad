// signal_alarm.cpp - signal() and alarm(): when the time is over, the kernel calls our function.
//
// Look for
//   [1] signal() returns the handler that was there before;
//   [2] alarm() replaces an earlier alarm and returns the seconds it had left; alarm(0) cancels;
//   [3] a handler ends sleep(), which returns the seconds it had left, and does not sleep again;
//   [4] without a handler SIGALRM ends the program ("Alarm clock", status 142);
//   [5] an alarm comes once: the handler sets the next one, or no one wakes the second sleep.
//
// Usage:   signal_alarm [SECONDS [again | once | default]]
// Manual:  signal(2) alarm(2) sleep(3) signal-safety(7)
// Next:    ch10_multiprocess/sigaction_alarm
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "common/program.hpp"

namespace {

volatile std::sig_atomic_t seconds_to_next = 0;  // 0: there will be no next alarm

// A handler may call write() but not printf(): the signal may come in the middle of a printf().
void say_in_handler(std::string_view text) {
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, text.data(), text.size());
}

void on_signal(int signal) {
    const int saved = errno;
    if (signal == SIGALRM) {
        say_in_handler("handler: time out\n");
        alarm(static_cast<unsigned>(seconds_to_next));  // [5]
    } else {
        say_in_handler("handler: Ctrl-C\n");
    }
    errno = saved;
}

bool alarm_is_set() {
    itimerval timer{};
    getitimer(ITIMER_REAL, &timer);
    return timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0;
}

void sleep_three_times(unsigned seconds) {
    alarm(seconds);  // [4]
    for (int round = 0; round < 3; ++round) {
        app::say("wait: ", alarm_is_set() ? "an alarm will come" : "no alarm will come");
        const auto left = sleep(100);  // [3]
        app::say("woken with ", left, " seconds left");
    }
}

void install_and_sleep(app::Args args) {
    const auto seconds = static_cast<unsigned>(app::number(args, 0, "SECONDS", 1, 90, 2));
    const auto kind = app::choice(args, 1, {"again", "once", "default"}, 0);
    seconds_to_next = kind == 0 ? static_cast<std::sig_atomic_t>(seconds) : 0;
    if (kind != 2) {
        std::signal(SIGINT, on_signal);
        const auto first = std::signal(SIGALRM, on_signal);
        const auto second = std::signal(SIGALRM, on_signal);
        app::say("before: ", first == SIG_DFL ? "the default" : "ignored",
                 ", then: ", second == on_signal ? "ours" : "another");  // [1]
    }
    const auto first = alarm(10);
    const auto second = alarm(5);
    const auto third = alarm(0);
    app::say("alarm returned ", first, ", ", second, ", ", third,
             alarm_is_set() ? "; an alarm will come" : "; no alarm will come");  // [2]
    sleep_three_times(seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[SECONDS [again | once | default]]", 2}, install_and_sleep);
}
