// local_host.cpp - this machine's name, and its addresses: in hosts or DNS, and on its interfaces.
//
// Look for
//   [1] gethostname fails when the name does not fit;
//   [2] the addresses of that name come from hosts(5) or a name server, often 127.0.1.1,
//       whatever the interfaces have;
//   [3] getifaddrs asks the interfaces themselves.
//
// Usage:   local_host
// Manual:  gethostname(2) getaddrinfo(3) getifaddrs(3)
// Next:    ch08_names/dns_query
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <memory>
#include <system_error>

#include "common/check.hpp"
#include "common/program.hpp"

namespace {

std::string host_name(std::size_t room) {
    std::string name(room, '\0');
    sys::check(gethostname(name.data(), name.size()), "gethostname");
    name.resize(name.find('\0'));
    return name;
}

std::string text_of(const sockaddr* address, socklen_t length) {
    std::array<char, NI_MAXHOST> text{};
    getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    return app::printable(text.data());
}

void say_what_the_resolver_says(const std::string& name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(name.c_str(), nullptr, &hints, &list); error != 0) {
        app::say("the resolver: ", gai_strerror(error));
        return;
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{list, freeaddrinfo};
    for (const auto* found = list; found != nullptr; found = found->ai_next) {
        app::say("the resolver: ", text_of(found->ai_addr, found->ai_addrlen));  // [2]
    }
}

void say_what_the_interfaces_have() {
    ifaddrs* list = nullptr;
    sys::check(getifaddrs(&list), "getifaddrs");  // [3]
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{list, freeifaddrs};
    for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
        const int family = entry->ifa_addr != nullptr ? entry->ifa_addr->sa_family : AF_UNSPEC;
        if (family == AF_INET || family == AF_INET6) {
            const socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
            app::say(app::printable(entry->ifa_name), ": ", text_of(entry->ifa_addr, length));
        }
    }
}

void show() {
    const auto name = host_name(256);
    app::say("host name: ", app::printable(name));
    try {
        (void)host_name(1);
    } catch (const std::system_error& error) {
        app::say("into one byte: ", error.what());  // [1]
    }
    say_what_the_resolver_says(name);
    say_what_the_interfaces_have();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { show(); });
}
