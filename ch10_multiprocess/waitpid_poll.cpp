// waitpid_poll.cpp - asking for a child's end without waiting for it.
//
// Look for
//   [1] with WNOHANG waitpid() returns 0 at once where nobody has ended;
//   [2] without it, it waits: what makes the difference is the option, not the call.
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
    auto told = sys::pipe();
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        told.writer.reset();
        std::array<std::byte, 1> buffer;
        (void)sys::read(told.reader, buffer);  // until the parent closes its end
        _exit(24);
    }
    int status = 0;
    for (int asked = 1; asked <= 3; ++asked) {
        const pid_t ended = sys::check(waitpid(child, &status, WNOHANG), "waitpid");  // [1]
        app::say("asked ", asked, " times: ", ended == 0 ? "nobody has ended" : "it has ended");
    }
    told.writer.reset();
    sys::check(waitpid(child, &status, 0), "waitpid");  // [2]
    app::say("waited: it exited with ", WEXITSTATUS(status));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { ask_and_wait(); });
}
