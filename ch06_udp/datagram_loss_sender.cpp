// datagram_loss_sender.cpp - sends numbered datagrams, then asks the receiver what has arrived.
//
// Look for
//   [1] UDP numbers nothing: to see gaps, a program puts numbers in itself;
//   [2] every send succeeds, even if nobody ever reads the datagram (no port at all: ECONNREFUSED);
//   [3] only an answer proves that something arrived, so the question is repeated, as TCP does
//       for every segment. Simplified: what is still on its way at the first report is "lost".
//
// Usage:   datagram_loss_sender [HOST [PORT [COUNT]]]     default: 200 datagrams
// Pair:    ch06_udp/datagram_loss_receiver
// Manual:  udp(7) connect(2) send(2)
// Next:    ch06_udp/datagram_loss_receiver
#include <arpa/inet.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <regex>
#include <stdexcept>
#include <string>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// Number, count and the number of this run, four bytes each, in network order, then zeros up to 500 bytes.
// Numbers go from 0 to count - 1; number == count is the question.
std::array<std::byte, 500> datagram(std::uint32_t number, std::uint32_t count) {
    static const std::uint32_t run = std::random_device{}();
    const std::array<std::uint32_t, 3> header{htonl(number), htonl(count), htonl(run)};
    std::array<std::byte, 500> bytes{};
    std::memcpy(bytes.data(), header.data(), sizeof header);  // [1]
    return bytes;
}

void send_numbered(const net::Fd& receiver, std::uint32_t number, std::uint32_t count) {
    (void)net::send(receiver, datagram(number, count));  // [2]
}

// "received 6 of 200: 194 lost, 0 twice, 0 late", and a newline. Anybody could answer anything: an echo
// server, for example, sends our own datagrams back. Simplified: a report does not say which run it is
// about, so behind a relay a late one of the run before would be taken.
bool is_report(const std::string& text, std::uint32_t count) {
    const std::regex report{"received ([0-9]{1,7}) of " + std::to_string(count) +
                            ": ([0-9]{1,7}) lost, [0-9]+ twice, [0-9]+ late\n"};
    std::smatch found;
    return std::regex_match(text, found, report) &&
           std::stoul(found[1]) + std::stoul(found[2]) == count;
}

// Asks, and waits a fifth of a second for the report; what else comes is counted in others.
std::optional<std::string> ask_for_report(const net::Fd& receiver, std::uint32_t count,
                                          std::size_t& others) {
    send_numbered(receiver, count, count);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
    std::array<std::byte, 500> bytes;
    while (const auto received = net::recvfrom_until(receiver, bytes, deadline)) {
        const std::string text{net::text(std::span{bytes}.first(received->size))};
        if (is_report(text, count)) {
            return text;
        }
        ++others;
    }
    return std::nullopt;
}

void send_datagrams(const net::Address& address, std::uint32_t count) {
    const auto receiver = sys::socket(address.family(), SOCK_DGRAM);
    sys::connect(receiver, address);
    for (std::uint32_t number = 0; number < count; ++number) {
        send_numbered(receiver, number, count);
    }
    app::note(count, " datagrams sent without an error");
    std::size_t others = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (std::chrono::steady_clock::now() < end) {
        if (const auto report = ask_for_report(receiver, count, others)) {  // [3]
            app::say(app::printable_line(*report));
            return;
        }
    }
    throw std::runtime_error{
        "no report within 5 seconds" +
        (others > 0 ? ", but " + std::to_string(others) + " other datagrams" : "")};
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[HOST [PORT [COUNT]]]", 3}, [](app::Args args) {
        const auto count = app::number(args, 2, "COUNT", 1, 1'000'000, 200);
        send_datagrams(app::client_address(args), static_cast<std::uint32_t>(count));
    });
}
