// pipe_one_for_both.cpp - one pipe for question and answer: the child reads its own question.
//
// Wrong on purpose:
//   [1] the child writes its question and reads from the same pipe. A pipe does not know who
//       wrote, so the first process that reads takes the question;
//   [2] for the parent nothing is left. (It waits for the child, so the fault shows every time.)
//
// Usage:   pipe_one_for_both
// Manual:  pipe(7)
// Next:    ch11_pipe/pipe_two_way; compare: pipe_two_way
#include <array>

#include "common/io.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

void write_text(const net::Fd& to, std::string_view text) {
    net::write_all(to, net::bytes(text));
}

// What one read() finds; an empty text is the end.
std::string read_text(const net::Fd& from) {
    std::array<std::byte, 64> buffer;
    const auto count = sys::read(from, buffer);
    return std::string{net::text(std::span{buffer}.first(count))};
}

void talk() {
    auto pipe = sys::pipe();
    const pid_t child = app::run_in_child([&pipe] {
        write_text(pipe.writer, "Who are you?");
        app::say("child asks, and hears: ", read_text(pipe.reader));  // [1]
    });
    net::wait_for(child);
    pipe.writer.reset();
    const auto question = read_text(pipe.reader);
    app::say("parent hears: ", question.empty() ? "nothing" : question);  // [2]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { talk(); });
}
