// reuse_server.cpp - an echo server that sets SO_REUSEADDR, SO_REUSEPORT or neither for its port.
//
// Look for
//   [1] the option must be set before bind();
//   [2] SO_REUSEADDR: bind() ignores connections in TIME-WAIT, if they had it set too;
//   [3] SO_REUSEPORT: servers that all set it may listen on the same port.
//
// Usage:   reuse_server [PORT [ADDRESS [plain | reuseaddr | reuseport]]]
// Pair:    ch04_tcp/echo_client
// Manual:  socket(7) bind(2) tcp(7)
// Next:    ch09_options/time_wait
#include <array>

#include "common/accepting.hpp"
#include "common/echo.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"

namespace {

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    net::echo_until_closed(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void serve_next(const net::Fd& listener) try {
    serve(sys::accept(listener));
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

// 0 for none.
int chosen_option(app::Args args) {
    constexpr std::array options{0, SO_REUSEADDR, SO_REUSEPORT};  // [2] [3]
    return options.at(app::choice(args, 2, {"plain", "reuseaddr", "reuseport"}, 1));
}

void serve_one_after_another(const net::Address& local, int option) {
    const auto listener = sys::socket(local.family(), SOCK_STREAM);
    if (option != 0) {
        sys::setsockopt(listener, SOL_SOCKET, option, 1);  // [1]
    }
    sys::bind(listener, local);
    sys::listen(listener);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [plain | reuseaddr | reuseport]]]", 3},
                    [](app::Args args) {
                        serve_one_after_another(app::server_address(args), chosen_option(args));
                    });
}
