// orphan.cpp - a child whose parent ends first is an orphan: another process adopts it.
//
// Look for
//   [1] the child goes on after its parent has ended, and has another parent then;
//   [2] the new parent is the nearest ancestor that has declared itself a subreaper, or
//       process 1.
//
// Usage:   orphan [subreaper]
// Manual:  getppid(2) prctl(2)
// Next:    ch10_multiprocess/wait_status
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/waiting.hpp"

namespace {

// In the orphan: waits until its parent has ended.
void be_orphaned(pid_t parent) {
    net::wait_until("my parent's end", [parent] { return getppid() != parent; });
    app::say("orphan ", getpid(), ": my parent was ", parent, ", now it is ", getppid());  // [1]
}

void have_an_orphan(app::Args args) {
    const bool subreaper = app::choice(args, 0, {"subreaper"}, 1) == 0;
    if (subreaper) {
        sys::check(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");  // [2]
    }
    app::say("I am ", getpid());
    const pid_t parent = sys::check(fork(), "fork");
    if (parent == 0) {
        const pid_t parent_of_orphan = getpid();
        setpgid(0, 0);  // a group for these two, so that we can wait for the orphan
        if (sys::check(fork(), "fork") == 0) {
            be_orphaned(parent_of_orphan);
        }
        _exit(0);  // the orphan ends here too
    }
    waitpid(parent, nullptr, 0);
    if (subreaper) {
        app::say("adopted and reaped: ", sys::check(waitpid(-parent, nullptr, 0), "waitpid"));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[subreaper]", 1}, have_an_orphan);
}
