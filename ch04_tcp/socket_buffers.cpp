// socket_buffers.cpp - where the bytes are after send(), and what close() does with them.
//
// Look for
//   [1] send() returns when the kernel has copied the bytes, and the peer has read none;
//   [2] what the peer's receive buffer has no room for has not even left the send buffer;
//   [3] each socket has two buffers of its own: the other direction is free;
//   [4] close() returns at once, and the kernel still sends what is left;
//   [5] input unread, or SO_LINGER 0: RST, and what was left is thrown away.
//
// Usage:   socket_buffers
// Manual:  tcp(7), there SIOCINQ and SIOCOUTQ; send(2) close(2) socket(7)
// Next:    ch04_tcp/receive_window
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <chrono>
#include <system_error>
#include <vector>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

// Bytes that are sent and not acknowledged, or not yet sent.
int unsent(const net::Fd& fd) {
    int count = 0;
    sys::check(ioctl(fd.get(), SIOCOUTQ, &count), "ioctl SIOCOUTQ");
    return count;
}

void show(const char* who, const net::Fd& fd) {
    app::say("  ", who, ": ", net::unread(fd), " in the receive buffer, ", unsent(fd),
             " in the send buffer");
}

void show(const net::TcpPair& pair) {
    net::wait_until_acknowledged(pair.near);
    net::wait_until_acknowledged(pair.far);
    show("A", pair.near);
    show("B", pair.far);
}

// Until send would wait.
std::size_t send_all_that_goes(const net::Fd& fd) {
    const std::vector<std::byte> block(65536);
    std::size_t sum = 0;
    while (const auto count = net::try_send(fd, block)) {
        sum += *count;
    }
    return sum;
}

void send_to_who_does_not_read() {
    const auto pair = net::tcp_pair();
    const auto begin = std::chrono::steady_clock::now();
    const auto count = net::send(pair.near, std::vector<std::byte>(20'000));
    const std::chrono::nanoseconds time = std::chrono::steady_clock::now() - begin;
    app::say("A send: ", count, " bytes, ", time.count() / 1000, " us");
    show(pair);  // [1]
    app::say("A sends until there is no room: ", send_all_that_goes(pair.near), " bytes more");
    show(pair);  // [2]
    net::send_all(pair.far, net::bytes("hello"));
    app::say("B send: 5 bytes");
    show(pair);  // [3]
    app::say("another connection");
    show(net::tcp_pair());
}

// All that comes, and how it ends.
void receive_all(const net::Fd& fd) {
    std::vector<std::byte> buffer(65536);
    std::size_t sum = 0;
    try {
        while (const auto count = net::recv(fd, buffer)) {
            sum += count;
        }
        app::say("  B recv: ", sum, " bytes, then the end of the stream");
    } catch (const std::system_error& error) {
        app::say("  B recv: ", sum, " bytes, then ", error.code().message());
    }
}

void close_with_a_full_buffer(const char* how, bool input_unread, bool linger_zero) {
    auto pair = net::tcp_pair();
    app::say(how, ", having sent ", send_all_that_goes(pair.near), " bytes");
    if (input_unread) {
        net::send_all(pair.far, net::bytes("?"));
    }
    if (linger_zero) {
        sys::setsockopt(pair.near, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
    }
    show(pair);
    pair.near.reset();      // close()
    receive_all(pair.far);  // [4] [5]
}

void look_into_the_buffers() {
    send_to_who_does_not_read();
    close_with_a_full_buffer("A closes", false, false);
    close_with_a_full_buffer("A closes with input unread", true, false);
    close_with_a_full_buffer("A closes with SO_LINGER 0", false, true);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { look_into_the_buffers(); });
}
