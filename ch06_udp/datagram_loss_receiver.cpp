// datagram_loss_receiver.cpp - finds lost, doubled and late datagrams by their numbers.
//
// Look for
//   [1] a small receive buffer, read late: what does not fit is lost, and nobody is told;
//   [2] a number that is missing at the end was lost, a number seen before came twice,
//       a number below the highest so far came late;
//   [3] the report is sent again whenever the sender asks: it may get lost as well.
//
// Usage:   datagram_loss_receiver [PORT [ADDRESS [SECONDS-LATE [BUFFER-SIZE]]]]
// Pair:    ch06_udp/datagram_loss_sender
// Manual:  udp(7) recvfrom(2) setsockopt(2)
// Next:    ch06_udp/unreliable_relay
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// What a datagram begins with. number goes from 0 up to count - 1; number == count is the
// question: what has arrived? Each run of the sender has a number of its own: behind a relay the next
// one has the same address.
struct Header {
    std::size_t number;
    std::size_t count;
    std::uint32_t run;
};

// No value: this is not a numbered datagram.
std::optional<Header> header_in(std::span<const std::byte> datagram) {
    if (datagram.size() != 500) {
        return std::nullopt;
    }
    std::array<std::uint32_t, 3> fields;
    std::memcpy(fields.data(), datagram.data(), sizeof fields);
    const Header header{
        .number = ntohl(fields[0]), .count = ntohl(fields[1]), .run = ntohl(fields[2])};
    if (header.number > header.count || header.count > 1'000'000) {
        return std::nullopt;
    }
    return header;
}

// What has come from one run of a sender. Simplified: any other one begins a new tally, so only one
// sender may run at a time.
struct Tally {
    net::Address sender{};
    std::optional<std::uint32_t> run{};
    std::optional<std::uint32_t> run_before{};  // what still comes from it is late
    std::vector<bool> seen{};
    std::size_t highest = 0;
    std::size_t arrived = 0;
    std::size_t twice = 0;
    std::size_t late = 0;
    std::string last_report{};

    void add(std::size_t number) {  // [2]
        if (seen[number]) {
            ++twice;
            return;
        }
        seen[number] = true;
        ++arrived;
        if (number < highest) {
            ++late;
        }
        highest = std::max(highest, number);
    }

    [[nodiscard]] std::string report() const {
        return "received " + std::to_string(arrived) + " of " + std::to_string(seen.size()) + ": " +
               std::to_string(seen.size() - arrived) + " lost, " + std::to_string(twice) +
               " twice, " + std::to_string(late) + " late";
    }
};

// A report that is only sent again is not printed again.
void send_report(const net::Fd& socket, Tally& tally) try {
    const auto report = tally.report();
    if (report != tally.last_report) {
        app::say(report);
    }
    tally.last_report = report;
    sys::sendto(socket, net::bytes(report + '\n'), 0, tally.sender);  // [3]
} catch (const std::system_error& error) {
    app::say("dropped ", tally.sender, ": ", error.what());
}

void receive_next(const net::Fd& socket, Tally& tally, unsigned seconds_late) {
    std::array<std::byte, 512> buffer;
    const auto received = net::recvfrom(socket, buffer);
    const auto header = header_in(std::span{buffer}.first(received.size));
    if (!header) {
        app::say("dropped ", received.sender, ": not a numbered datagram");
        return;
    }
    if (header->run == tally.run_before) {
        app::say("dropped ", received.sender, ": a late datagram of the run before");
        return;
    }
    if (received.sender != tally.sender || header->run != tally.run ||
        header->count != tally.seen.size()) {
        tally = {.sender = received.sender,
                 .run = header->run,
                 .run_before = header->run == tally.run ? tally.run_before : tally.run,
                 .seen = std::vector<bool>(header->count)};
        app::say("first number from ", received.sender);
        sys::sleep(seconds_late);  // [1]
    }
    if (header->number < header->count) {
        tally.add(header->number);
    } else {
        send_report(socket, tally);
    }
}

void receive_numbers(const net::Address& local, unsigned seconds_late, int buffer_size) {
    const auto socket = sys::socket(local.family(), SOCK_DGRAM);
    sys::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, buffer_size);  // [1]
    sys::bind(socket, local);
    app::say("listening on ", sys::getsockname(socket));

    Tally tally;
    for (;;) {
        receive_next(socket, tally, seconds_late);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [SECONDS-LATE [BUFFER-SIZE]]]]", 4},
                    [](app::Args args) {
                        const auto late = app::number(args, 2, "SECONDS-LATE", 0, 60, 1);
                        const auto size = app::number(args, 3, "BUFFER-SIZE", 1, 1 << 24, 4096);
                        receive_numbers(app::server_address(args), static_cast<unsigned>(late),
                                        static_cast<int>(size));
                    });
}
