#include "common/sys_file.hpp"

#include "common/check.hpp"

namespace sys {

std::size_t read(int fd, std::span<std::byte> into) {
    return static_cast<std::size_t>(check(::read(fd, into.data(), into.size()), "read"));
}

std::size_t write(int fd, std::span<const std::byte> from) {
    return static_cast<std::size_t>(check(::write(fd, from.data(), from.size()), "write"));
}

void sleep(unsigned seconds) noexcept {
    ::sleep(seconds);
}

}  // namespace sys
