// program.hpp - the frame of a program: arguments, exit status, output lines.
#pragma once

// IWYU pragma: begin_exports
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/address.hpp"
#include "common/printable.hpp"
// IWYU pragma: end_exports

#include <unistd.h>

#include <concepts>
#include <cstddef>

namespace app {

using Args = std::span<const std::string>;

// A program's arguments for its usage line, "[PORT [ADDRESS]]", and how many there may be.
struct Usage {
    const char* arguments;
    std::size_t most;
};

inline constexpr Usage server_usage{"[PORT [ADDRESS]]", 2};
inline constexpr Usage client_usage{"[HOST [PORT]]", 2};

// Thrown for wrong arguments or input.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Runs body and returns the exit status: 0 done (also --help); 1 failed, with "PROGRAM: WHAT" on
// stderr and, for an error that stops every newcomer once, a hint; 2 wrong usage (UsageError),
// with the usage line. Before that it puts right what a careless parent has left: descriptors 0 to 2
// that are closed, do not wait (O_NONBLOCK) or send signals (O_ASYNC), and blocked or ignored signals. The umask, limits and
// working folder stay as they are: they are the user's choice, and a call that they make fail says so.
int run(int argc, char* argv[], Usage usage, void (*body)(Args));

// Where a server listens: [PORT [ADDRESS]], default 9190 on 127.0.0.1; for port 0 the kernel
// chooses one. A bad port or address is a UsageError.
[[nodiscard]] net::Address server_address(Args args);

// Where a client connects: [HOST [PORT]], default 127.0.0.1 and 9190: all addresses of HOST, in the
// order in which to try them. Throws UsageError for a bad port, std::runtime_error for a name that does
// not resolve.
[[nodiscard]] std::vector<net::Address> client_addresses(Args args);

// The same for a client that sends datagrams: one address, as net::resolve chooses it.
[[nodiscard]] net::Address client_address(Args args);

// The whole number at args[index], from least to most; otherwise if there is no such argument.
// Anything else is a UsageError that mentions name.
[[nodiscard]] long number(Args args, std::size_t index, const char* name, long least, long most,
                          long otherwise);

// Which of words is at args[index]: its place among them; otherwise if there is no such argument.
// Anything else is a UsageError that lists them.
[[nodiscard]] std::size_t choice(Args args, std::size_t index,
                                 std::initializer_list<const char*> words, std::size_t otherwise);

// Adds a piece to a line: text, a number, an address.
void append(std::string& line, std::string_view text);
void append(std::string& line, const net::Address& address);

void append_number(std::string& line, long long number);
void append(std::string& line, std::integral auto number) {
    append_number(line, static_cast<long long>(number));
}

// Writes line and a newline with one write(2). Throws std::system_error.
void write_line(int fd, std::string& line);

// One event line on stdout: app::say("connected ", peer).
template <typename... Parts>
void say(const Parts&... parts) {
    std::string line;
    (append(line, parts), ...);
    write_line(STDOUT_FILENO, line);
}

// The same on stderr, for a client: its stdout has nothing but what the server sent.
template <typename... Parts>
void note(const Parts&... parts) {
    std::string line;
    (append(line, parts), ...);
    write_line(STDERR_FILENO, line);
}

// The same in a handler that has more to do: stderr may be full, too.
template <typename... Parts>
void try_note(const Parts&... parts) try {
    note(parts...);
} catch (const std::runtime_error&) {
    // nobody can be told
}

}  // namespace app
