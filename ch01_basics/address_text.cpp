// address_text.cpp - an address as text and as bytes: which texts each function accepts.
//
// Look for
//   [1] inet_pton accepts four decimal numbers and nothing else, or an IPv6 address;
//   [2] inet_aton also accepts 127.1, octal, hexadecimal, and anything after a space;
//   [3] inet_addr reports an error by a number that is also 255.255.255.255;
//   [4] the bytes are in network order: the first part of the text is in the first byte;
//   [5] inet_ntoa has one buffer for all calls; inet_ntop is told how much room there is.
//
// Usage:   address_text [ADDRESS...]
// Manual:  inet(3) inet_pton(3) inet_ntop(3)
// Next:    ch01_basics/subnet
#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cerrno>
#include <system_error>
#include <vector>

#include "common/program.hpp"

namespace {

constexpr const char* no_address = "no address";

// "192.168.1.4", from four bytes in network order.
std::string text_of(in_addr address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET, &address, text.data(), text.size());
}

std::string by_pton(const std::string& text) {
    in_addr four{};
    in6_addr six{};
    if (inet_pton(AF_INET, text.c_str(), &four) == 1) {  // [1]
        return text_of(four);
    }
    return inet_pton(AF_INET6, text.c_str(), &six) == 1 ? "an IPv6 address" : no_address;
}

std::string by_aton(const std::string& text) {
    in_addr four{};
    return inet_aton(text.c_str(), &four) == 1 ? text_of(four) : no_address;  // [2]
}

std::string by_addr(const std::string& text) {
    const in_addr_t four = inet_addr(text.c_str());
    return four == INADDR_NONE ? no_address : text_of({four});  // [3]
}

void show_text_to_bytes(app::Args texts) {
    for (const auto& text : texts) {
        app::say("'", app::printable(text), "': inet_pton ", by_pton(text), ", inet_aton ",
                 by_aton(text), ", inet_addr ", by_addr(text));
    }
}

// What inet_pton returns, without the bytes.
int result_of_pton(int family, const char* text) {
    in6_addr room{};
    return inet_pton(family, text, &room);
}

int result_of_aton(const char* text) {
    in_addr room{};
    return inet_aton(text, &room);
}

void show_results() {
    app::say("inet_pton of 1.2.3.4: ", result_of_pton(AF_INET, "1.2.3.4"),
             ", of 1.2.3: ", result_of_pton(AF_INET, "1.2.3"),
             ", of ::1: ", result_of_pton(AF_INET, "::1"));
    app::say("inet_pton of ::1 in the family AF_INET6: ", result_of_pton(AF_INET6, "::1"));
    const int unknown = result_of_pton(9999, "::1");
    app::say("inet_pton in the unknown family 9999: ", unknown, ", ",
             std::generic_category().message(errno));
    app::say("inet_aton of 1.2.3.4: ", result_of_aton("1.2.3.4"),
             ", of 300.1.1.1: ", result_of_aton("300.1.1.1"));
    const unsigned long kept = inet_addr("300.1.1.1");
    app::say("inet_addr of 300.1.1.1: ", kept, ", in an unsigned long equal to -1: ",
             kept == static_cast<unsigned long>(-1) ? "yes" : "no");  // [3]
}

void show_bytes() {
    in_addr address{};
    inet_pton(AF_INET, "192.168.1.4", &address);
    const auto bytes = std::bit_cast<std::array<unsigned char, 4>>(address);  // [4]
    app::say("192.168.1.4 in memory: ", +bytes[0], " ", +bytes[1], " ", +bytes[2], " ", +bytes[3],
             ", as text again: ", text_of(address));

    const in_addr number{inet_addr("192.168.0.100")};
    app::say("192.168.0.100 is the number ", ntohl(number.s_addr),
             ", as text again: ", inet_ntoa(number));

    in6_addr six{};
    inet_pton(AF_INET6, "2001:db8::1", &six);
    std::string numbers;
    for (const auto byte : six.s6_addr) {
        numbers += ' ' + std::to_string(byte);
    }
    app::say("2001:db8::1 in memory:", numbers);
}

void show_bytes_to_text() {
    const in_addr first{htonl(0x01020304)};
    const in_addr second{htonl(0x05060708)};
    const in_addr longest{INADDR_BROADCAST};  // 255.255.255.255
    const char* const shown = inet_ntoa(first);
    const std::string before = shown;
    const bool same_place = inet_ntoa(second) == shown;  // [5]
    app::say("inet_ntoa of 1.2.3.4: ", before, ", after that of 5.6.7.8: ", shown,
             ", in the same place: ", same_place ? "yes" : "no");
    app::say("inet_ntoa of 0: ", inet_ntoa({INADDR_ANY}));
    app::say("inet_ntoa of 0xffffffff: ", inet_ntoa(longest));

    std::array<char, INET_ADDRSTRLEN> text{};
    for (const auto room : {15U, 16U}) {
        const char* const result = inet_ntop(AF_INET, &longest, text.data(), room);  // [5]
        app::say("inet_ntop with room for ", room, " bytes: ",
                 result == text.data() ? result : std::generic_category().message(errno));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[ADDRESS...]", 99}, [](app::Args args) {
        const std::vector<std::string> examples{
            "192.168.1.4", "127.1",           "010.0.0.1", "0x7f.1",    "2130706433",
            "1.2.3.4 x",   "255.255.255.255", "300.1.1.1", "192.168.1", "::1"};
        show_text_to_bytes(args.empty() ? app::Args{examples} : args);
        show_results();
        show_bytes();
        show_bytes_to_text();
    });
}
