// sys_interface.hpp - if_nametoindex(3) under its own name; failure throws.
#pragma once

#include <string>  // IWYU pragma: export

namespace sys {

// The number of the network interface of that name, such as eth0; the error names it.
[[nodiscard]] int if_nametoindex(const std::string& name);

}  // namespace sys
