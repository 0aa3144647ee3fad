// zombie.cpp - a child that has ended, and whose parent has not asked.
//
// Look for
//   [1] the child is over, and its entry stays: state Z, without memory;
//   [2] not even SIGKILL takes it away, nor SIGCHLD to a parent that does not listen;
//   [3] its parent asks, gets the status, and the entry is gone.
//
// Usage:   zombie          Enter: the parent asks
// Manual:  wait(2) proc(5)
// Next:    ch10_multiprocess/orphan
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/check.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"

namespace {

// A line of /proc/PID/status that begins with this word; nothing where there is none.
std::string status_line(pid_t process, const std::string& word) {
    const auto file = sys::open("/proc/" + std::to_string(process) + "/status", O_RDONLY);
    net::LineReader lines{file, 4096};
    while (const auto line = lines.next()) {
        if (line->text.starts_with(word)) {
            return line->text;
        }
    }
    return "no " + word;
}

void make_a_zombie() {
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        _exit(3);
    }
    siginfo_t info;
    sys::check(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), "waitid");
    app::say("process ", child, " of parent ", getpid(), " has ended");
    app::say(status_line(child, "State"), "; ", status_line(child, "VmSize"));  // [1]
    kill(child, SIGKILL);
    app::say("after SIGKILL: ", status_line(child, "State"));  // [2]

    net::LineReader keyboard{STDIN_FILENO, 1000};
    app::note("now look: ps -o pid,stat,comm -p ", child, "; then Enter");
    (void)keyboard.next();

    int status = 0;
    sys::check(waitpid(child, &status, 0), "waitpid");  // [3]
    app::say("its status was ", WEXITSTATUS(status), "; ",
             kill(child, 0) == -1 && errno == ESRCH ? "it is gone" : "it is still there");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { make_a_zombie(); });
}
