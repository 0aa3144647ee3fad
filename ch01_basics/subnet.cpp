// subnet.cpp - an address cut by its mask: the network, the host in it, and who else fits in.
//
// Look for
//   [1] the mask is ones, then zeros: the network's bits, then the host's;
//   [2] host bits all zero is the network itself, all ones everybody in it (broadcast);
//   [3] so two addresses less for hosts; but a /31 has two, and a /32 is one.
//
// Usage:   subnet ADDRESS/ONES | ADDRESS MASK
// Manual:  ip(7)
// Next:    ch01_basics/address_class
#include <cstdint>

#include "ch01_basics/ipv4.hpp"
#include "common/program.hpp"

namespace {

struct Subnet {
    std::uint32_t address;
    int ones;
};

Subnet parse(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"which address, and which mask?"};
    }
    const auto slash = args[0].find('/');
    const auto mask_text = slash != std::string::npos ? args[0].substr(slash + 1)
                           : args.size() > 1          ? args[1]
                                                      : "";
    if (slash != std::string::npos && args.size() > 1) {
        throw app::UsageError{"the mask stands after the address already"};
    }
    const auto address = ipv4::parse_address(args[0].substr(0, slash));
    if (!address) {
        throw app::UsageError{"'" + app::printable(args[0]) + "' is not an IPv4 address"};
    }
    const auto ones = ipv4::parse_mask(mask_text);
    if (!ones) {
        throw app::UsageError{"'" + app::printable(mask_text) +
                              "' is not a mask: ones, then zeros, or their number from 0 to 32"};
    }
    return {*address, *ones};
}

void line(const char* what, std::uint32_t address) {
    app::say(what, ipv4::to_text(address), "  ", ipv4::to_binary(address));
}

void show_subnet(const Subnet& subnet) {
    const auto mask = ipv4::mask_of(subnet.ones);
    const auto network = subnet.address & mask;
    const auto broadcast = network | ~mask;
    const std::uint64_t size = std::uint64_t{1} << (32 - subnet.ones);
    line("address   ", subnet.address);
    line("mask      ", mask);  // [1]
    line("network   ", network);
    line("broadcast ", broadcast);  // [2]
    app::say("host      ", subnet.address & ~mask, " in network ", ipv4::to_text(network), "/",
             subnet.ones);
    const bool reserved = subnet.ones < 31;  // [3]
    app::say("for hosts ", ipv4::to_text(network + (reserved ? 1 : 0)), " to ",
             ipv4::to_text(broadcast - (reserved ? 1 : 0)), ", ", size - (reserved ? 2 : 0), " of ",
             size);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"ADDRESS/ONES | ADDRESS MASK", 2},
                    [](app::Args args) { show_subnet(parse(args)); });
}
