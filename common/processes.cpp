#include "common/processes.hpp"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "common/check.hpp"
#include "common/sys_file.hpp"

namespace sys {

pid_t fork() {
    return check(::fork(), "fork");
}

}  // namespace sys

namespace net {

Fd open_signals(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        sigaddset(&set, signal);
    }
    sys::check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
    return Fd{sys::check(::signalfd(-1, &set, SFD_CLOEXEC), "signalfd")};
}

int next_signal(const Fd& signals) {
    signalfd_siginfo info;
    (void)sys::read(signals.get(), std::as_writable_bytes(std::span{&info, 1}));
    return static_cast<int>(info.ssi_signo);
}

void unblock_signals() noexcept {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) == -1) {
        if (errno != EINTR) {
            sys::fail("waitpid");
        }
    }
    return status;
}

// Asks for each child by its number: others belong to the code that started them.
void Children::reap() {
    std::erase_if(running_, [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
}

void Children::end() noexcept {
    for (const pid_t child : running_) {
        ::kill(child, SIGKILL);
    }
    for (const pid_t child : running_) {
        ::waitpid(child, nullptr, 0);
    }
    running_.clear();
}

}  // namespace net
