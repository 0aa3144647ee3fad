// record.hpp - RecordWriter cuts what one client sends into records for a pipe with many writers.
#pragma once

#include <algorithm>
#include <bit>
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
            write();
        }
    }

private:
    // UTF-8: so many ones at the front of a character's first byte, so many bytes. A long line is
    // not cut inside a character.
    void add(char letter) {
        const int length = std::max(1, std::countl_one(static_cast<unsigned char>(letter)));
        const bool is_full = record_.size() + static_cast<std::size_t>(length) >= PIPE_BUF;
        if (letter == '\n' || is_full) {
            write();
        }
        if (letter != '\n') {
            record_ += letter;
        }
    }

    // Whoever reads the file on a terminal must not be commanded by a client.
    void write() {
        (void)sys::write(pipe_, net::bytes(app::printable_line(record_) + '\n'));
        record_ = start_;
    }

    const net::Fd& pipe_;
    std::string start_;
    std::string record_;
};
