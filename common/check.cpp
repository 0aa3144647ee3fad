#include "common/check.hpp"

#include <cerrno>
#include <system_error>

namespace sys {

void fail(const char* call, const std::string& about) {
    const int error = errno;
    throw std::system_error{error, std::generic_category(),
                            about.empty() ? call : call + (' ' + about)};
}

}  // namespace sys
