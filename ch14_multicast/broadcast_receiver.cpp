// broadcast_receiver.cpp - prints what is sent to a broadcast address, and ends when nothing comes.
//
// Look for
//   [1] there is nothing to join: a broadcast goes to every host of the network;
//   [2] SO_REUSEADDR: a port may have several receivers, and each gets its own copy;
//   [3] bound to the broadcast address, a socket gets only broadcasts; bound to the host's own
//       address, only the others; bound to 0.0.0.0, both.
//
// Usage:   broadcast_receiver [PORT [ADDRESS [SECONDS-OF-SILENCE]]]
// Pair:    ch14_multicast/broadcast_sender
// Manual:  ip(7) socket(7)
// Next:    ch14_multicast/multicast_router
#include <array>
#include <string>

#include "ch14_multicast/multicast.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"

namespace {

void receive(const net::Address& local, long seconds) {
    const auto socket = sys::socket(local.family(), SOCK_DGRAM);  // [1]
    sys::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, 1);         // [2]
    sys::bind(socket, local);                                     // [3]
    app::say("listening on ", sys::getsockname(socket));
    multicast::say_until_silence(socket, seconds);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [SECONDS-OF-SILENCE]]]", 3}, [](app::Args args) {
        const auto seconds = app::number(args, 2, "SECONDS-OF-SILENCE", 1, 86400, 60);
        const std::array local{args.empty() ? "9190" : args[0],
                               args.size() < 2 ? "127.255.255.255" : args[1]};
        receive(app::server_address(local), seconds);
    });
}
