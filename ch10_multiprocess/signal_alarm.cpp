// signal_alarm.cpp - signal() and alarm(): when the time is over, the kernel calls our function.
//
// Look for
//   [1] signal() returns the handler that was there before;
//   [2] alarm() replaces an earlier alarm and returns the seconds it had left; alarm(0) cancels;
//   [3] a handler ends sleep(), which returns the seconds it had left;
//   [4] without a handler SIGALRM ends the program ("Alarm clock", status 142).
//
// Usage:   signal_alarm [SECONDS [default]]
// Manual:  signal(2) alarm(2) sleep(3) signal-safety(7)
// Next:    ch10_multiprocess/sigaction_alarm
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "common/program.hpp"

namespace {

// A handler may call write() but not printf(): the signal may come in the middle of a printf().
void say_in_handler(std::string_view text) {
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, text.data(), text.size());
}

void on_signal(int signal) {
    say_in_handler(signal == SIGALRM ? "handler: time out\n" : "handler: Ctrl-C\n");
}

void wait_three_times(app::Args args) {
    const auto seconds = static_cast<unsigned>(app::number(args, 0, "SECONDS", 1, 90, 2));
    const bool use_default = app::choice(args, 1, {"default"}, 1) == 0;
    if (!use_default) {
        std::signal(SIGINT, on_signal);
        const auto first = std::signal(SIGALRM, on_signal);
        const auto second = std::signal(SIGALRM, on_signal);
        app::say("before: ", first == SIG_DFL ? "the default" : "ignored",
                 ", then: ", second == on_signal ? "ours" : "another");  // [1]
    }
    const auto first = alarm(10);
    const auto second = alarm(5);
    const auto third = alarm(0);
    app::say("alarm returned ", first, ", ", second, ", ", third);  // [2]

    for (int round = 0; round < 3; ++round) {
        alarm(seconds);                // [4]
        const auto left = sleep(100);  // [3]
        app::say("woken with ", left, " seconds left");
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[SECONDS [default]]", 2}, wait_three_times);
}
