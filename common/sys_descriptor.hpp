// sys_descriptor.hpp - the calls that open, duplicate and describe descriptors, and rename files,
// under their own names.
//
// As everywhere in sys: one call each, nothing retried, failure throws
// std::system_error. Close-on-exec is always added.
#pragma once

// IWYU pragma: begin_exports
#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "common/fd.hpp"
// IWYU pragma: end_exports

namespace sys {

// open(2); the error names the path. mode counts only with O_CREAT.
[[nodiscard]] net::Fd open(const std::string& path, int flags, mode_t mode = 0);

// A second descriptor of the same open file or socket: dup(2), with close-on-exec
// (F_DUPFD_CLOEXEC of fcntl(2)).
[[nodiscard]] net::Fd dup(const net::Fd& fd);

struct Pipe {
    net::Fd reader;
    net::Fd writer;
};

// pipe2(2).
[[nodiscard]] Pipe pipe();

[[nodiscard]] struct stat fstat(const net::Fd& fd);

// rename(2): replaces a file that has the new name in one step.
void rename(const std::string& from, const std::string& to);

}  // namespace sys
