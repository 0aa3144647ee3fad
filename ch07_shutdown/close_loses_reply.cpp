// close_loses_reply.cpp - what is lost when one end simply calls close().
//
// Look for
//   [1] A has closed, so nobody gets B's answer: the first send() succeeds, RST comes
//       back, and the next send() fails;
//   [2] A closes with unread input: its kernel sends RST instead of FIN, and throws away
//       what A has sent and B has not received yet;
//   [3] A closes after it has read its input: FIN follows the last byte, and B gets all bytes.
//
// Usage:   close_loses_reply
// Manual:  close(2) send(2) tcp(7)
// Next:    ch08_names/name_to_address
#include <array>
#include <system_error>
#include <vector>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp_pair.hpp"
#include "common/tcp_state.hpp"

namespace {

void try_send(const net::Fd& b) try {
    const auto count = sys::send(b, net::bytes("answer"));
    app::say("  B send: ", count, " bytes");
    net::wait_until_acknowledged(b);
} catch (const std::system_error& error) {
    app::say("  B ", error.what());
}

// Says how many bytes come, and how the stream ends.
void receive_all(const net::Fd& b) {
    std::vector<std::byte> buffer(65536);
    std::size_t sum = 0;
    try {
        while (const auto count = sys::recv(b, buffer)) {
            sum += count;
        }
        app::say("  B recv: ", sum, " bytes, then the end of the stream");
    } catch (const std::system_error& error) {
        app::say("  B recv: ", sum, " bytes, then ", error.code().message());
    }
}

void try_read(int closed_fd) try {
    std::array<std::byte, 1> byte;
    app::say("  A read: ", sys::read(closed_fd, byte), " bytes");
} catch (const std::system_error& error) {
    app::say("  A ", error.what());
}

void try_write(int closed_fd) try {
    app::say("  A write: ", sys::write(closed_fd, net::bytes("more")), " bytes");
} catch (const std::system_error& error) {
    app::say("  A ", error.what());
}

void close_before_the_answer() {
    app::say("A asks, and closes");
    auto pair = net::tcp_pair();
    const int number = pair.near.get();
    net::send_all(pair.near, net::bytes("question"));
    pair.near.reset();  // close()
    receive_all(pair.far);
    app::say("  B is ", net::tcp_state(pair.far));
    try_send(pair.far);
    try_send(pair.far);  // [1]
    try_read(number);
    try_write(number);
}

// A, the near end, sends more than the buffers of both kernels hold. Then B sends, too.
net::TcpPair pair_with_full_buffers() {
    auto pair = net::tcp_pair();
    const std::vector<std::byte> bytes(8'000'000);
    app::say("  A send: ", sys::send(pair.near, bytes, MSG_DONTWAIT), " bytes");
    net::send_all(pair.far, net::bytes("unread"));
    net::wait_until_acknowledged(pair.far);
    return pair;
}

void close_with_unread_input() {
    app::say("A sends, and closes with input unread");
    auto pair = pair_with_full_buffers();
    pair.near.reset();
    receive_all(pair.far);  // [2]
}

void close_after_reading() {
    app::say("A sends, reads its input, and closes");
    auto pair = pair_with_full_buffers();
    std::array<std::byte, 64> buffer;
    app::say("  A recv: ", sys::recv(pair.near, buffer), " bytes");
    pair.near.reset();
    receive_all(pair.far);  // [3]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        close_before_the_answer();
        close_with_unread_input();
        close_after_reading();
    });
}
