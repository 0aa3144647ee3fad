// fork_descriptors.cpp - fork() copies descriptors, not the files and sockets behind them.
//
// Look for
//   [1] there is still one open file with one position: the child's write moves it for both;
//   [2] there is still one socket: both processes show its number;
//   [3] a connection ends when its last descriptor is closed: while the child has a copy,
//       the parent's close sends no FIN.
//
// Usage:   fork_descriptors
// Manual:  fork(2) open(2) close(2)
// Next:    ch10_multiprocess/zombie
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"
#include "common/tcp_pair.hpp"

namespace {

void share_a_position() {
    const net::Fd file{sys::check(memfd_create("shared", MFD_CLOEXEC), "memfd_create")};
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        _exit(sys::write(file, net::bytes("hello")) == 5 ? 0 : 1);
    }
    if (net::wait_for(child) != 0) {
        throw std::runtime_error{"the child has failed"};
    }
    app::say("the child wrote 5 bytes, the parent is at ", lseek(file.get(), 0, SEEK_CUR));  // [1]
}

// "socket:[4711]": the number in brackets is the socket's own.
std::string name_of(const net::Fd& fd) {
    std::array<char, 64> name{};
    const auto path = "/proc/self/fd/" + std::to_string(fd.get());
    sys::check(readlink(path.c_str(), name.data(), name.size() - 1), "readlink");
    return name.data();
}

// Says what the far end of the connection can read now, without waiting.
void look(const char* when, const net::Fd& far) {
    std::array<std::byte, 1> buffer;
    const auto count = net::try_recv(far, buffer);
    app::say(when, ": ", count ? "the end of the stream" : "nothing");  // [3]
}

void share_a_connection() {
    auto pair = net::tcp_pair();
    app::say("the parent has ", name_of(pair.near));
    auto lifetime = sys::pipe();  // the child lives until the parent closes the writer
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        lifetime.writer.reset();
        std::array<std::byte, 1> buffer;
        (void)sys::read(lifetime.reader, buffer);
        app::say("the child still has ", name_of(pair.near));  // [2]
        _exit(0);
    }
    pair.near.reset();
    look("closed in the parent", pair.far);
    lifetime.writer.reset();
    (void)net::wait_for(child);
    look("the child has ended", pair.far);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        share_a_position();
        share_a_connection();
    });
}
