#include "common/sys_interface.hpp"

#include <net/if.h>

#include "common/check.hpp"

namespace sys {

int if_nametoindex(const std::string& name) {
    const auto number = ::if_nametoindex(name.c_str());
    if (number == 0) {
        fail("if_nametoindex", name);
    }
    return static_cast<int>(number);
}

}  // namespace sys
