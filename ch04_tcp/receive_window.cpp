// receive_window.cpp - a sender that is faster than its receiver, and what holds it back.
//
// Look for
//   [1] the receiver does not read: its window falls to 0, and then send() would wait;
//   [2] reads make room, but a little room is not announced: an ACK answers a segment,
//       not a read;
//   [3] when there is enough room the receiver's kernel sends a window update;
//   [4] far more bytes than the buffer can hold arrive, in order, and none is lost.
//
// Usage:   receive_window
// Manual:  tcp(7); socket(7), there SO_RCVBUF
// Next:    ch04_tcp/recv_flags
#include <linux/tcp.h>
#include <netinet/in.h>

#include <optional>
#include <utility>
#include <vector>

#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"
#include "common/waiting.hpp"

namespace {

// The near end sends, the far end receives. The buffer must be small before the first window is
// announced, because a window is never taken back: so it is set on the listener, and the accepted
// socket inherits it.
net::TcpPair pair_with_small_window() {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    sys::setsockopt(listener, SOL_SOCKET, SO_RCVBUF, 8192);
    auto sender = net::tcp_connect(sys::getsockname(listener));
    sys::setsockopt(sender, SOL_SOCKET, SO_SNDBUF, 65536);
    return {std::move(sender), sys::accept(listener).fd};
}

// What the kernel counts. The tcp_info of netinet/tcp.h lacks some members: hence linux/tcp.h.
tcp_info info_of(const net::Fd& fd) {
    return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO);
}

void say_window(const net::TcpPair& pair) {
    app::say("  ", net::unread(pair.far), " bytes unread, the window is ",
             info_of(pair.near).tcpi_snd_wnd);
}

// Sends until send() would wait or nothing is left. Returns what is left.
std::span<const std::byte> send_while_possible(const net::Fd& sender,
                                               std::span<const std::byte> bytes) {
    std::optional<std::size_t> count = 0;
    while (count && !bytes.empty()) {
        count = net::try_send(sender, bytes);
        bytes = bytes.subspan(count.value_or(0));
    }
    return bytes;
}

void receive(const net::Fd& receiver, std::size_t most, std::vector<std::byte>& received) {
    std::vector<std::byte> buffer(most);
    buffer.resize(net::recv(receiver, buffer));
    received.insert(received.end(), buffer.begin(), buffer.end());
}

// Reads 64 bytes at a time until new bytes come, but not more than most_reads times.
void read_slowly(const net::TcpPair& pair, int most_reads, std::vector<std::byte>& received) {
    const auto before = info_of(pair.far);
    auto after = before;
    int reads = 0;
    for (; reads < most_reads && after.tcpi_bytes_received == before.tcpi_bytes_received; ++reads) {
        receive(pair.far, 64, received);
        after = info_of(pair.far);
    }
    app::say(reads, " reads of 64 bytes: ", after.tcpi_segs_in - before.tcpi_segs_in,
             " segments came, ", after.tcpi_segs_out - before.tcpi_segs_out, " went out");
    say_window(pair);
}

// A lost or repeated piece would show: no buffer has a size that is a multiple of 251.
std::vector<std::byte> numbered_bytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::byte>(i % 251);
    }
    return bytes;
}

void send_to_a_slow_receiver() {
    const auto pair = pair_with_small_window();
    const auto sent = numbered_bytes(1'000'000);
    std::vector<std::byte> received;
    say_window(pair);

    auto rest = send_while_possible(pair.near, sent);
    // The sender's kernel may keep a last small piece for 200 ms.
    net::wait_until("a window of 0", [&pair] { return info_of(pair.near).tcpi_snd_wnd == 0; });
    app::say("send would wait after ", sent.size() - rest.size(), " bytes");
    say_window(pair);  // [1]

    read_slowly(pair, 40, received);    // [2]
    read_slowly(pair, 1000, received);  // [3]

    while (received.size() < sent.size()) {
        rest = send_while_possible(pair.near, rest);
        receive(pair.far, 8192, received);
    }
    app::say(received.size(), " bytes received, ",
             received == sent ? "as they were sent" : "not as they were sent");  // [4]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { send_to_a_slow_receiver(); });
}
