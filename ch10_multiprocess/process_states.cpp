// process_states.cpp - children in every state that ps knows, made on purpose and read back.
//
// Look for
//   [1] the first letter is what a process does: R runs, S sleeps, D sleeps and cannot
//       be woken, T stopped, Z ended and not asked for;
//   [2] the letters behind it are what it is: N and < its priority, L memory locked,
//       s leads a session, l has threads, + in the foreground of a terminal.
//
// Usage:   process_states
// Manual:  ps(1) proc(5) setsid(2) setpriority(2) mlock2(2) vfork(2)
// Next:    ch10_multiprocess/signal_alarm
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <system_error>
#include <thread>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

struct State {
    const char* letter;
    const char* how;
    void (*enter)();
};

void sleep_for_ever() {
    for (;;) {
        pause();
    }
}

const std::array states{
    State{"R", "it computes",
          [] {
              for (volatile int i = 0;;) {
                  i = 1 - i;
              }
          }},
    State{"S", "it waits for a signal", sleep_for_ever},
    State{"D", "it has called vfork, and its child sleeps",
          [] {
              setpgid(0, 0);
              if (vfork() == 0) {
                  sleep_for_ever();
              }
          }},
    State{"T", "it was stopped", [] { raise(SIGSTOP); }},
    State{"Z", "it has ended", [] { _exit(0); }},
    State{"N", "nice 5: low priority",
          [] {
              setpriority(PRIO_PROCESS, 0, 5);
              sleep_for_ever();
          }},
    State{"<", "nice -5: high priority, for root only",
          [] {
              setpriority(PRIO_PROCESS, 0, -5);
              sleep_for_ever();
          }},
    State{"L", "a page is locked in memory",
          [] {
              static int page;
              mlock2(&page, sizeof page, 0);
              sleep_for_ever();
          }},
    State{"s", "it leads a session, and has no children",
          [] {
              setsid();
              sleep_for_ever();
          }},
    State{"l", "it has a second thread",
          [] {
              std::jthread second{sleep_for_ever};
              sleep_for_ever();
          }},
};

// What `ps` says of it: "S", "Ss+".
std::string stat_of(pid_t process) {
    const auto command = "ps -o stat= -p " + std::to_string(process);
    const std::unique_ptr<FILE, int (*)(FILE*)> ps{popen(command.c_str(), "r"), pclose};
    std::array<char, 32> text{};
    if (ps == nullptr) {
        sys::fail("popen");
    }
    if (std::fgets(text.data(), text.size(), ps.get()) == nullptr) {
        return "?";
    }
    const std::string line{text.data()};
    return line.substr(0, line.find_first_of(" \n"));
}

void end(pid_t child) {
    kill(-child, SIGKILL);  // with the child of the one that has a group
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

void show(const State& state) {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        state.enter();
        _exit(0);
    }
    std::string stat;
    try {
        for (int tries = 0; tries < 200 && stat.find(state.letter) == std::string::npos; ++tries) {
            usleep(10'000);  // it is on its way there
            stat = stat_of(child);
        }
    } catch (const std::system_error&) {
        end(child);  // or it would compute for ever
        throw;
    }
    end(child);
    app::say(state.letter, "  ", stat, "  ", state.how);  // [1] [2]
}

void show_all() {
    for (const auto& state : states) {
        show(state);
    }
    app::say("+  ", stat_of(getpid()), "  this process, if a terminal is in front of it");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_all(); });
}
