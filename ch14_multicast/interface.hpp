// interface.hpp - how the chapter's programs say which interface they mean: IPv4 by one of
// its addresses, IPv6 by its number.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>

#include <string>

#include "common/check.hpp"
#include "common/program.hpp"

namespace net {

// In network order, as the options of ip(7) want it; app::UsageError.
[[nodiscard]] inline in_addr ipv4(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
        throw app::UsageError{"not an IPv4 address: '" + text + "'"};
    }
    return address;
}

// if_nametoindex(3); std::system_error where there is none of that name.
[[nodiscard]] inline int interface_number(const std::string& name) {
    const auto number = if_nametoindex(name.c_str());
    if (number == 0) {
        sys::fail("if_nametoindex", name);
    }
    return static_cast<int>(number);
}

}  // namespace net
