// byte_order.cpp - how a number lies in memory, here and on the network.
//
// Look for
//   [1] the bytes of one number, in the order of their addresses: the host's;
//   [2] htonl() and htons() put the high byte first, the order of the network; where
//       the host has that order, they change nothing;
//   [3] they take 32 and 16 bits; long has 64 here, whatever the l stands for;
//   [4] bytes are unsigned: in a signed char 168 is -88.
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
#include <span>

#include "common/program.hpp"

namespace {

// "12 34 56 78": byte by byte, from the lowest address on.
std::string dump(std::span<const std::byte> bytes, const char* format, const char* between) {
    std::string text;
    for (const auto byte : bytes) {
        std::array<char, 8> digits{};
        std::snprintf(digits.data(), digits.size(), format, std::to_integer<unsigned>(byte));
        text += (text.empty() ? "" : between) + std::string{digits.data()};
    }
    return text;
}

template <typename Number>
std::string hex(const Number& number) {
    return dump(std::as_bytes(std::span{&number, 1}), "%02x", " ");  // [1]
}

void show_numbers() {
    const std::uint32_t number = 0x12345678;
    const std::uint16_t port = 0x0102;
    app::say("this host is ", std::endian::native == std::endian::little ? "little" : "big",
             "-endian");
    app::say("0x12345678 in memory: ", hex(number));
    app::say("htonl of it: ", hex(htonl(number)));  // [2]
    app::say("ntohl of that: ", hex(ntohl(htonl(number))));
    app::say("0x0102 in memory: ", hex(port));
    app::say("htons of it: ", hex(htons(port)), ", read as a number ", htons(port));
    app::say("port 5188: ", hex(htons(5188)));
    app::say("long has ", sizeof(long), " bytes, what htonl returns ", sizeof(htonl(0)));  // [3]
}

// The notes' two programs, and what each of them leaves out.
void show_bytes() {
    const std::array<unsigned char, 4> address{192, 168, 1, 2};
    const auto turned = htonl(std::bit_cast<std::uint32_t>(address));
    const auto bytes = std::bit_cast<std::array<signed char, 4>>(turned);
    app::say("192 168 1 2 turned: ", dump(std::as_bytes(std::span{&turned, 1}), "%u", " "));
    app::say("the same in signed char: ", int{bytes[0]}, " ", int{bytes[1]}, " ", int{bytes[2]},
             " ", int{bytes[3]});  // [4]
    const std::array<unsigned char, 4> received{1, 1, 168, 192};
    const auto back = ntohl(std::bit_cast<std::uint32_t>(received));
    app::say("1 1 168 192 turned: ", dump(std::as_bytes(std::span{&back, 1}), "%u", " "));
    const auto small = htonl(0x01020304);
    app::say("01020304 by %02x: ", dump(std::as_bytes(std::span{&small, 1}), "%02x", "_"),
             ", by %0x: ", dump(std::as_bytes(std::span{&small, 1}), "%0x", "_"));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        show_numbers();
        show_bytes();
    });
}
