// record.hpp - what one client sends, as records for a pipe that many write to.
#pragma once

#include <climits>
#include <span>
#include <string>

#include "common/fd.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"

// A record for each line: "ADDRESS LINE". Up to PIPE_BUF bytes in one write(2) go into
// a pipe whole and unmixed (pipe(7)), so a longer line takes several records. Borrows
// the pipe; throws std::system_error from write(2).
class Record {
public:
    Record(const net::Fd& pipe, const net::Address& peer) : pipe_{pipe} {
        app::append(start_, peer);
        start_ += ' ';
        text_ = start_;
    }

    void add(std::span<const std::byte> bytes) {
        for (const auto byte : bytes) {
            add(static_cast<char>(byte));
        }
    }

    // The last line, where no '\n' came after it.
    void finish() {
        if (text_ != start_) {
            add('\n');
        }
    }

private:
    void add(char letter) {
        text_ += letter;
        if (letter == '\n') {
            (void)sys::write(pipe_, net::bytes(text_));  // [1]
            text_ = start_;
        } else if (text_.size() == PIPE_BUF - 1) {
            add('\n');
        }
    }

    const net::Fd& pipe_;
    std::string start_;
    std::string text_;
};
