// wait_status.cpp - how a child ended, as wait() tells its parent.
//
// Look for
//   [1] return from main and exit() do the same; only the lowest 8 bits of the value arrive;
//   [2] the status is a packed number: WIFEXITED, WEXITSTATUS and WTERMSIG unpack it;
//   [3] wait() sleeps until one of the children ends, and tells which: not always the first;
//   [4] a process without a child has nothing to wait for: that is an error.
//
// Usage:   wait_status
// Manual:  wait(2) exit(3)
// Next:    ch10_multiprocess/waitpid_poll
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <system_error>

#include "common/check.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

// A child from before exec(2) may end too: it is not one that we ask for.
void wait_for_one_of(std::initializer_list<pid_t> children) {
    int status = 0;
    pid_t ended = 0;
    do {
        ended = sys::check(wait(&status), "wait");  // [3]
    } while (std::ranges::find(children, ended) == children.end());

    if (WIFEXITED(status)) {  // [2]
        app::say("wait returned ", ended, ": status ", status, ", exited with ",
                 WEXITSTATUS(status));
    } else {
        app::say("wait returned ", ended, ": status ", status, ", ended by signal ",
                 WTERMSIG(status));
    }
}

int value_of_main = 0;  // what main returns if all goes well

void collect_two_children() {
    auto lifetime = sys::pipe();  // the first child lives until the parent closes the writer
    const pid_t first = sys::check(fork(), "fork");
    if (first == 0) {
        lifetime.writer.reset();
        std::array<std::byte, 1> buffer;
        (void)sys::read(lifetime.reader, buffer);
        value_of_main = 3;  // [1]
        return;
    }
    const pid_t second = sys::check(fork(), "fork");
    if (second == 0) {
        std::exit(7);  // [1]
    }
    app::say("child 1 is ", first, ", child 2 is ", second);
    wait_for_one_of({first, second});
    lifetime.writer.reset();
    wait_for_one_of({first, second});
}

void collect_a_large_value() {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        std::exit(256);  // [1]
    }
    app::say("exit(256): child ", child);
    wait_for_one_of({child});
}

void collect_a_killed_child() {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        pause();
        _exit(0);
    }
    kill(child, SIGKILL);
    app::say("SIGKILL: child ", child);
    wait_for_one_of({child});
}

void wait_without_a_child() try {
    sys::check(wait(nullptr), "wait");
} catch (const std::system_error& error) {
    app::say("no child: ", error.what());  // [4]
}

void collect_all() {
    collect_two_children();
    if (value_of_main != 0) {
        return;  // the first child: it ends as main returns
    }
    collect_a_large_value();
    collect_a_killed_child();
    // This process may have a child from before exec(2). A new one has none.
    net::wait_for(app::run_in_child(wait_without_a_child));
}

}  // namespace

int main(int argc, char* argv[]) {
    const int failed = app::run(argc, argv, {"", 0}, [](app::Args) { collect_all(); });
    return failed != 0 ? failed : value_of_main;  // [1]
}
