// recv_flags.cpp - what recv() has that read() has not: flags, on sockets only.
//
// Look for
//   [1] recv() knows sockets only, read() any descriptor;
//   [2] MSG_PEEK copies and leaves; MSG_DONTWAIT does not wait; MSG_WAITALL waits
//       until the buffer is full;
//   [3] MSG_TRUNC throws the bytes of a TCP stream away uncopied;
//   [4] MSG_OOB is one byte, the last of its send, beside the stream.
//
// Usage:   recv_flags
// Manual:  recv(2) read(2) tcp(7)
// Next:    ch04_tcp/lossy_link

#include <array>
#include <string>
#include <system_error>
#include <thread>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

std::string text(std::span<const std::byte> bytes) {
    std::string result;
    for (const auto byte : bytes) {
        result += static_cast<char>(byte);
    }
    return app::printable(result);
}

// Sent, and arrived.
void send(const net::Fd& fd, std::string_view bytes, int flags = 0) {
    (void)net::send(fd, net::bytes(bytes), flags);
    net::wait_until_acknowledged(fd);
}

// One recv into a buffer of dots.
void receive(const char* how, const net::Fd& fd, std::size_t size, int flags) try {
    std::array<std::byte, 16> buffer;
    buffer.fill(std::byte{'.'});
    const auto count = net::recv(fd, std::span{buffer}.first(size), flags);
    app::say("  ", how, ": ", count, ", buffer ", text(std::span{buffer}.first(size)));
} catch (const std::system_error& error) {
    app::say("  ", how, ": ", error.code().message());
}

void on_a_file() {
    app::say("a file");
    const auto file = sys::open("/proc/self/exe", O_RDONLY);
    std::array<std::byte, 4> buffer;
    app::say("  read: ", sys::read(file, buffer));
    receive("recv", file, 4, 0);  // [1]
}

void look_or_take() {
    const auto pair = net::tcp_pair();
    app::say("sent: hello");
    send(pair.near, "hello");
    receive("MSG_PEEK", pair.far, 8, MSG_PEEK);  // [2]
    receive("MSG_PEEK", pair.far, 8, MSG_PEEK);
    receive("recv", pair.far, 8, 0);
    receive("MSG_DONTWAIT", pair.far, 8, MSG_DONTWAIT);
}

// The second piece is sent when the first has been taken.
void in_two_pieces(const char* how, int flags) {
    const auto pair = net::tcp_pair();
    send(pair.near, "hel");
    const std::jthread sender{[&] {
        while (net::unread(pair.far) != 0) {
        }
        send(pair.near, "lo");
    }};
    receive(how, pair.far, 5, flags);
}

void throw_away() {
    const auto pair = net::tcp_pair();
    app::say("sent: hello");
    send(pair.near, "hello");
    receive("MSG_TRUNC", pair.far, 3, MSG_TRUNC);  // [3]
    receive("recv", pair.far, 8, 0);
}

void out_of_band() {
    const auto pair = net::tcp_pair();
    app::say("sent with MSG_OOB: 12");
    send(pair.near, "12", MSG_OOB);
    receive("MSG_OOB", pair.far, 8, MSG_OOB);  // [4]
    receive("recv", pair.far, 8, 0);
    receive("MSG_OOB", pair.far, 8, MSG_OOB);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        on_a_file();
        look_or_take();
        app::say("sent: hel, then lo");
        in_two_pieces("recv", 0);
        in_two_pieces("MSG_WAITALL", MSG_WAITALL);
        throw_away();
        out_of_band();
    });
}
