// pipe_two_way.cpp - a pipe for each direction: question and answer do not mix.
//
// Look for
//   [1] two pipes: each process reads from one and writes to the other;
//   [2] each closes the two ends it does not use, or it would never read the end;
//   [3] socketpair() does the same with one descriptor for each process.
//
// Usage:   pipe_two_way
// Manual:  pipe(2) socketpair(2)
// Next:    ch11_pipe/pipe_limits
#include <sys/socket.h>

#include <array>

#include "common/check.hpp"
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

void ask(const net::Fd& questions, const net::Fd& answers) {
    write_text(questions, "Who are you?");
    app::say("child asks, and hears: ", read_text(answers));
}

void answer(const net::Fd& questions, const net::Fd& answers) {
    app::say("parent hears: ", read_text(questions));
    write_text(answers, "Your parent.");
}

// If the child has failed, so has this program.
void wait_for(pid_t child) {
    if (net::wait_for(child) != 0) {
        throw std::runtime_error{"the child has failed"};
    }
}

void talk_by_pipes() {
    auto questions = sys::pipe();  // [1]
    auto answers = sys::pipe();
    const pid_t child = app::run_in_child([&] {
        questions.reader.reset();  // [2]
        answers.writer.reset();
        ask(questions.writer, answers.reader);
    });
    questions.writer.reset();
    answers.reader.reset();
    answer(questions.reader, answers.writer);
    wait_for(child);
    app::say("parent hears: ", read_text(questions.reader).empty() ? "the end" : "more");
}

void talk_by_sockets() {
    std::array<int, 2> ends;
    sys::check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    net::Fd parents{ends[0]};
    net::Fd childs{ends[1]};
    const pid_t child = app::run_in_child([&] {
        parents.reset();
        ask(childs, childs);  // [3]
    });
    childs.reset();
    answer(parents, parents);
    wait_for(child);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        talk_by_pipes();
        talk_by_sockets();
    });
}
