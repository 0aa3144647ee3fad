// route_lookup.cpp - which line of a routing table is used for a packet: the most specific one.
//
// Look for
//   [1] a line matches an address if the bits under its mask are equal;
//   [2] if several match, the longest mask wins: host (/32), then network, then default (/0);
//   [3] with "via" the packet goes to a gateway, or one of several; without, to a neighbour;
//   [4] a route may also refuse the packet: unreachable, blackhole, prohibit;
//   [5] if no line matches, the packet cannot be sent: "Network is unreachable".
//
// Usage:   route_lookup TABLE ADDRESS...   (TABLE: a file as `ip route` prints it, or - for stdin)
// Manual:  ip(8) rtnetlink(7)
// Next:    ch01_basics/browser_server
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "ch01_basics/ipv4.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"

namespace {

// Types of routes, and what becomes of a packet; in parentheses the error that its sender gets: ip-route(8).
struct Type {
    std::string_view name;
    std::string_view fate;
};
constexpr std::array types{
    Type{"unicast", ""},
    Type{"local", ""},
    Type{"broadcast", ""},
    Type{"multicast", ""},
    Type{"anycast", ""},
    Type{"unreachable", ": the destination is unreachable (No route to host)"},
    Type{"blackhole", ": dropped silently (Invalid argument)"},
    Type{"prohibit", ": prohibited (Permission denied)"},
    Type{"throw", ""},
};

struct Route {
    std::uint32_t network;
    int ones;
    Type type;
    bool has_tos;  // for packets that ask for it: ip-route(8)
    std::string text;
};

// A line such as "10.1.0.0/16 via 10.0.0.1 dev eth0", "default via 10.0.0.1", "unreachable 10.2.0.0/16"
// or "10.9.9.9 dev eth0", which is one host. Bits of the host part must be zero.
Route parse_route(const std::string& line) {
    std::istringstream words{line};
    std::string destination;
    words >> destination;
    const auto* type = std::ranges::find(types, destination, &Type::name);
    if (type == types.end()) {
        type = types.begin();
    } else {
        destination.clear();
        words >> destination;
    }
    if (destination == "default") {
        destination = "0.0.0.0/0";
    }
    const auto slash = destination.find('/');
    const auto network = ipv4::parse_address(destination.substr(0, slash));
    const auto ones =
        ipv4::parse_mask(slash == std::string::npos ? "32" : destination.substr(slash + 1));
    std::string next;
    words >> next;  // an address here would be the gateway of route(8), before the mask
    if (!network || !ones || (*network & ~ipv4::mask_of(*ones)) != 0 || ipv4::parse_address(next)) {
        throw std::runtime_error{"not a route: '" + app::printable(line) + "'"};
    }
    return {*network, *ones, *type, next == "tos", app::printable(line)};
}

// The words of a line, with one blank between them: `ip route` also has tabs, and blanks at the end.
std::string words_of(const std::string& line) {
    std::istringstream words{line};
    std::string text;
    for (std::string word; words >> word;) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

std::vector<Route> routes_in(int fd) {
    net::LineReader lines{fd, 1024};
    std::vector<Route> table;
    while (const auto line = lines.next()) {
        const auto text = words_of(line->text);
        if (text.starts_with("nexthop ") && !table.empty()) {
            table.back().text += ' ' + app::printable(text);  // one more gateway
        } else if (!text.empty()) {
            table.push_back(parse_route(text));
        }
    }
    std::erase_if(table, [](const Route& route) { return route.has_tos; });
    return table;
}

std::vector<Route> read_table(const std::string& path) {
    if (path == "-") {
        return routes_in(STDIN_FILENO);
    }
    const auto file = sys::open(path, O_RDONLY);
    try {
        return routes_in(file.get());
    } catch (const std::system_error& error) {  // opening a folder works, but reading it does not
        throw std::system_error{error.code(), "read " + path};
    }
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

std::string answer(const Route* route) {
    // A throw means: as if this table had no route.
    if (route == nullptr || route->type.name == "throw") {
        return "Network is unreachable";  // [5]
    }
    return route->text + std::string{route->type.fate};  // [3] [4]
}

void look_up_all(app::Args args) {
    if (args.size() < 2) {
        throw app::UsageError{"which table, and which address?"};
    }
    const auto table = read_table(args[0]);
    for (const auto& text : args.subspan(1)) {
        app::say(text, ": ", answer(look_up(table, ipv4::address_from(text))));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"TABLE ADDRESS...", 99}, look_up_all);
}
