#include "common/io.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "common/check.hpp"

namespace net {

namespace {

template <typename Call>
std::size_t unless_interrupted(const char* name, Call call) {
    for (;;) {
        const ssize_t count = call();
        if (count != -1 || errno != EINTR) {
            return static_cast<std::size_t>(sys::check(count, name));
        }
    }
}

}  // namespace

std::size_t recv(const Fd& fd, std::span<std::byte> into, int flags) {
    return unless_interrupted("recv",
                              [&] { return ::recv(fd.get(), into.data(), into.size(), flags); });
}

std::size_t send(const Fd& fd, std::span<const std::byte> from, int flags) {
    return unless_interrupted(
        "send", [&] { return ::send(fd.get(), from.data(), from.size(), flags | MSG_NOSIGNAL); });
}

void send_all(const Fd& fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        bytes = bytes.subspan(send(fd, bytes));
    }
}

std::size_t read_exactly(const Fd& fd, std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        const auto count = recv(fd, into.subspan(filled));
        if (count == 0) {
            break;
        }
        filled += count;
    }
    return filled;
}

void write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        bytes = bytes.subspan(
            unless_interrupted("write", [&] { return ::write(fd, bytes.data(), bytes.size()); }));
    }
}

}  // namespace net
