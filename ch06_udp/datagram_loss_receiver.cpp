// datagram_loss_receiver.cpp - counts by their numbers which datagrams are lost, doubled or late.
//
// Look for
//   [1] a small receive buffer, read late: what does not fit is lost, nobody is told;
//   [2] a number that is missing at the end was lost, one that was there already
//       came twice, one below the highest so far came late;
//   [3] the report is sent as often as it is asked for: it may be lost as well.
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
#include <string>
#include <system_error>
#include <vector>

#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// What is known of one sender; another one begins anew (one at a time, for simplicity).
struct Tally {
    net::Address sender;
    std::vector<bool> seen;
    std::size_t highest = 0;
    std::size_t arrived = 0;
    std::size_t twice = 0;
    std::size_t late = 0;
    std::string report;

    void count(std::size_t number) {  // [2]
        if (seen[number]) {
            ++twice;
            return;
        }
        seen[number] = true;
        ++arrived;
        late += number < highest ? 1 : 0;
        highest = std::max(highest, number);
    }

    [[nodiscard]] std::string words() const {
        return "received " + std::to_string(arrived) + " of " + std::to_string(seen.size()) + ": " +
               std::to_string(seen.size() - arrived) + " lost, " + std::to_string(twice) +
               " twice, " + std::to_string(late) + " late";
    }
};

// Answers the question that is asked with the number behind the last one.
void report(const net::Fd& socket, Tally& tally) try {
    if (tally.words() != tally.report) {
        tally.report = tally.words();
        app::say(tally.report);
    }
    const auto line = tally.report + '\n';
    sys::sendto(socket, net::bytes(line), 0, tally.sender);  // [3]
} catch (const std::system_error& error) {
    app::say("dropped ", tally.sender, ": ", error.what());
}

void receive_next(const net::Fd& socket, Tally& tally, unsigned seconds_late) {
    std::array<std::byte, 512> buffer;
    const auto received = net::recvfrom(socket, buffer);
    std::array<std::uint32_t, 2> header{};
    std::memcpy(header.data(), buffer.data(), sizeof header);
    const std::size_t number = ntohl(header[0]);
    const std::size_t count = ntohl(header[1]);
    if (received.size != 500 || number > count || count > 1'000'000) {
        app::say("dropped ", received.sender, ": not a numbered datagram");
        return;
    }
    if (received.sender != tally.sender || count != tally.seen.size()) {
        tally = Tally{};
        tally.sender = received.sender;
        tally.seen.resize(count);
        app::say("first number from ", received.sender);
        sys::sleep(seconds_late);  // [1]
    }
    if (number < count) {
        tally.count(number);
    } else {
        report(socket, tally);
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
