// resolve.cpp - getaddrinfo and getnameinfo, which replaced gethostbyname, for both families.
//
// Look for
//   [1] name and service go in, a list of socket addresses comes out, ready for connect();
//   [2] the list belongs to the caller, who must free it;
//   [3] failure is a number, not in errno, and gai_strerror() puts it into words;
//   [4] getnameinfo turns an address back into a name and a service.
//
// Usage:   resolve NAME [SERVICE]
// Manual:  getaddrinfo(3) getnameinfo(3) gai_strerror(3)
// Next:    ch08_names/local_host
#include <netdb.h>

#include <array>
#include <cstring>
#include <memory>

#include "common/program.hpp"

namespace {

using List = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;  // [2]

List look_up(const std::string& name, const char* service) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_CANONNAME;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(name.c_str(), service, &hints, &list); error != 0) {  // [1]
        throw std::runtime_error{"getaddrinfo " + name + ": " + gai_strerror(error)};       // [3]
    }
    return {list, freeaddrinfo};
}

std::string name_of(const addrinfo& found) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> service{};
    const int error = getnameinfo(found.ai_addr, found.ai_addrlen, host.data(), host.size(),
                                  service.data(), service.size(), NI_NAMEREQD);  // [4]
    if (error != 0) {
        return gai_strerror(error);
    }
    return std::string{host.data()} + ' ' + service.data();
}

void show(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"a NAME is missing"};
    }
    const auto list = look_up(args[0], args.size() > 1 ? args[1].c_str() : nullptr);
    app::say("canonical name: ", app::printable(list->ai_canonname));
    for (const auto* found = list.get(); found != nullptr; found = found->ai_next) {
        net::Address address{.length = found->ai_addrlen};
        std::memcpy(address.raw(), found->ai_addr, found->ai_addrlen);
        app::say(address, " is ", app::printable(name_of(*found)));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"NAME [SERVICE]", 2}, show);
}
