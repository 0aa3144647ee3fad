// echo_server_fork_storm.cpp - a child that does not end goes on in its parent's loop, and forks.
//
// Wrong on purpose:
//   [1] the child answers one message, and then calls accept() like its parent;
//   [2] it has closed the listener, so accept() fails, but the error is ignored;
//   [3] so it forks again, and the new child does the same. Only the cap, which the
//       notes' program lacks, keeps them from filling the machine.
//
// Usage:   echo_server_fork_storm [PORT [ADDRESS]]
// Pair:    ch04_tcp/echo_client
// Manual:  fork(2)
// Next:    ch10_multiprocess/echo_client_split; compare: echo_server
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <system_error>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

constexpr int cap = 30;  // processes in total

// One counter for all processes, in memory that fork() does not copy.
std::atomic<int>& shared_counter() {
    void* const memory = mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        sys::fail("mmap");
    }
    return *static_cast<std::atomic<int>*>(memory);  // its zero bytes are the number 0
}

sys::Accepted accept_unchecked(const net::Fd& listener) try {
    return sys::accept(listener);
} catch (const std::system_error&) {
    return {};  // [2]
}

void echo_once(const net::Fd& client) try {
    std::array<std::byte, 4096> buffer;
    const auto count = net::recv(client, buffer);
    net::send_all(client, std::span{buffer}.first(count));
} catch (const std::system_error&) {
    // ignored, as in the notes' program
}

void serve_all(const net::Address& local) {
    auto listener = net::tcp_listen(local);
    auto& processes = shared_counter();
    std::signal(SIGCHLD, SIG_IGN);  // no zombies at least
    app::say("listening on ", sys::getsockname(listener));
    for (;;) {
        const auto client = accept_unchecked(listener);
        if (processes.fetch_add(1) >= cap) {
            app::say("process ", getpid(), " would have been the parent of one more: the cap of ",
                     cap);
            return;
        }
        if (fork() == 0) {  // [3]
            app::say("process ", getpid(), " of parent ", getppid());
            listener.reset();
            echo_once(client.fd);
            // [1] here _exit() is missing
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
