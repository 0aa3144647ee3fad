// receive_window.cpp - a sender that is faster than its receiver, and what holds it back.
//
// Look for
//   [1] the receiver does not read: its window falls to 0, and then send() would wait;
//   [2] reads make room, and of a little room the receiver's kernel says nothing: an
//       ACK answers a segment, not a read;
//   [3] when there is enough it sends a window update, and the sender goes on;
//   [4] far more than the buffer holds arrives, in order, and nothing is lost.
//
// Usage:   receive_window
// Manual:  tcp(7); socket(7), there SO_RCVBUF
// Next:    ch04_tcp/recv_flags
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>
#include <utility>
#include <vector>

#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

// near sends, far receives. An accepted socket has the size of its listener's buffer;
// it must be small before the first window is told, for no window is taken back.
net::TcpPair pair_with_small_window() {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    sys::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, 8192);
    auto sender = net::tcp_connect(sys::getsockname(listener));
    sys::setsockopt(sender, SOL_SOCKET, SO_SNDBUF, 65536);
    return {std::move(sender), sys::accept(listener).fd};
}

// What the kernel counts; linux/tcp.h, because the tcp_info of netinet/tcp.h is shorter.
tcp_info counts(const net::Fd& fd) {
    return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO);
}

void show(const net::TcpPair& pair) {
    app::say("  ", net::unread(pair.far), " bytes unread, the window is ",
             counts(pair.near).tcpi_snd_wnd);
}

// Sends from rest until send would wait or nothing is left, and takes it off.
void send_what_goes(const net::Fd& sender, std::span<const std::byte>& rest) {
    while (!rest.empty()) {
        const auto count = net::try_send(sender, rest);
        if (!count) {
            return;
        }
        rest = rest.subspan(*count);
    }
}

void receive(const net::Fd& receiver, std::size_t most, std::vector<std::byte>& all) {
    std::array<std::byte, 8192> buffer;
    const auto got = std::span{buffer}.first(net::recv(receiver, std::span{buffer}.first(most)));
    all.insert(all.end(), got.begin(), got.end());
}

// The receiver reads 64 bytes at a time, most times at most, or until new bytes come.
void read_little(const net::TcpPair& pair, int most, std::vector<std::byte>& all) {
    const auto before = counts(pair.far);
    int reads = 0;
    while (reads < most && counts(pair.far).tcpi_bytes_received == before.tcpi_bytes_received) {
        receive(pair.far, 64, all);
        ++reads;
    }
    const auto after = counts(pair.far);
    app::say(reads, " reads of 64 bytes: ", after.tcpi_segs_in - before.tcpi_segs_in,
             " segments came, ", after.tcpi_segs_out - before.tcpi_segs_out, " went out");
    show(pair);
}

// Bytes that tell their place; no buffer is a multiple of 251 long.
std::vector<std::byte> numbered_bytes(std::size_t count) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < count; ++i) {
        bytes.push_back(static_cast<std::byte>(i % 251));
    }
    return bytes;
}

void send_to_a_slow_receiver() {
    const auto pair = pair_with_small_window();
    const auto bytes = numbered_bytes(1'000'000);
    std::span<const std::byte> rest{bytes};
    std::vector<std::byte> received;
    show(pair);

    send_what_goes(pair.near, rest);
    while (counts(pair.near).tcpi_snd_wnd != 0) {
        // a last piece may wait for a timer of the sender's kernel, 200 ms
    }
    app::say("send would wait after ", bytes.size() - rest.size(), " bytes");
    show(pair);  // [1]

    read_little(pair, 40, received);    // [2]
    read_little(pair, 1000, received);  // [3]

    while (received.size() < bytes.size()) {
        send_what_goes(pair.near, rest);
        receive(pair.far, 8192, received);
    }
    app::say(received.size(), " bytes received, ",
             received == bytes ? "as they were sent" : "not as they were sent");  // [4]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { send_to_a_slow_receiver(); });
}
