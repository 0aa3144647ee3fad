// select_stdin.cpp - copies its input, and says so whenever nothing came for five seconds.
//
// Look for
//   [1] the first argument is the highest descriptor plus one, not their number;
//   [2] select returns 0 when the time is over; then the set is empty;
//   [3] Linux leaves in the timeval only the time that was left: set it before each call.
//
// Usage:   select_stdin [SECONDS]
// Manual:  select(2)
// Next:    ch12_select/select_sets
#include <array>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_file.hpp"

namespace {

void wait_for_input(long seconds) {
    std::array<std::byte, 4096> buffer;
    for (;;) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(STDIN_FILENO, &readable);
        timeval timeout{.tv_sec = seconds, .tv_usec = 0};                                 // [3]
        if (net::select(STDIN_FILENO + 1, &readable, nullptr, nullptr, &timeout) == 0) {  // [1]
            app::say("nothing for ", seconds, " seconds; the set holds input: ",
                     FD_ISSET(STDIN_FILENO, &readable) ? "yes" : "no");  // [2]
            continue;
        }
        const auto count = sys::read(STDIN_FILENO, buffer);
        if (count == 0) {
            app::say("end of input");
            return;
        }
        net::write_all(STDOUT_FILENO, std::span{buffer}.first(count));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[SECONDS]", 1}, [](app::Args args) {
        wait_for_input(app::number(args, 0, "SECONDS", 1, 3600, 5));
    });
}
