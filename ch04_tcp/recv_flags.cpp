// recv_flags.cpp - what recv() can do and read() cannot: flags, for sockets only.
//
// Look for
//   [1] read() takes any descriptor, recv() only a socket;
//   [2] MSG_PEEK copies the bytes and leaves them; MSG_DONTWAIT does not wait;
//   [3] MSG_WAITALL waits until the buffer is full;
//   [4] MSG_TRUNC takes bytes out of a TCP stream and copies none;
//   [5] MSG_OOB gets the urgent byte: the last one of its send(), beside the stream.
//
// Usage:   recv_flags
// Manual:  recv(2) read(2) tcp(7)
// Next:    ch04_tcp/segment_watch
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
#include "common/waiting.hpp"

namespace {

// Returns when the text has arrived.
void send(const net::Fd& fd, std::string_view text, int flags = 0) {
    (void)net::send(fd, net::bytes(text), flags);
    net::wait_until_acknowledged(fd);
}

// One recv() into a buffer full of dots: what is still a dot afterwards was not written.
void receive(const char* how, const net::Fd& fd, std::size_t size, int flags) try {
    std::string buffer(size, '.');
    const auto count = net::recv(fd, std::as_writable_bytes(std::span{buffer}), flags);
    app::say("  ", how, ": ", count, ", buffer ", buffer);
} catch (const std::system_error& error) {
    app::say("  ", how, ": ", error.code().message());
}

void compare_with_read() {
    std::array<std::byte, 4> buffer;
    app::say("a file");
    const auto file = sys::open("/proc/self/exe", O_RDONLY);
    app::say("  read: ", sys::read(file, buffer));
    receive("recv", file, 4, 0);  // [1]

    app::say("a socket, sent: hello");
    const auto pair = net::tcp_pair();
    send(pair.near, "hello");
    app::say("  read: ", sys::read(pair.far, buffer));
    receive("recv", pair.far, 4, 0);
}

void look_and_take() {
    app::say("sent: hello");
    const auto pair = net::tcp_pair();
    send(pair.near, "hello");
    receive("MSG_PEEK", pair.far, 8, MSG_PEEK);  // [2]
    receive("MSG_PEEK", pair.far, 8, MSG_PEEK);
    receive("recv", pair.far, 8, 0);
    receive("MSG_DONTWAIT", pair.far, 8, MSG_DONTWAIT);
}

// A second thread sends "lo" as soon as this one has taken "hel".
void receive_two_pieces(const char* how, int flags) {
    const auto pair = net::tcp_pair();
    send(pair.near, "hel");
    const std::jthread sender{[&pair] {
        net::wait_until("recv to take hel", [&pair] { return net::unread(pair.far) == 0; });
        send(pair.near, "lo");
    }};
    receive(how, pair.far, 5, flags);
}

void wait_for_two_pieces() {
    app::say("sent: hel, then lo");
    receive_two_pieces("recv", 0);
    receive_two_pieces("MSG_WAITALL", MSG_WAITALL);  // [3]
}

void throw_away() {
    app::say("sent: hello");
    const auto pair = net::tcp_pair();
    send(pair.near, "hello");
    receive("MSG_TRUNC", pair.far, 3, MSG_TRUNC);  // [4]
    receive("recv", pair.far, 8, 0);
}

void receive_the_urgent_byte() {
    app::say("sent with MSG_OOB: 12");
    const auto pair = net::tcp_pair();
    send(pair.near, "12", MSG_OOB);
    receive("MSG_OOB", pair.far, 8, MSG_OOB);  // [5]
    receive("recv", pair.far, 8, 0);
    receive("MSG_OOB", pair.far, 8, MSG_OOB);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        compare_with_read();
        look_and_take();
        wait_for_two_pieces();
        throw_away();
        receive_the_urgent_byte();
    });
}
