// check.hpp - the one place where a failed call becomes an exception.
#pragma once

#include <string>  // IWYU pragma: export

namespace sys {

// Throws std::system_error with errno. Its what() begins with the call and, if given, its object:
// "bind 127.0.0.1:9190: Address already in use".
[[noreturn]] void fail(const char* call, const std::string& about = {});

// Returns result, or throws if it is -1.
template <typename T>
T check(T result, const char* call, const std::string& about = {}) {
    if (result == -1) {
        fail(call, about);
    }
    return result;
}

}  // namespace sys
