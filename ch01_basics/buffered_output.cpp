// buffered_output.cpp - writes ten thousand bytes, one at a time, with write and with fputc.
//
// Look for
//   [1] each write is a system call;
//   [2] fputc puts the byte into a buffer of the program, and writes only when that is full;
//   [3] until the buffer is flushed, nobody else sees what is in it: therefore the servers
//       of this course print their lines with write.
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

constexpr int byte_count = 10000;
constexpr const char* path = "/dev/null";

// How often this process has called write so far: the kernel counts, in a line "syscw: 42".
long writes_so_far() {
    std::ifstream counters{"/proc/self/io"};
    std::string name;
    long count = 0;
    while (counters >> name >> count) {
        if (name == "syscw:") {
            return count;
        }
    }
    throw std::runtime_error{"/proc/self/io does not count the writes of this process"};
}

void use_write() {
    const auto file = sys::open(path, O_WRONLY);
    const std::array<std::byte, 1> byte{};
    for (int i = 0; i < byte_count; ++i) {
        (void)sys::write(file, byte);  // [1]
    }
}

void use_stdio() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path, "w"), std::fclose};
    if (!file) {
        sys::fail("fopen", path);
    }
    for (int i = 0; i < byte_count; ++i) {
        std::fputc('x', file.get());  // [2]
    }
    std::fflush(file.get());  // [3]
}

void count_calls(const char* what, void (*use)()) {
    const auto before = writes_so_far();
    use();
    app::say(what, ", ", byte_count, " times one byte: ", writes_so_far() - before,
             " system calls");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        count_calls("write", use_write);
        count_calls("fputc", use_stdio);
    });
}
