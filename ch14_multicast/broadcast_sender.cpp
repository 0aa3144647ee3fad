// broadcast_sender.cpp - sends each input line as one datagram to all hosts of a network.
//
// Look for
//   [1] without SO_BROADCAST the kernel refuses (EACCES): a wrong address must not reach a
//       whole network by accident;
//   [2] the last address of a network means all its hosts; 255.255.255.255 means all hosts of
//       the network on the default route's interface. No router passes them on.
//
// Usage:   broadcast_sender [ADDRESS [PORT [plain]]]     plain: without SO_BROADCAST
// Pair:    ch14_multicast/broadcast_receiver
// Manual:  socket(7) ip(7) sendto(2)
// Next:    ch14_multicast/broadcast_receiver
#include <unistd.h>

#include "ch14_multicast/multicast.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"

namespace {

void send_lines(const net::Address& network, bool plain) {
    const auto socket = sys::socket(network.family(), SOCK_DGRAM);
    if (!plain) {
        sys::setsockopt(socket, SOL_SOCKET, SO_BROADCAST, 1);  // [1]
    }
    net::LineReader lines{STDIN_FILENO, 1400};
    while (const auto line = lines.next()) {
        sys::sendto(socket, net::bytes(line->text), 0, network);  // [2]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[ADDRESS [PORT [plain]]]", 3}, [](app::Args args) {
        const bool plain = app::choice(args, 2, {"plain"}, 1) == 0;
        send_lines(multicast::destination(args, "127.255.255.255"), plain);
    });
}
