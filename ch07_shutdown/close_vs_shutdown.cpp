// close_vs_shutdown.cpp - close() gives back one descriptor, shutdown() ends the stream.
//
// Look for
//   [1] while a second descriptor refers to the socket, close() sends nothing: the stream
//       goes on, and the second descriptor can still send;
//   [2] the last close() sends FIN;
//   [3] shutdown() sends FIN at once, although both descriptors are still open.
//
// Usage:   close_vs_shutdown
// Manual:  close(2) shutdown(2) dup(2)
// Next:    ch07_shutdown/close_loses_reply
#include <array>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

void try_send(const char* who, const net::Fd& fd) try {
    app::say("  ", who, " send: ", sys::send(fd, net::bytes("hello")), " bytes");
} catch (const std::system_error& error) {
    app::say("  ", who, " ", error.what());
}

void far_recv(const net::Fd& far) {
    std::array<std::byte, 64> buffer;
    const auto count = sys::recv(far, buffer);
    app::say("  far recv: ", count, " bytes, ", net::tcp_state(far));
}

void close_twice() {
    auto pair = net::tcp_pair();
    auto second = sys::dup(pair.near);
    pair.near.reset();
    app::say("close of the first descriptor");
    try_send("second", second);
    far_recv(pair.far);  // [1]
    second.reset();
    app::say("close of the second descriptor");
    far_recv(pair.far);  // [2]
}

void shut_down_once() {
    const auto pair = net::tcp_pair();
    const auto second = sys::dup(pair.near);
    sys::shutdown(pair.near, SHUT_WR);
    app::say("shutdown through the first descriptor");
    far_recv(pair.far);  // [3]
    try_send("second", second);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        close_twice();
        shut_down_once();
    });
}
