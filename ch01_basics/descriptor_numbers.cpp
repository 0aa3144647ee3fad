// descriptor_numbers.cpp - a socket is a number, as an open file is: the lowest that is free.
//
// Look for
//   [1] 0, 1 and 2 are in use: standard input, output and error. If 0 is closed, the next socket
//       gets it, and a program that reads its standard input then reads from the network;
//   [2] socket and open take their numbers from the same sequence;
//   [3] a number that was closed is given to whatever is opened next;
//   [4] the kernel knows what a number refers to; for a socket it shows a number of its own.
//
// Usage:   descriptor_numbers
// Manual:  socket(2) open(2) fstat(2) proc(5)
// Next:    ch01_basics/file_io
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"

namespace {

// What the kernel says that a descriptor refers to: "socket:[4711]", "/dev/null".
std::string target_of(const net::Fd& fd) {
    std::array<char, 128> text{};
    const auto path = "/proc/self/fd/" + std::to_string(fd.get());
    sys::check(readlink(path.c_str(), text.data(), text.size() - 1), "readlink");
    return text.data();
}

void show(const char* call, const net::Fd& fd) {
    const bool is_socket = S_ISSOCK(sys::fstat(fd).st_mode);
    app::say(call, " returned ", fd.get(), ", ", is_socket ? "a socket: " : "not a socket: ",
             target_of(fd));  // [4]
}

void count_descriptors() {
    const auto first = sys::socket(AF_INET, SOCK_STREAM);  // [1]
    auto file = sys::open("/dev/null", O_RDONLY);          // [2]
    const auto second = sys::socket(AF_INET, SOCK_DGRAM);
    show("socket", first);
    show("open", file);
    show("socket", second);

    app::say("close of ", file.get());
    file.reset();
    const auto next = sys::socket(AF_INET, SOCK_STREAM);  // [3]
    show("socket", next);

    app::say("close of ", STDIN_FILENO);
    close(STDIN_FILENO);
    const auto input = sys::socket(AF_INET, SOCK_STREAM);  // [1]
    show("socket", input);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { count_descriptors(); });
}
