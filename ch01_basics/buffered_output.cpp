// buffered_output.cpp - ten thousand bytes, one at a time: with write() and with fputc().
//
// Look for
//   [1] write() goes to the kernel each time;
//   [2] fputc() puts the byte into a buffer of the program, written when it is full;
//   [3] what is in the buffer nobody else can see, until it is flushed: so the servers
//       of this course write their lines with write().
//
// Usage:   buffered_output
// Manual:  write(2) stdio(3) proc(5)
// Next:    ch01_basics/byte_order
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

#include "common/check.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"

namespace {

constexpr int bytes = 10000;
constexpr const char* path = "/dev/null";

// How often this process has called write() so far, by the kernel's own account.
long writes_so_far() {
    std::ifstream account{"/proc/self/io"};
    for (std::string word; account >> word;) {
        if (long calls = 0; word == "syscw:" && account >> calls) {
            return calls;
        }
    }
    throw std::runtime_error{"/proc/self/io does not say how often this process writes"};
}

void use_write() {
    const auto file = sys::open(path, O_WRONLY);
    const std::array<std::byte, 1> byte{};
    for (int i = 0; i < bytes; ++i) {
        (void)sys::write(file, byte);  // [1]
    }
}

void use_stdio() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path, "w"), std::fclose};
    if (!file) {
        sys::fail("fopen", path);
    }
    for (int i = 0; i < bytes; ++i) {
        std::fputc('x', file.get());  // [2]
    }
    std::fflush(file.get());  // [3]
}

void count(const char* what, void (*use)()) {
    const auto before = writes_so_far();
    use();
    app::say(what, ", ", bytes, " times one byte: ", writes_so_far() - before,
             " calls of the kernel");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        count("write", use_write);
        count("fputc", use_stdio);
    });
}
