// pipe_one_way.cpp - a child writes, its parent reads: a pipe made before fork().
//
// Look for
//   [1] pipe() makes two descriptors: one to read from, one to write to;
//   [2] fork() copies the descriptors, but there is one pipe: both processes show its number;
//   [3] read() returns the end when every copy of the writer is closed; the reader's own
//       copy is one of them.
//
// Usage:   pipe_one_way
// Manual:  pipe(2) fork(2) pipe(7)
// Next:    ch11_pipe/pipe_one_for_both
#include <poll.h>
#include <unistd.h>

#include <array>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

// "3 is pipe:[4711]": the number in brackets is the pipe's own.
void show(const char* who, const char* does, int fd) {
    std::array<char, 64> name{};
    const auto path = "/proc/self/fd/" + std::to_string(fd);
    sys::check(readlink(path.c_str(), name.data(), name.size() - 1), "readlink");
    app::say(who, " ", does, " ", fd, ", which is ", name.data());
}

[[nodiscard]] pid_t start_writer(sys::Pipe& pipe) {
    return app::run_in_child([&pipe] {
        pipe.reader.reset();
        show("child", "writes to", pipe.writer.get());  // [2]
        net::write_all(pipe.writer, net::bytes("Who are you?"));
    });
}

void read_to_the_end(const sys::Pipe& pipe) {
    std::array<std::byte, 64> buffer;
    pollfd watched{pipe.reader.get(), POLLIN, 0};
    for (;;) {
        if (net::poll({&watched, 1}, 500) == 0) {
            return app::say("parent: no end after half a second");
        }
        const auto count = sys::read(pipe.reader, buffer);
        if (count == 0) {
            return app::say("parent: the end");
        }
        app::say("parent: ", net::text(std::span{buffer}.first(count)));
    }
}

void talk() {
    auto pipe = sys::pipe();  // [1]
    show("parent", "reads from", pipe.reader.get());
    const pid_t child = start_writer(pipe);
    net::wait_for(child);

    read_to_the_end(pipe);
    pipe.writer.reset();  // [3]
    app::say("parent: closes its own copy of the writer");
    read_to_the_end(pipe);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { talk(); });
}
