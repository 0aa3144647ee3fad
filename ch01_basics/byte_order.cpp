// byte_order.cpp - how a number lies in memory, here and on the network.
//
// Look for
//   [1] the bytes of one number, from the lowest address to the highest: the host's order;
//   [2] htonl and htons put the high byte first, which is the order of the network; on a
//       host that has this order already, they change nothing;
//   [3] they take 32 and 16 bits: the l means long, but a long has 64 bits here;
//   [4] a single byte has no order, but a sign: in a signed char 168 is -88.
//
// Usage:   byte_order
// Manual:  byteorder(3)
// Next:    ch01_basics/sockaddr_layout
#include <arpa/inet.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <type_traits>

#include "common/program.hpp"

namespace {

// The bytes of a number, each printed in the format: "12 34 56 78".
template <typename Number>
std::string dump(const Number& number, const char* format = "%02x", const char* between = " ") {
    std::string text;
    for (const auto byte : std::as_bytes(std::span{&number, 1})) {  // [1]
        std::array<char, 8> digits{};
        std::snprintf(digits.data(), digits.size(), format, std::to_integer<unsigned>(byte));
        text += (text.empty() ? "" : between) + std::string{digits.data()};
    }
    return text;
}

// What htonl takes and what it returns.
static_assert(std::is_convertible_v<decltype(&htonl), std::uint32_t (*)(std::uint32_t)>);  // [3]

void show_numbers() {
    const std::uint32_t number = 0x12345678;
    const std::uint16_t port = 0x0102;
    const bool is_little = std::endian::native == std::endian::little;
    app::say("this host is ", is_little ? "little-endian" : "big-endian");
    app::say("0x12345678 in memory: ", dump(number));
    app::say("htonl of it: ", dump(htonl(number)));  // [2]
    app::say("ntohl of that: ", dump(ntohl(htonl(number))));
    app::say("0x0102 in memory: ", dump(port));
    app::say("htons of it: ", dump(htons(port)), ", read as a number ", htons(port));
    app::say("ntohs of that: ", dump(ntohs(htons(port))));
    app::say("port 5188: ", dump(htons(5188)));
    app::say("a long has ", sizeof(long), " bytes, what htonl returns ", sizeof(htonl(0)));  // [3]
    app::say("the text abc: ", dump(std::array{'a', 'b', 'c'}));                             // [4]
}

// The notes' two programs, with what each of them leaves out.
void show_bytes() {
    const std::array<unsigned char, 4> address{192, 168, 1, 2};
    const auto sent = htonl(std::bit_cast<std::uint32_t>(address));
    app::say("htonl of 192 168 1 2: ", dump(sent, "%u"));
    const auto signed_bytes = std::bit_cast<std::array<signed char, 4>>(sent);
    app::say("the same in signed char: ", signed_bytes[0], " ", signed_bytes[1], " ",
             signed_bytes[2], " ", signed_bytes[3]);  // [4]
    const std::array<unsigned char, 4> received{1, 1, 168, 192};
    app::say("ntohl of 1 1 168 192: ", dump(ntohl(std::bit_cast<std::uint32_t>(received)), "%u"));
    const auto small = htonl(0x01020304);
    app::say("0x01020304 with %02x: ", dump(small, "%02x", "_"),
             ", with %0x: ", dump(small, "%0x", "_"));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        show_numbers();
        show_bytes();
    });
}
