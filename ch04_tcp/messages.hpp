// messages.hpp - the frame of the chapter's message clients, and how to receive a whole message.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

#include "common/fd.hpp"
#include "common/program.hpp"
// IWYU pragma: end_exports

#include <unistd.h>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/tcp.hpp"

namespace messages {

// Fills into; throws std::runtime_error with that text if the stream ends before.
inline void receive_all(const net::Fd& fd, std::span<std::byte> into, const char* otherwise) {
    if (net::read_exactly(fd, into) < into.size()) {
        throw std::runtime_error{otherwise};
    }
}

inline constexpr auto* no_answer = "the server closed before it had answered";

// Returns the server's answer to a line of input.
using Exchange = std::string (*)(const net::Fd& server, const std::string& line);

// Says the answer to each line of standard input; limit: the most bytes of a line.
inline void talk(app::Args args, std::size_t limit, Exchange exchange) {
    const auto server = net::tcp_connect(app::client_addresses(args));
    net::LineReader lines{STDIN_FILENO, limit};
    while (const auto line = lines.next()) {
        app::say(app::printable(exchange(server, line->text)));
    }
}

}  // namespace messages
