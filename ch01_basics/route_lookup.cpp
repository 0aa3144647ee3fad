// route_lookup.cpp - which line of a routing table is used for a packet: the most specific one.
//
// Look for
//   [1] a line matches an address if the bits under its mask are equal;
//   [2] if several match, the longest mask wins: host (/32), then network, then default (/0);
//   [3] with "via" the packet goes to a gateway; without, the destination is a neighbour;
//   [4] if no line matches, the packet cannot be sent: "Network is unreachable".
//
// Usage:   route_lookup TABLE ADDRESS...   (TABLE: a file as `ip route` prints it, or - for stdin)
// Manual:  ip(8) rtnetlink(7)
// Next:    ch01_basics/browser_server
#include <cstdint>
#include <optional>
#include <sstream>
#include <vector>

#include "ch01_basics/ipv4.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"

namespace {

struct Route {
    std::uint32_t network;
    int ones;
    std::string text;
};

// A line such as "10.1.0.0/16 via 10.0.0.1 dev eth0", "default via 10.0.0.1" or
// "10.9.9.9 dev eth0", which is one host. Bits of the host part must be zero.
Route parse_route(const std::string& line) {
    std::istringstream words{line};
    std::string destination;
    words >> destination;
    if (destination == "default") {
        destination = "0.0.0.0/0";
    }
    const auto slash = destination.find('/');
    const auto network = ipv4::parse_address(destination.substr(0, slash));
    const auto ones =
        ipv4::parse_mask(slash == std::string::npos ? "32" : destination.substr(slash + 1));
    if (!network || !ones || (*network & ~ipv4::mask_of(*ones)) != 0) {
        throw std::runtime_error{"not a route: '" + app::printable(line) + "'"};
    }
    return {*network, *ones, app::printable(line)};
}

std::vector<Route> read_table(const std::string& path) {
    const auto file = sys::open(path == "-" ? "/dev/stdin" : path, O_RDONLY);
    net::LineReader lines{file, 1024};
    std::vector<Route> table;
    while (const auto line = lines.next()) {
        if (!line->text.empty()) {
            table.push_back(parse_route(line->text));
        }
    }
    return table;
}

// The best match, or a null pointer.
const Route* look_up(const std::vector<Route>& table, std::uint32_t address) {
    const Route* best = nullptr;
    for (const auto& route : table) {
        const bool matches = (address & ipv4::mask_of(route.ones)) == route.network;  // [1]
        if (matches && (best == nullptr || route.ones > best->ones)) {                // [2]
            best = &route;
        }
    }
    return best;
}

void look_up_all(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"which table, and which address?"};
    }
    const auto table = read_table(args[0]);
    for (const auto& text : args.subspan(1)) {
        const auto* const route = look_up(table, ipv4::address_from(text));
        app::say(text, ": ", route != nullptr ? route->text : "Network is unreachable");  // [3] [4]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"TABLE ADDRESS...", 99}, look_up_all);
}
