// nagle.cpp - what TCP_NODELAY changes (small writes and their answers), and what it does not.
//
// Look for
//   [1] Nagle's rule: while an ACK is missing, less than a full segment waits for it;
//   [2] the ACK waits too, up to 40 ms, for an answer that it can travel with: a client
//       that does write, write, read has to wait for both;
//   [3] one recv still gets what several sends sent: TCP has no messages;
//   [4] a full segment never waits, and a big file is made of full segments.
//
// Usage:   nagle
// Manual:  tcp(7)
// Next:    ch10_multiprocess/fork_copies
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

using Clock = std::chrono::steady_clock;

long microseconds(Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

// What the kernel counts. The tcp_info of netinet/tcp.h, which the notes name, is older and
// has fewer counts than that of linux/tcp.h.
tcp_info counts(const net::Fd& fd) {
    return sys::getsockopt<tcp_info>(fd, IPPROTO_TCP, TCP_INFO);
}

// Segments with data sent so far. Each counts once: if an ACK is late, the kernel may send
// a segment again.
unsigned segments(const net::Fd& fd) {
    const auto info = counts(fd);
    return info.tcpi_data_segs_out - info.tcpi_total_retrans;
}

void send_text(const net::Fd& fd, std::string_view text) {
    net::send_all(fd, net::bytes(text));
}

void receive(const net::Fd& fd, std::size_t count) {
    std::array<std::byte, 16> buffer;
    (void)net::read_exactly(fd, std::span{buffer}.first(count));
}

// A connection that has carried some questions and answers: only then does the kernel begin to
// delay ACKs.
net::TcpPair warm_pair(int no_delay) {
    auto pair = net::tcp_pair();
    sys::setsockopt(pair.near, IPPROTO_TCP, TCP_NODELAY, no_delay);
    for (int round = 0; round < 50; ++round) {
        send_text(pair.near, "?");
        receive(pair.far, 1);
        send_text(pair.far, "!");
        receive(pair.near, 1);
    }
    return pair;
}

void write_ten_times(const char* how, const net::TcpPair& pair) {
    const auto before = segments(pair.near);
    for (int i = 0; i < 10; ++i) {
        send_text(pair.near, "x");  // [1]
    }
    net::wait_until_acknowledged(pair.near);
    std::array<std::byte, 16> buffer;
    const auto got = net::recv(pair.far, buffer);  // [3]
    app::say(how, "ten writes of a byte, ", segments(pair.near) - before,
             " segments, one recv got ", got, " bytes");
}

void write_write_read(const char* how, const net::TcpPair& pair) {
    int held_back = 0;
    const auto begin = Clock::now();
    for (int round = 0; round < 20; ++round) {
        send_text(pair.near, "que");
        send_text(pair.near, "stion");
        if (counts(pair.near).tcpi_notsent_bytes != 0) {
            ++held_back;
        }
        receive(pair.far, 8);  // [2]
        send_text(pair.far, "!");
        receive(pair.near, 1);
    }
    const auto time = microseconds(Clock::now() - begin) / 20;
    app::say(how, "write, write, read: held back in ", held_back, " of 20 rounds, ", time,
             " us a round");
}

void write_a_full_segment(const char* how, const net::TcpPair& pair) {
    const auto full = sys::getsockopt<int>(pair.near, IPPROTO_TCP, TCP_MAXSEG);
    const auto before = segments(pair.near);
    send_text(pair.near, "x");
    net::send_all(pair.near, std::vector<std::byte>(static_cast<std::size_t>(full)));  // [4]
    const auto waiting = counts(pair.near).tcpi_notsent_bytes;
    app::say(how, "a full segment after a byte: ", segments(pair.near) - before,
             " segments at once, ", waiting, " bytes wait");
}

void send_big_file(const char* how, const net::TcpPair& pair) {
    const auto before = segments(pair.near);
    const auto begin = Clock::now();
    const std::vector<std::byte> block(1'000'000);
    std::jthread reader{[&] {
        std::vector<std::byte> buffer(65536);
        while (net::recv(pair.far, buffer) != 0) {
        }
    }};
    // If tcp_wmem (tcp(7)) leaves room for one segment, each one waits for an ACK that is delayed.
    int sent = 0;
    while (sent < 200 && Clock::now() - begin < std::chrono::seconds{10}) {
        net::send_all(pair.near, block);
        ++sent;
    }
    sys::shutdown(pair.near, SHUT_WR);
    reader.join();
    if (sent < 200) {
        throw std::runtime_error{"only " + std::to_string(sent) + " of 200 MB in ten seconds"};
    }
    app::say(how, "200 MB: ", microseconds(Clock::now() - begin) / 1000, " ms, ",
             segments(pair.near) - before, " segments");
}

void say_option() {
    const auto socket = sys::socket(AF_INET, SOCK_STREAM);
    const auto at_first = sys::getsockopt<int>(socket, IPPROTO_TCP, TCP_NODELAY);
    sys::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    app::say("TCP_NODELAY is ", at_first, " at first, then ",
             sys::getsockopt<int>(socket, IPPROTO_TCP, TCP_NODELAY));
}

void compare() {
    say_option();
    for (const auto experiment :
         {write_ten_times, write_write_read, write_a_full_segment, send_big_file}) {
        experiment("Nagle:       ", warm_pair(0));
        experiment("TCP_NODELAY: ", warm_pair(1));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { compare(); });
}
