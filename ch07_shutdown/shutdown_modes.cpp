// shutdown_modes.cpp - SHUT_RD, SHUT_WR and SHUT_RDWR: what each end can still do.
//
// Look for
//   [1] SHUT_RD sends nothing: the far end does not notice, and what it sends later can
//       still be read;
//   [2] SHUT_WR sends FIN: the far end's recv() returns 0, and it may go on sending;
//   [3] after SHUT_RDWR, what the far end sends is answered with RST;
//   [4] the descriptor is still open: shutdown() does not replace close().
//
// Usage:   shutdown_modes
// Manual:  shutdown(2) send(2) recv(2) tcp(7)
// Next:    ch07_shutdown/close_vs_shutdown
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

void try_send(const char* end, const net::Fd& fd) try {
    const auto count = sys::send(fd, net::bytes("hello"));
    app::say("  ", end, " send: ", count, " bytes");
    net::wait_until_acknowledged(fd);
} catch (const std::system_error& error) {
    app::say("  ", end, " ", error.what());
}

void try_recv(const char* end, const net::Fd& fd) try {
    std::array<std::byte, 64> buffer;
    app::say("  ", end, " recv: ", sys::recv(fd, buffer), " bytes");
} catch (const std::system_error& error) {
    app::say("  ", end, " ", error.what());
}

unsigned segments_sent(const net::Fd& fd) {
    return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO).tcpi_segs_out;
}

void try_shutdown(const net::Fd& fd, int how) try {
    const auto before = segments_sent(fd);
    sys::shutdown(fd, how);
    net::wait_until_acknowledged(fd);
    app::say("  segments sent: ", segments_sent(fd) - before);
} catch (const std::system_error& error) {
    app::say("  ", error.what());
}

void say_states(const net::TcpPair& pair) {
    app::say("  near ", net::tcp_state(pair.near), ", far ", net::tcp_state(pair.far));
}

void stop_reading() {
    app::say("SHUT_RD, ", int{SHUT_RD});
    const auto pair = net::tcp_pair();
    try_shutdown(pair.near, SHUT_RD);
    say_states(pair);
    try_recv("near", pair.near);
    try_send("far", pair.far);
    try_recv("near", pair.near);  // [1]
    try_recv("near", pair.near);
    try_send("near", pair.near);
    try_recv("far", pair.far);
}

void stop_writing() {
    app::say("SHUT_WR, ", int{SHUT_WR});
    const auto pair = net::tcp_pair();
    try_shutdown(pair.near, SHUT_WR);
    say_states(pair);
    try_send("near", pair.near);
    try_recv("far", pair.far);  // [2]
    try_send("far", pair.far);
    try_recv("near", pair.near);
}

void stop_both() {
    app::say("SHUT_RDWR, ", int{SHUT_RDWR});
    const auto pair = net::tcp_pair();
    try_shutdown(pair.near, SHUT_RDWR);
    say_states(pair);
    try_recv("near", pair.near);
    try_send("near", pair.near);
    try_recv("far", pair.far);
    try_send("far", pair.far);
    try_send("far", pair.far);  // [3]
    say_states(pair);           // [4]
}

void try_all() {
    stop_reading();
    stop_writing();
    stop_both();
    app::say("not connected");
    try_shutdown(sys::socket(AF_INET, SOCK_STREAM), SHUT_WR);
    app::say("7 is not a direction");
    try_shutdown(net::tcp_pair().near, 7);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { try_all(); });
}
