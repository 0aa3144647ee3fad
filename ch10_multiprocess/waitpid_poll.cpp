// waitpid_poll.cpp - a parent that works, and asks now and then whether its child has ended.
//
// Look for
//   [1] with WNOHANG waitpid() returns 0 at once while no child has ended;
//   [2] so the parent can work meanwhile, and one of its next questions brings the status;
//   [3] without it waitpid() waits: the option makes the difference, not the call.
//
// Usage:   waitpid_poll
// Manual:  waitpid(2)
// Next:    ch10_multiprocess/process_states
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

// It lives until the parent closes the writer.
pid_t start_child(sys::Pipe& lifetime, int value) {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        lifetime.writer.reset();
        std::array<std::byte, 1> buffer;
        (void)sys::read(lifetime.reader, buffer);
        _exit(value);
    }
    return child;
}

void ask_until_it_has_ended() {
    auto lifetime = sys::pipe();
    const pid_t child = start_child(lifetime, 24);
    int status = 0;
    pid_t ended = 0;
    int questions = 0;
    // -1: any child. One from before exec(2) is not the one that we ask for.
    while ((ended = sys::check(waitpid(-1, &status, WNOHANG), "waitpid")) != child) {
        if (ended == 0) {
            app::say("no child has ended: the parent works");  // [1]
        }
        if (++questions == 3) {
            lifetime.writer.reset();
        }
        usleep(100'000);  // [2] in place of the work
    }
    app::say("child ", child, " has ended: it exited with ", WEXITSTATUS(status));  // [2]
}

void wait_until_it_has_ended() {
    auto lifetime = sys::pipe();
    const pid_t child = start_child(lifetime, 25);
    lifetime.writer.reset();
    int status = 0;
    sys::check(waitpid(child, &status, 0), "waitpid");  // [3]
    app::say("waited for child ", child, ": it exited with ", WEXITSTATUS(status));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        ask_until_it_has_ended();
        wait_until_it_has_ended();
    });
}
