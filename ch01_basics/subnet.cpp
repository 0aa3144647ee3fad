// subnet.cpp - an address cut by its mask: the network, the host in it, and its neighbours.
//
// Look for
//   [1] the mask is ones, then zeros: the ones cover the network, the zeros the host;
//   [2] host bits all zero mean the network itself, all one everybody in it (broadcast);
//   [3] that leaves two addresses fewer for hosts, except in a /31, which has two, and a /32.
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
    // "10.1.1.2 255.255.255.0" means the same as "10.1.1.2/255.255.255.0".
    const auto text = args.size() > 1 ? args[0] + '/' + args[1] : args[0];
    const auto slash = text.find('/');
    const auto mask = slash == std::string::npos ? "" : text.substr(slash + 1);
    const auto ones = ipv4::parse_mask(mask);
    if (!ones) {
        throw app::UsageError{"'" + app::printable(mask) +
                              "' is not a mask, such as 255.255.255.0 or 24: ones, then zeros"};
    }
    return {ipv4::address_from(text.substr(0, slash)), *ones};
}

void show_line(const char* what, std::uint32_t address) {
    app::say(what, ipv4::to_text(address), "  ", ipv4::to_binary(address));
}

void show_subnet(const Subnet& subnet) {
    const auto mask = ipv4::mask_of(subnet.ones);
    const auto network = subnet.address & mask;
    const auto broadcast = network | ~mask;
    show_line("address   ", subnet.address);
    show_line("mask      ", mask);  // [1]
    show_line("network   ", network);
    show_line("broadcast ", broadcast);  // [2]
    app::say("host      ", subnet.address & ~mask, " in network ", ipv4::to_text(network), "/",
             subnet.ones);

    const std::uint64_t size = std::uint64_t{1} << (32 - subnet.ones);
    auto first = network;
    auto last = broadcast;
    auto hosts = size;
    if (subnet.ones < 31) {  // [3]
        ++first;
        --last;
        hosts -= 2;
    }
    app::say("for hosts ", ipv4::to_text(first), " to ", ipv4::to_text(last), ", ", hosts, " of ",
             size);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"ADDRESS/ONES | ADDRESS MASK", 2},
                    [](app::Args args) { show_subnet(parse(args)); });
}
