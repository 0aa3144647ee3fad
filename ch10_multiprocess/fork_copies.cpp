// fork_copies.cpp - fork() makes two processes of one; the child has copies of the variables.
//
// Look for
//   [1] fork() returns twice: 0 in the child, the child's number in the parent;
//   [2] both change variables with the same names and addresses, but each its own copy;
//   [3] the buffer of printf() is copied too: through a pipe the first line comes
//       twice, unless it was flushed before fork().
//
// Usage:   fork_copies [flush]
// Manual:  fork(2) stdio(3)
// Next:    ch10_multiprocess/fork_descriptors
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

int global = 10;

void show(const char* who, pid_t returned, int& local) {
    std::printf("%s %d: fork returned %d; [%d, %d] at %p and %p\n", who, getpid(), returned, global,
                local, static_cast<void*>(&global), static_cast<void*>(&local));
}

void become_two(app::Args args) {
    const bool flush = app::choice(args, 0, {"flush"}, 1) == 0;
    int local = 20;
    ++global;
    local += 5;
    std::printf("before: [%d, %d]\n", global, local);
    if (flush) {
        std::fflush(stdout);  // [3]
    }

    const pid_t child = sys::check(fork(), "fork");  // [1]
    if (child == 0) {
        global += 2;  // [2]
        local += 2;
        show("child", child, local);
        std::exit(0);  // writes the buffer; _exit() would not
    }
    waitpid(child, nullptr, 0);
    global -= 2;
    local -= 2;
    show("parent", child, local);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[flush]", 1}, become_two);
}
