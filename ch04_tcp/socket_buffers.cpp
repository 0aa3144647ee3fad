// socket_buffers.cpp - where the bytes are after send(), and what close() does with them.
//
// Look for
//   [1] send() returns when the kernel has copied the bytes; the peer's program has read none;
//   [2] what does not fit into the peer's receive buffer has not even left the send buffer;
//   [3] each socket has two buffers of its own: the other direction is still free;
//   [4] close() returns at once, and the kernel still sends what is left;
//   [5] with unread input, or SO_LINGER 0, the kernel sends RST and throws away what is left.
//
// Usage:   socket_buffers
// Manual:  tcp(7), there SIOCINQ and SIOCOUTQ; send(2) close(2) socket(7)
// Next:    ch04_tcp/receive_window
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/time.h>

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

// Bytes in the send buffer: not yet sent, or not yet acknowledged.
int unacknowledged(const net::Fd& fd) {
    int count = 0;
    sys::check(ioctl(fd.get(), SIOCOUTQ, &count), "ioctl SIOCOUTQ");
    return count;
}

void say_buffers(const char* who, const net::Fd& fd) {
    app::say("  ", who, ": ", net::unread(fd), " in the receive buffer, ", unacknowledged(fd),
             " in the send buffer");
}

// A is the near end, B the far one.
void say_buffers(const net::TcpPair& pair) {
    net::wait_until_acknowledged(pair.near);
    net::wait_until_acknowledged(pair.far);
    say_buffers("A", pair.near);
    say_buffers("B", pair.far);
}

// Sends until send() would wait, and returns how many bytes that were.
std::size_t fill(const net::Fd& fd) {
    const std::vector<std::byte> block(65536);
    std::size_t sum = 0;
    while (const auto count = net::try_send(fd, block)) {
        sum += *count;
    }
    return sum;
}

void send_without_a_reader() {
    const auto pair = net::tcp_pair();
    // If tcp_rmem and tcp_wmem (tcp(7)) leave no room for the block, send() would wait for ever.
    sys::setsockopt(pair.near, SOL_SOCKET, SO_SNDTIMEO, timeval{.tv_sec = 1, .tv_usec = 0});
    const std::vector<std::byte> block(20'000);
    const auto begin = std::chrono::steady_clock::now();
    const auto count = net::send(pair.near, block);
    const std::chrono::nanoseconds time = std::chrono::steady_clock::now() - begin;
    const auto* what = count == block.size() ? " bytes, " : " of 20000 bytes: no room for more, ";
    app::say("A send: ", count, what, time.count() / 1000, " us");
    say_buffers(pair);  // [1]
    app::say("A sends until there is no room: ", fill(pair.near), " bytes more");
    say_buffers(pair);  // [2]
    net::send_all(pair.far, net::bytes("hello"));
    app::say("B send: 5 bytes");
    say_buffers(pair);  // [3]
    app::say("another connection");
    say_buffers(net::tcp_pair());
}

// Says how many bytes come, and how the stream ends.
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

// prepare is what happens before the close, when A's end is full of what it has sent.
void close_when_full(const char* how, void (*prepare)(const net::TcpPair&)) {
    auto pair = net::tcp_pair();
    app::say(how, ", having sent ", fill(pair.near), " bytes");
    prepare(pair);
    say_buffers(pair);
    pair.near.reset();  // close()
    receive_all(pair.far);
}

void close_with_full_buffers() {
    close_when_full("A closes", [](const net::TcpPair&) {});  // [4]
    close_when_full("A closes with input unread", [](const net::TcpPair& pair) {
        net::send_all(pair.far, net::bytes("?"));  // [5]
    });
    close_when_full("A closes with SO_LINGER 0", [](const net::TcpPair& pair) {
        const linger no_time{.l_onoff = 1, .l_linger = 0};
        sys::setsockopt(pair.near, SOL_SOCKET, SO_LINGER, no_time);  // [5]
    });
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        send_without_a_reader();
        close_with_full_buffers();
    });
}
