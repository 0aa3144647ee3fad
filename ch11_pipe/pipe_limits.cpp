// pipe_limits.cpp - what a pipe does not do: its ends are not to be mixed up, and it has a size.
//
// Look for
//   [1] EBADF: the first descriptor only reads, the second only writes;
//   [2] a pipe nobody reads holds 65536 bytes, then write() waits (here: EAGAIN);
//   [3] up to PIPE_BUF bytes go whole or not at all, so writers never mix; more may
//       go in part;
//   [4] no reader: EPIPE, and SIGPIPE before it, which would end this program.
//
// Usage:   pipe_limits
// Manual:  pipe(7) fcntl(2)
// Next:    ch11_pipe/echo_server_recorder
#include <climits>
#include <csignal>
#include <system_error>
#include <vector>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

// One write(), and what came of it: the number of bytes, or the error.
std::string try_write(int fd, std::size_t size) try {
    const std::vector<std::byte> bytes(size);
    return std::to_string(sys::write(fd, bytes)) + " taken";
} catch (const std::system_error& error) {
    return error.code().message();
}

std::string try_read(int fd, std::size_t size) try {
    std::vector<std::byte> bytes(size);
    return std::to_string(sys::read(fd, bytes)) + " read";
} catch (const std::system_error& error) {
    return error.code().message();
}

void read_a_page(int reader) {
    try_read(reader, PIPE_BUF);
}

// Bytes, one at a time, until the pipe takes no more.
std::size_t fill(int writer) {
    std::size_t size = 0;
    while (try_write(writer, 1) == "1 taken") {
        ++size;
    }
    return size;
}

void show_size(const sys::Pipe& pipe) {
    const int writer = pipe.writer.get();
    const int reader = pipe.reader.get();
    sys::check(fcntl(writer, F_SETFL, O_NONBLOCK), "fcntl");
    app::say("a pipe holds ", fill(writer), " bytes");
    app::say("one more: ", try_write(writer, 1));  // [2]
    app::say("PIPE_BUF is ", PIPE_BUF);
    read_a_page(reader);
    app::say("4096 free, 5000 offered: ", try_write(writer, 5000));  // [3]
    read_a_page(reader);
    app::say("4096 free, 4000 offered: ", try_write(writer, 4000));
    app::say("96 free, 4096 offered: ", try_write(writer, 4096));
    app::say("96 free, 96 offered: ", try_write(writer, 96));
    app::say("made larger: ", sys::check(fcntl(writer, F_SETPIPE_SZ, 1 << 17), "fcntl"), " bytes");
}

void show_limits() {
    auto pipe = sys::pipe();
    app::say("write to the reader: ", try_write(pipe.reader.get(), 1));  // [1]
    app::say("read from the writer: ", try_read(pipe.writer.get(), 1));
    show_size(pipe);
    signal(SIGPIPE, SIG_IGN);  // [4]
    pipe.reader.reset();
    app::say("no reader: ", try_write(pipe.writer.get(), 1));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_limits(); });
}
