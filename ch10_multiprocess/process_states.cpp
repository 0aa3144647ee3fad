// process_states.cpp - a child in every state that ps shows, made on purpose.
//
// Look for
//   [1] the first letter says what a process does: R runs, S sleeps, D sleeps and cannot be
//       woken, T is stopped, t too, by a tracer, Z has ended and its status is not collected yet;
//   [2] the letters after it say what it is: N and < its priority, L has locked memory,
//       s leads a session, l has threads, + is in the foreground of a terminal.
//
// Usage:   process_states
// Manual:  ps(1) proc(5) setsid(2) setpriority(2) mlock2(2) vfork(2) ptrace(2)
// Next:    ch10_multiprocess/signal_alarm
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

struct State {
    const char* letter;
    const char* reason;
    void (*enter)();  // called in the child
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
    // vfork() returns in the parent when the child has ended, and not earlier.
    State{"D", "it has called vfork, and its child sleeps",
          [] {
              setpgid(0, 0);  // a group of its own, so that end() reaches its child too
              if (vfork() == 0) {
                  sleep_for_ever();
              }
          }},
    State{"T", "it was stopped", [] { raise(SIGSTOP); }},
    State{"t", "it was stopped, and its parent traces it as a debugger does",
          [] {
              ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
              raise(SIGSTOP);
          }},
    State{"Z", "it has ended", [] { _exit(0); }},
    State{"N", "nice 5 or more: low priority",
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

// What ps says about a process, such as "S" or "Ss+".
std::string ask_ps(pid_t process) {
    const auto command = "ps -o stat= -p " + std::to_string(process);
    FILE* const ps = popen(command.c_str(), "r");
    if (ps == nullptr) {
        sys::fail("popen");
    }
    std::array<char, 32> buffer{};
    const bool has_answer = std::fgets(buffer.data(), buffer.size(), ps) != nullptr;
    const int status = pclose(ps);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {  // the shell found no such command
        throw std::runtime_error{"ps is missing (Debian has it in the package procps)"};
    }
    if (!has_answer) {
        throw std::runtime_error{"ps knows nothing about process " + std::to_string(process)};
    }
    const std::string line{buffer.data()};
    return line.substr(0, line.find_first_of(" \n"));
}

// A new child needs a moment to reach its state. Gives up after two seconds: without the right to
// raise its priority a child never gets "<".
std::string wait_for_letter(pid_t child, const char* letter) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{2};
    for (;;) {
        usleep(10'000);
        const bool is_late = std::chrono::steady_clock::now() > deadline;  // before the last look
        auto stat = ask_ps(child);
        if (is_late || stat.find(letter) != std::string::npos) {
            return stat;
        }
    }
}

void end(pid_t child) {
    kill(-child, SIGKILL);  // its process group, if it has one
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
        stat = wait_for_letter(child, state.letter);
    } catch (...) {
        end(child);  // without this it would run for ever
        throw;
    }
    end(child);
    // Some states need a right, or room (ulimit -l).
    const auto* end_of_line = stat.find(state.letter) == std::string::npos ? " (not reached)" : "";
    app::say(state.letter, "  ", stat, "  ", state.reason, end_of_line);  // [1] [2]
}

void show_all() {
    for (const auto& state : states) {
        show(state);
    }
    app::say("+  ", ask_ps(getpid()), "  this process, if it is in the foreground of a terminal");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_all(); });
}
