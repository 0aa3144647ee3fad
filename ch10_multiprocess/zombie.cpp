// zombie.cpp - a child that has ended, but whose status its parent has not collected.
//
// Look for
//   [1] the child has ended, yet its entry stays in the process table: state Z, no memory;
//   [2] SIGKILL does not remove it: there is nothing left to kill;
//   [3] waitpid() gives its status to the parent, and then the entry is gone.
//
// Usage:   zombie          Enter: the parent collects the status
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

// The line of /proc/PID/status that begins with this word.
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
    siginfo_t info;  // WNOWAIT: waits until the child has ended, but leaves its entry
    sys::check(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), "waitid");
    app::say("process ", child, " of parent ", getpid(), " has ended");
    app::say(status_line(child, "State"), "; ", status_line(child, "VmSize"));  // [1]
    kill(child, SIGKILL);
    app::say("after SIGKILL: ", status_line(child, "State"));  // [2]

    net::LineReader keyboard{STDIN_FILENO, 1000};
    app::note("look in another terminal: ps -o pid,stat,comm -p ", child, "; then press Enter");
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
