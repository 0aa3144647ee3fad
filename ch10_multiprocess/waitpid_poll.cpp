// waitpid_poll.cpp - how to ask whether a child has ended, without waiting for it.
//
// Look for
//   [1] with WNOHANG waitpid() returns 0 at once if the child still runs;
//   [2] without it waitpid() waits: the option makes the difference, not the call.
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

void ask_and_wait() {
    auto lifetime = sys::pipe();  // the child lives until the parent closes the writer
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        lifetime.writer.reset();
        std::array<std::byte, 1> buffer;
        (void)sys::read(lifetime.reader, buffer);
        _exit(24);
    }
    int status = 0;
    for (int question = 1; question <= 3; ++question) {
        const pid_t ended = sys::check(waitpid(child, &status, WNOHANG), "waitpid");  // [1]
        app::say("question ", question, ": ", ended == 0 ? "the child still runs" : "it has ended");
    }
    lifetime.writer.reset();
    sys::check(waitpid(child, &status, 0), "waitpid");  // [2]
    app::say("waited: the child exited with ", WEXITSTATUS(status));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { ask_and_wait(); });
}
