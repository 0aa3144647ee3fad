// wait_status.cpp - how a child ended, as wait() tells its parent.
//
// Look for
//   [1] return from main and exit() do the same; only the lowest 8 bits of the value arrive;
//   [2] the status is a packed number: WIFEXITED, WEXITSTATUS and WTERMSIG unpack it;
//   [3] wait() waits until one of the children ends, whichever is first;
//   [4] a process without a child has nothing to wait for: that is an error.
//
// Usage:   wait_status
// Manual:  wait(2) exit(3)
// Next:    ch10_multiprocess/waitpid_poll
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

void say_how_it_ended(const char* what, int status) {
    if (WIFEXITED(status)) {
        app::say(what, ": status ", status, ", exited with ", WEXITSTATUS(status));  // [2]
    } else {
        app::say(what, ": status ", status, ", ended by signal ", WTERMSIG(status));
    }
}

// A child from before exec(2) may end first: it is not the one that we ask for.
int status_of(pid_t child) {
    int status = 0;
    while (sys::check(wait(&status), "wait") != child) {  // [3]
    }
    return status;
}

void end_by_exit(const char* what, int value) {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        _exit(value);  // [1]
    }
    say_how_it_ended(what, status_of(child));
}

void end_by_signal(const char* what) {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        pause();
        _exit(0);
    }
    kill(child, SIGKILL);
    say_how_it_ended(what, status_of(child));
}

void wait_for_all() {
    end_by_exit("3", 3);
    end_by_exit("7", 7);
    end_by_exit("256", 256);
    end_by_signal("SIGKILL");
    try {
        while (sys::check(wait(nullptr), "wait") > 0) {
        }
    } catch (const std::system_error& error) {
        app::say("no child: ", error.what());  // [4]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { wait_for_all(); });
}
