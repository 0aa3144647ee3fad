// run_in_child.hpp - a child process for one function, which ends as a program does.
#pragma once

#include <unistd.h>

#include <exception>

#include "common/processes.hpp"
#include "common/program.hpp"

namespace app {

// Forks a child that runs body and ends: with status 0, or with 1 and the error on stderr. The
// child never unwinds the parent's objects. Throws std::system_error from fork(2).
template <typename Body>
[[nodiscard]] pid_t run_in_child(Body body) {
    const pid_t child = sys::fork();
    if (child != 0) {
        return child;
    }
    try {
        body();
    } catch (const std::exception& error) {
        try_note("child: ", error.what());
        _exit(1);
    }
    _exit(0);
}

}  // namespace app
