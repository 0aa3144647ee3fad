// datagram_loss_sender.cpp - sends numbered datagrams, then asks the receiver what has arrived.
//
// Look for
//   [1] UDP numbers nothing: whoever wants to see gaps puts a number in himself;
//   [2] every send succeeds, also those of datagrams that nobody will ever read;
//   [3] only an answer tells that something arrived, so the question is repeated
//       until there is one: what TCP does for every segment, done by hand for one.
//
// Usage:   datagram_loss_sender [HOST [PORT [COUNT]]]     default: 200 datagrams
// Pair:    ch06_udp/datagram_loss_receiver
// Manual:  udp(7) connect(2) send(2)
// Next:    ch06_udp/datagram_loss_receiver
#include <arpa/inet.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// Number and count, four bytes each, in network order, then zeros up to 500 bytes.
// The number behind the last one is the question.
std::array<std::byte, 500> datagram(std::uint32_t number, std::uint32_t count) {
    const std::array<std::uint32_t, 2> header{htonl(number), htonl(count)};
    std::array<std::byte, 500> bytes{};
    std::memcpy(bytes.data(), header.data(), sizeof header);  // [1]
    return bytes;
}

void send_numbered(const net::Fd& receiver, std::uint32_t number, std::uint32_t count) {
    if (net::send(receiver, datagram(number, count)) != sizeof(datagram(0, 0))) {  // [2]
        throw std::runtime_error{"a datagram was cut"};
    }
}

// Asks and waits a fifth of a second; false where no report has come.
bool write_report(const net::Fd& receiver, std::uint32_t count) try {
    send_numbered(receiver, count, count);
    std::array<std::byte, 500> report;
    net::write_all(STDOUT_FILENO, std::span{report}.first(net::recv(receiver, report)));
    return true;
} catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {
        return false;
    }
    throw;
}

void send_datagrams(const net::Address& address, std::uint32_t count) {
    const auto receiver = sys::socket(address.family(), SOCK_DGRAM);
    sys::connect(receiver, address);
    net::limit_waiting(receiver, 200);
    for (std::uint32_t number = 0; number < count; ++number) {
        send_numbered(receiver, number, count);
    }
    app::note(count, " datagrams sent without an error");
    for (int tries = 0; tries < 25; ++tries) {
        if (write_report(receiver, count)) {  // [3]
            return;
        }
    }
    throw std::runtime_error{"no report within 5 seconds"};
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[HOST [PORT [COUNT]]]", 3}, [](app::Args args) {
        const auto count = app::number(args, 2, "COUNT", 1, 1'000'000, 200);
        send_datagrams(app::client_address(args), static_cast<std::uint32_t>(count));
    });
}
