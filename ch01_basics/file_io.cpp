// file_io.cpp - open, write, read and close, on a file and on a connection.
//
// Look for
//   [1] open takes a path and returns a descriptor; the other calls take the descriptor;
//   [2] write is told how many bytes there are, not how large the buffer is;
//   [3] read returns how many bytes came, often fewer than there is room for;
//   [4] write and read work on a socket too, but a socket has no position.
//
// Usage:   file_io [PATH]
// Manual:  open(2) read(2) write(2) close(2) lseek(2)
// Next:    ch01_basics/buffered_output
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"
#include "common/tcp_pair.hpp"

namespace {

constexpr std::string_view message = "Let's go!\n";

void write_message(const char* where, const net::Fd& to) {
    const auto count = sys::write(to, net::bytes(message));  // [2]
    app::say(where, ": wrote ", count, " bytes");
}

void read_message(const char* where, const net::Fd& from) {
    std::array<std::byte, 100> buffer;
    const auto count = sys::read(from, buffer);  // [3]
    app::say(where, ": read ", count, " bytes of at most ", buffer.size());
    app::say(where, ": read ", sys::read(from, buffer), " bytes, the end");
}

void show_position(const char* where, const net::Fd& fd) {
    const auto position = lseek(fd.get(), 0, SEEK_CUR);  // [4]
    if (position == -1) {
        app::say(where, ": position ", std::generic_category().message(errno));
    } else {
        app::say(where, ": position ", position);
    }
}

void use_a_file(const std::string& path) {
    auto file = sys::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);  // [1]
    write_message("file", file);
    file.reset();  // close()
    file = sys::open(path, O_RDONLY);
    read_message("file", file);
    show_position("file", file);
}

void use_a_connection() {
    auto connection = net::tcp_pair();
    write_message("socket", connection.near);
    connection.near.reset();
    read_message("socket", connection.far);
    show_position("socket", connection.far);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PATH]", 1}, [](app::Args args) {
        use_a_file(args.empty() ? "file_io.txt" : args[0]);
        use_a_connection();
    });
}
