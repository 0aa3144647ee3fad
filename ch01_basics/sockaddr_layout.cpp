// sockaddr_layout.cpp - where the port and the address lie in the structures that socket calls take.
//
// Look for
//   [1] the family comes first in each: it tells the kernel which structure it was given;
//   [2] zeros fill sockaddr_in up to the 16 bytes of sockaddr;
//   [3] sockaddr_in6 is longer; sockaddr_storage has room for either;
//   [4] these types, whose names end in _t, are integers of a fixed width under another name.
//
// Usage:   sockaddr_layout
// Manual:  sockaddr(3) ip(7) ipv6(7)
// Next:    ch01_basics/address_text
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "common/program.hpp"

namespace {

static_assert(std::is_same_v<sa_family_t, std::uint16_t>);  // [4]
static_assert(std::is_same_v<socklen_t, std::uint32_t>);
static_assert(std::is_same_v<in_addr_t, std::uint32_t>);
static_assert(std::is_same_v<in_port_t, std::uint16_t>);
static_assert(std::is_fundamental_v<sa_family_t>);
static_assert(std::is_fundamental_v<socklen_t>);
static_assert(std::is_fundamental_v<in_addr_t>);
static_assert(std::is_fundamental_v<in_port_t>);

void show_field(const char* name, std::size_t offset, std::size_t size) {
    app::say("  ", name, " at ", offset, ", ", size, " bytes");
}

void show_layout() {
    app::say("sa_family_t ", sizeof(sa_family_t), " bytes, in_port_t ", sizeof(in_port_t),
             ", in_addr_t ", sizeof(in_addr_t), ", socklen_t ", sizeof(socklen_t));
    app::say("in_addr ", sizeof(in_addr), " bytes, in6_addr ", sizeof(in6_addr));

    app::say("sockaddr: ", sizeof(sockaddr), " bytes");
    show_field("sa_family", offsetof(sockaddr, sa_family), sizeof(sockaddr::sa_family));  // [1]
    show_field("sa_data", offsetof(sockaddr, sa_data), sizeof(sockaddr::sa_data));

    app::say("sockaddr_in: ", sizeof(sockaddr_in), " bytes");
    show_field("sin_family", offsetof(sockaddr_in, sin_family), sizeof(sockaddr_in::sin_family));
    show_field("sin_port", offsetof(sockaddr_in, sin_port), sizeof(sockaddr_in::sin_port));
    show_field("sin_addr", offsetof(sockaddr_in, sin_addr), sizeof(sockaddr_in::sin_addr));
    show_field("sin_zero", offsetof(sockaddr_in, sin_zero), sizeof(sockaddr_in::sin_zero));  // [2]

    app::say("sockaddr_in6: ", sizeof(sockaddr_in6), " bytes");  // [3]
    show_field("sin6_family", offsetof(sockaddr_in6, sin6_family),
               sizeof(sockaddr_in6::sin6_family));
    show_field("sin6_port", offsetof(sockaddr_in6, sin6_port), sizeof(sockaddr_in6::sin6_port));
    show_field("sin6_flowinfo", offsetof(sockaddr_in6, sin6_flowinfo),
               sizeof(sockaddr_in6::sin6_flowinfo));
    show_field("sin6_addr", offsetof(sockaddr_in6, sin6_addr), sizeof(sockaddr_in6::sin6_addr));
    show_field("sin6_scope_id", offsetof(sockaddr_in6, sin6_scope_id),
               sizeof(sockaddr_in6::sin6_scope_id));
    app::say("sockaddr_storage: ", sizeof(sockaddr_storage), " bytes");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show_layout(); });
}
