// address_to_name.cpp - gethostbyaddr, as in the notes: turns an address into a name.
//
// Look for
//   [1] gethostbyaddr wants the bytes in network order, how many there are, and the
//       family: the same call serves IPv4 and IPv6;
//   [2] not every address has a name.
//
// Usage:   address_to_name ADDRESS
// Manual:  gethostbyaddr(3) inet_pton(3)
// Next:    ch08_names/resolve
#include <arpa/inet.h>
#include <netdb.h>

#include <array>

#include "common/program.hpp"

namespace {

const hostent& look_up(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    const bool is_ipv4 = inet_pton(AF_INET, text.c_str(), bytes.data()) == 1;
    if (!is_ipv4 && inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
        throw app::UsageError{"not an address: '" + text + "'"};
    }
    const hostent* const host = is_ipv4 ? gethostbyaddr(bytes.data(), 4, AF_INET)
                                        : gethostbyaddr(bytes.data(), 16, AF_INET6);  // [1]
    if (host == nullptr) {
        throw std::runtime_error{"gethostbyaddr " + text + ": " + hstrerror(h_errno)};  // [2]
    }
    return *host;
}

void show_name_of(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"an ADDRESS is missing"};
    }
    const auto& host = look_up(args[0]);
    app::say("address type: ", host.h_addrtype == AF_INET ? "AF_INET" : "AF_INET6", ", ",
             host.h_length, " bytes");
    app::say("official name: ", app::printable(host.h_name));
    for (char** alias = host.h_aliases; *alias != nullptr; ++alias) {
        app::say("alias: ", app::printable(*alias));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"ADDRESS", 1}, show_name_of);
}
