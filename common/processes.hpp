// processes.hpp - children, and signals that can be read; chapter 10 writes both out.
#pragma once

// IWYU pragma: begin_exports
#include <unistd.h>

#include <initializer_list>

#include "common/fd.hpp"
// IWYU pragma: end_exports

#include <vector>

namespace sys {

// fork(2); throws std::system_error.
[[nodiscard]] pid_t fork();

}  // namespace sys

namespace net {

// From now on these signals wait until they are read from the descriptor, in children too;
// sigprocmask(2), signalfd(2). Throws std::system_error.
[[nodiscard]] Fd open_signals(std::initializer_list<int> signals);

// Waits for one of them and returns its number.
[[nodiscard]] int next_signal(const Fd& signals);

// For a child: signals have their usual effect again; sigprocmask(2).
void unblock_signals() noexcept;

// waitpid(2), repeated after EINTR: the child's status. Throws std::system_error.
int wait_for(pid_t child);

// A server's children, each from its start until its status is collected.
class Children {
public:
    void add(pid_t child) { running_.push_back(child); }
    // Collects the status of all that have ended; waitpid(2) in a loop, without waiting.
    void reap();
    // Kills each with SIGKILL and collects its status.
    void end() noexcept;

private:
    std::vector<pid_t> running_;
};

}  // namespace net
