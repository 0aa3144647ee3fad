// name_to_address.cpp - gethostbyname, as in the notes: what it returns, and why it is obsolete.
//
// Look for
//   [1] failure is a null pointer; the reason is in h_errno, not in errno;
//   [2] a name can have aliases and several addresses; h_addrtype is their family;
//   [3] the library has room for one result only: the next call overwrites it.
//
// Usage:   name_to_address NAME [NAME]
// Manual:  gethostbyname(3) hosts(5)
// Next:    ch08_names/address_to_name
#include <arpa/inet.h>
#include <netdb.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/program.hpp"

namespace {

const hostent& look_up(const std::string& name) {
    errno = 0;
    const hostent* const host = gethostbyname(name.c_str());
    if (host == nullptr) {  // [1]
        throw std::runtime_error{"gethostbyname " + name + ": " + hstrerror(h_errno) +
                                 " (errno: " + std::strerror(errno) + ')'};
    }
    return *host;
}

void show(const hostent& host) {
    app::say("official name: ", app::printable(host.h_name));
    for (char** alias = host.h_aliases; *alias != nullptr; ++alias) {
        app::say("alias: ", app::printable(*alias));
    }
    app::say("address type: ", host.h_addrtype == AF_INET ? "AF_INET" : "AF_INET6", ", ",
             host.h_length, " bytes");  // [2]
    for (char** address = host.h_addr_list; *address != nullptr; ++address) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        app::say("address: ", inet_ntop(host.h_addrtype, *address, text.data(), text.size()));
    }
}

void look_up_all(app::Args names) {
    if (names.empty()) {
        throw app::UsageError{"a NAME is missing"};
    }
    const auto& first = look_up(names[0]);
    show(first);
    if (names.size() > 1) {
        show(look_up(names[1]));
        app::say("the first result now says: ", app::printable(first.h_name));  // [3]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"NAME [NAME]", 2}, look_up_all);
}
