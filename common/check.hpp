// check.hpp - the one place where a failed call becomes an exception.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace sys {

// Returns result; -1 throws std::system_error with errno, whose what() starts
// with call and, where given, what it was about: "bind 127.0.0.1:9190: ...".
template <typename T>
T check(T result, const char* call, const std::string& about = {}) {
    if (result == -1) {
        const int error = errno;
        throw std::system_error{error, std::generic_category(),
                                about.empty() ? call : call + (' ' + about)};
    }
    return result;
}

}  // namespace sys
