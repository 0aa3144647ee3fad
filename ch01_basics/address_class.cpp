// address_class.cpp - the class of an IPv4 address, and what the address is used for today.
//
// Look for
//   [1] the first bits tell the class: 0 A, 10 B, 110 C, 1110 D, 1111 E;
//   [2] the class used to say how long the network part is; since 1993 the mask says it
//       (CIDR), and the class means nothing any more;
//   [3] some ranges have a special use: 127 is in class A, and is loopback.
//
// Usage:   address_class ADDRESS...
// Manual:  ip(7)
// Next:    ch01_basics/port_numbers
#include <array>
#include <cstdint>

#include "ch01_basics/ipv4.hpp"
#include "common/program.hpp"

namespace {

struct Range {
    std::uint32_t first;  // its lowest address
    int ones;             // how many leading bits its addresses have in common
    const char* name;
};

constexpr std::array classes{
    Range{0x00000000, 1, "A, network 1 byte"}, Range{0x80000000, 2, "B, network 2 bytes"},
    Range{0xc0000000, 3, "C, network 3 bytes"}, Range{0xe0000000, 4, "D, multicast"},
    Range{0xf0000000, 4, "E, reserved"}};

// RFC 6890, 2.2.2. The first range that fits is taken: broadcast is also in reserved.
constexpr std::array uses{Range{0xffffffff, 32, "broadcast"},
                          Range{0x7f000000, 8, "loopback"},
                          Range{0x0a000000, 8, "private"},
                          Range{0xac100000, 12, "private"},
                          Range{0xc0a80000, 16, "private"},
                          Range{0x64400000, 10, "shared, between a provider and its customers"},
                          Range{0xa9fe0000, 16, "link-local"},
                          Range{0xc0000200, 24, "documentation"},
                          Range{0xc6336400, 24, "documentation"},
                          Range{0xcb007100, 24, "documentation"},
                          Range{0xc6120000, 15, "benchmarks"},
                          Range{0xc0000000, 24, "protocols of the IETF"},
                          Range{0x00000000, 8, "this network"},
                          Range{0xe0000000, 4, "multicast"},
                          Range{0xf0000000, 4, "reserved"}};

const char* range_of(std::uint32_t address, std::span<const Range> ranges) {
    for (const auto& range : ranges) {
        if ((address & ipv4::mask_of(range.ones)) == range.first) {  // [1]
            return range.name;
        }
    }
    return "public";
}

void show_class(const std::string& text) {
    const auto address = ipv4::address_from(text);
    app::say(text, " = ", ipv4::to_binary(address));
    app::say("  class ", range_of(address, classes),
             "; used for: ", range_of(address, uses));  // [2] [3]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"ADDRESS...", 99}, [](app::Args args) {
        if (args.empty()) {
            throw app::UsageError{"which address?"};
        }
        for (const auto& text : args) {
            show_class(text);
        }
    });
}
