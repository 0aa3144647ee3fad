// line_reader.hpp - net::LineReader hands out the lines of a socket, a pipe or a
// file one at a time, however the bytes arrive.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <optional>
#include <string>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace net {

struct Line {
    std::string text;  // without its '\n'
    bool ended;        // false: the stream ended before a '\n' came
};

// Borrows the descriptor, which has to outlive it, and reads ahead: nobody else
// may read from it meanwhile.
class LineReader {
public:
    // No line may have more than limit bytes, '\n' not counted.
    LineReader(int fd, std::size_t limit) : fd_{fd}, buffer_(limit + 1, '\0') {}
    LineReader(const Fd& fd, std::size_t limit) : LineReader{fd.get(), limit} {}
    LineReader(Fd&&, std::size_t) = delete;

    // The next line; no value at the end of the stream. Blocks; throws
    // std::system_error from read(2) and std::runtime_error at a line beyond the
    // limit, after which the rest of that line is still unread.
    [[nodiscard]] std::optional<Line> next();

private:
    [[nodiscard]] Line take(std::size_t length, bool ended);
    [[nodiscard]] bool fill();

    int fd_;
    std::string buffer_;       // its first end_ bytes are filled
    std::size_t begin_ = 0;    // first byte not handed out
    std::size_t scanned_ = 0;  // no '\n' from begin_ up to here
    std::size_t end_ = 0;
};

}  // namespace net
