// line_reader.hpp - net::LineReader returns the lines of a socket, a pipe or a file one at a
// time, however the bytes arrive.
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

// Borrows the descriptor, which must outlive it. It reads ahead, so nothing else may read from
// the descriptor meanwhile.
class LineReader {
public:
    // limit: the most bytes that a line may have, without its '\n'.
    LineReader(int fd, std::size_t limit) : fd_{fd}, buffer_(limit + 1, '\0') {}
    LineReader(const Fd& fd, std::size_t limit) : LineReader{fd.get(), limit} {}
    LineReader(Fd&&, std::size_t) = delete;

    // The next line; no value at the end of the stream. Waits. Throws std::system_error from
    // read(2), and std::runtime_error for a line beyond the limit; its rest stays unread.
    [[nodiscard]] std::optional<Line> next();

private:
    [[nodiscard]] Line take(std::size_t length, bool ended);
    [[nodiscard]] bool fill();

    int fd_;
    std::string buffer_;       // its first end_ bytes are filled
    std::size_t begin_ = 0;    // first byte not returned yet
    std::size_t scanned_ = 0;  // there is no '\n' from begin_ up to here
    std::size_t end_ = 0;
};

}  // namespace net
