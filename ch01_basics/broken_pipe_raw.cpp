// broken_pipe_raw.cpp - sends to a peer that has left, and is killed by SIGPIPE.
//
// Wrong on purpose:
//   [1] the first send after the peer's close succeeds: our kernel knows of no error yet;
//   [2] the peer answers it with a reset; after that, send with MSG_NOSIGNAL fails: EPIPE;
//   [3] without MSG_NOSIGNAL the same send kills the program, and nothing is printed.
//
// Usage:   broken_pipe_raw
// Manual:  send(2) signal(7)
// Next:    ch01_basics/descriptor_numbers
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "common/address.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/waiting.hpp"

namespace {

void send_to_nobody() {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    const auto ours = net::tcp_connect(sys::getsockname(listener));
    sys::accept(listener).fd.reset();  // the peer's end, closed at once

    if (::send(ours.get(), "x", 1, 0) == 1) {  // [1]
        app::say("after the peer's close: sent");
    }
    net::wait_until("the peer's reset",
                    [&ours] { return ::send(ours.get(), "x", 1, MSG_NOSIGNAL) == -1; });  // [2]
    app::say("after its reset: ", std::strerror(errno));
    ::send(ours.get(), "x", 1, 0);  // [3]
    app::say("never printed");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { send_to_nobody(); });
}
