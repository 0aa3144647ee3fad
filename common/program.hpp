// program.hpp - the frame of a program: arguments, exit status, output lines.
#pragma once

// IWYU pragma: begin_exports
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/address.hpp"
// IWYU pragma: end_exports

#include <unistd.h>

#include <concepts>
#include <cstddef>

namespace app {

using Args = std::span<const std::string>;

// What a program says of its arguments: "[PORT [ADDRESS]]" and how many at most.
struct Usage {
    const char* arguments;
    std::size_t most;
};

inline constexpr Usage server_usage{"[PORT [ADDRESS]]", 2};
inline constexpr Usage client_usage{"[HOST [PORT]]", 2};

// Thrown for what the user wrote wrong.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Runs body. Exit status: 0 done (also --help), 1 failed ("PROGRAM: WHAT" on
// stderr, and a hint where a newcomer would be stuck), 2 wrong usage (UsageError:
// the same, then the usage line).
int run(int argc, char* argv[], Usage usage, void (*body)(Args));

// Where a server listens: [PORT [ADDRESS]], default 9190 on 127.0.0.1; port 0
// lets the kernel choose. What is not a port or an address is a UsageError.
[[nodiscard]] net::Address server_address(Args args);

// Where a client connects: [HOST [PORT]], default 127.0.0.1 and 9190. Throws
// UsageError for a bad port, std::runtime_error for a name that does not resolve.
[[nodiscard]] net::Address client_address(Args args);

// The whole number that stands at args[index], from least to most, or otherwise
// where there is none; anything else is a UsageError that calls it name.
[[nodiscard]] long number(Args args, std::size_t index, const char* name, long least, long most,
                          long otherwise);

// Which of words stands at args[index]: its place among them, or otherwise where nothing
// stands there; anything else is a UsageError that lists them.
[[nodiscard]] std::size_t choice(Args args, std::size_t index,
                                 std::initializer_list<const char*> words, std::size_t otherwise);

// Text from outside with a '?' for each control character: nothing that a terminal obeys.
[[nodiscard]] std::string printable(std::string text);

// One piece of an event line, added to it: text, a number, an address.
void append(std::string& line, std::string_view text);
void append(std::string& line, const net::Address& address);

void append_number(std::string& line, long long number);
void append(std::string& line, std::integral auto number) {
    append_number(line, static_cast<long long>(number));
}

// Writes line and a newline with one write(2).
void write_line(int fd, std::string& line);

// One event line on stdout: app::say("connected ", peer).
template <typename... Parts>
void say(const Parts&... parts) {
    std::string line;
    (append(line, parts), ...);
    write_line(STDOUT_FILENO, line);
}

// The same on stderr, for a client, whose stdout is payload only.
template <typename... Parts>
void note(const Parts&... parts) {
    std::string line;
    (append(line, parts), ...);
    write_line(STDERR_FILENO, line);
}

}  // namespace app
