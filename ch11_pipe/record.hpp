// record.hpp - RecordWriter cuts what one client sends into records for a pipe with many writers.
#pragma once

#include <climits>
#include <span>
#include <string>

#include "common/fd.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"

// A record is "ADDRESS LINE\n". One write(2) of at most PIPE_BUF bytes goes into a pipe whole and
// does not mix with the writes of others (pipe(7)), so a longer line becomes several records.
// Borrows the pipe; throws std::system_error from write(2).
class RecordWriter {
public:
    RecordWriter(const net::Fd& pipe, const net::Address& peer) : pipe_{pipe} {
        app::append(start_, peer);
        start_ += ' ';
        record_ = start_;
    }

    void add(std::span<const std::byte> bytes) {
        for (const char letter : net::text(bytes)) {
            add(letter);
        }
    }

    // Writes the last line if it has no '\n'.
    void finish() {
        if (record_ != start_) {
            add('\n');
        }
    }

private:
    void add(char letter) {
        record_ += letter;
        if (letter == '\n') {
            (void)sys::write(pipe_, net::bytes(record_));
            record_ = start_;
        } else if (record_.size() == PIPE_BUF - 1) {
            add('\n');
        }
    }

    const net::Fd& pipe_;
    std::string start_;
    std::string record_;
};
