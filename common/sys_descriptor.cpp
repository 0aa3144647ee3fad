#include "common/sys_descriptor.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "common/check.hpp"

namespace sys {

net::Fd open(const std::string& path, int flags, mode_t mode) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd == -1) {
        fail("open", path);
    }
    return net::Fd{fd};
}

net::Fd dup(const net::Fd& fd) {
    return net::Fd{check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0), "dup")};
}

Pipe pipe() {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC), "pipe");
    return {net::Fd{ends[0]}, net::Fd{ends[1]}};
}

struct stat fstat(const net::Fd& fd) {
    struct stat status {};
    check(::fstat(fd.get(), &status), "fstat");
    return status;
}

void rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) == -1) {
        fail("rename", to);
    }
}

}  // namespace sys
