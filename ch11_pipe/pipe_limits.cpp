// pipe_limits.cpp - the limits of a pipe: each end has one direction, and only so many bytes fit.
//
// Look for
//   [1] you can only read from the first descriptor and only write to the second: else EBADF;
//   [2] a pipe holds 65536 bytes; when it is full, write() waits (here: EAGAIN);
//   [3] a write of at most PIPE_BUF bytes is taken whole or not at all; a longer one may
//       be taken in part;
//   [4] without a reader write() causes SIGPIPE, which ends a program; if it is ignored, EPIPE.
//
// Usage:   pipe_limits
// Manual:  pipe(7) fcntl(2)
// Next:    ch11_pipe/echo_server_recorder
#include <sys/wait.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstring>
#include <system_error>
#include <vector>

#include "common/check.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

// Calls write() once and says what it returned: a number of bytes, or an error.
std::string result_of_write(const net::Fd& fd, std::size_t size) try {
    const std::vector<std::byte> bytes(size);
    return std::to_string(sys::write(fd, bytes)) + " taken";
} catch (const std::system_error& error) {
    return error.code().message();
}

std::string result_of_read(const net::Fd& fd) try {
    std::array<std::byte, 1> byte;
    return std::to_string(sys::read(fd, byte)) + " read";
} catch (const std::system_error& error) {
    return error.code().message();
}

void make_room(const net::Fd& reader) {
    std::array<std::byte, 4096> buffer;
    (void)sys::read(reader, buffer);
}

// Writes one byte at a time until the pipe takes no more; returns how many it took.
std::size_t fill(const net::Fd& writer) {
    std::size_t size = 0;
    while (write(writer.get(), "x", 1) == 1) {
        ++size;
    }
    return size;
}

void show_size(const sys::Pipe& pipe) {
    const int writer = pipe.writer.get();
    sys::check(fcntl(writer, F_SETFL, O_NONBLOCK), "fcntl");
    app::say("a pipe holds ", fill(pipe.writer), " bytes");
    app::say("one more: ", result_of_write(pipe.writer, 1));  // [2]
    app::say("PIPE_BUF is ", PIPE_BUF);
    make_room(pipe.reader);
    app::say("4096 free, 5000 offered: ", result_of_write(pipe.writer, 5000));  // [3]
    make_room(pipe.reader);
    app::say("4096 free, 4000 offered: ", result_of_write(pipe.writer, 4000));
    app::say("96 free, 4096 offered: ", result_of_write(pipe.writer, 4096));
    app::say("96 free, 96 offered: ", result_of_write(pipe.writer, 96));
    const int larger = sys::check(fcntl(writer, F_SETPIPE_SZ, 131072), "fcntl");
    app::say("made larger: ", larger, " bytes");
}

void show_limits() {
    auto pipe = sys::pipe();
    app::say("write to the reader: ", result_of_write(pipe.reader, 1));  // [1]
    app::say("read from the writer: ", result_of_read(pipe.writer));
    show_size(pipe);
    pipe.reader.reset();
    const int status = net::wait_for(app::run_in_child([&] { result_of_write(pipe.writer, 1); }));
    app::say("no reader: a child that writes gets SIG", sigabbrev_np(WTERMSIG(status)));  // [4]
    signal(SIGPIPE, SIG_IGN);
    app::say("no reader, SIGPIPE ignored: ", result_of_write(pipe.writer, 1));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_limits(); });
}
