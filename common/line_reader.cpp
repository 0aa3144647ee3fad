#include "common/line_reader.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/check.hpp"

namespace net {

std::optional<Line> LineReader::next() {
    for (;;) {
        const char* const from = buffer_.data() + scanned_;
        if (const void* const found = std::memchr(from, '\n', end_ - scanned_)) {
            const auto* const newline = static_cast<const char*>(found);
            return take(static_cast<std::size_t>(newline - (buffer_.data() + begin_)), true);
        }
        scanned_ = end_;
        if (end_ - begin_ == buffer_.size()) {
            throw std::runtime_error{"a line longer than " + std::to_string(buffer_.size() - 1) +
                                     " bytes"};
        }
        if (!fill()) {
            if (begin_ == end_) {
                return std::nullopt;
            }
            return take(end_ - begin_, false);
        }
    }
}

Line LineReader::take(std::size_t length, bool ended) {
    Line line{buffer_.substr(begin_, length), ended};
    begin_ += length + (ended ? 1 : 0);
    scanned_ = begin_;
    return line;
}

// Reads once, after the bytes that are there; returns false at the end of the stream.
bool LineReader::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
    ssize_t count = 0;
    do {
        count = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    } while (count == -1 && errno == EINTR);
    end_ += static_cast<std::size_t>(sys::check(count, "read"));
    return count != 0;
}

}  // namespace net
