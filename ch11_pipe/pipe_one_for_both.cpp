// pipe_one_for_both.cpp - one pipe for question and answer: who asks hears himself.
//
// Wrong on purpose: a pipe does not know who wrote; who reads first takes what is in it.
//
// Look for
//   [1] the child has both ends, asks, and reads at once: its own question;
//   [2] the parent finds it empty: it waits for the child, to make the fault certain.
//
// Usage:   pipe_one_for_both
// Manual:  pipe(7)
// Next:    ch11_pipe/pipe_two_way; compare: diff pipe_one_for_both.cpp pipe_two_way.cpp
#include <array>

#include "common/io.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

void write(const net::Fd& to, std::string_view text) {
    net::write_all(to, net::bytes(text));
}

// What one read() finds: nothing is the end.
std::string read(const net::Fd& from) {
    std::array<char, 64> buffer;
    const auto count = sys::read(from, std::as_writable_bytes(std::span{buffer}));
    return {buffer.data(), count};
}

void talk() {
    auto pipe = sys::pipe();
    const pid_t child = app::run_in_child([&pipe] {
        write(pipe.writer, "Who are you?");
        app::say("child asks, and hears: ", read(pipe.reader));  // [1]
    });
    net::wait_for(child);
    pipe.writer.reset();
    const auto question = read(pipe.reader);
    app::say("parent hears: ", question.empty() ? "nothing" : question);  // [2]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { talk(); });
}
