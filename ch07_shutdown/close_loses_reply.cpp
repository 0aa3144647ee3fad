// close_loses_reply.cpp - close() as the last word: what it cuts off, in both directions.
//
// Look for
//   [1] A has closed, so B's answer meets nobody: the first send is taken, RST
//       comes back, the next send fails;
//   [2] A closes with input unread: the kernel sends RST in the place of FIN and
//       throws away what A has sent and B has not got yet;
//   [3] A has read everything: FIN follows the last byte, and B gets all of it.
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

// All that comes, and how it ends.
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

void close_before_the_answer() {
    app::say("A asks, and closes");
    auto pair = net::tcp_pair();
    const int number = pair.near.get();
    net::send_all(pair.near, net::bytes("question"));
    pair.near.reset();
    receive_all(pair.far);
    app::say("  B is ", net::tcp_state(pair.far));
    try_send(pair.far);
    try_send(pair.far);  // [1]
    try {
        std::array<std::byte, 1> byte;
        app::say("  A reads: ", sys::read(number, byte));
    } catch (const std::system_error& error) {
        app::say("  A ", error.what());
    }
}

// A, the near end, sends more than both kernels' buffers hold; B speaks before A
// closes.
void close_after_sending(bool reads_before) {
    auto pair = net::tcp_pair();
    const std::vector<std::byte> bytes(8'000'000);
    app::say("  A send: ", sys::send(pair.near, bytes, MSG_DONTWAIT), " bytes");
    net::send_all(pair.far, net::bytes("unread"));
    net::wait_until_acknowledged(pair.far);
    if (reads_before) {
        std::vector<std::byte> buffer(64);
        app::say("  A recv: ", sys::recv(pair.near, buffer), " bytes");
    }
    pair.near.reset();
    receive_all(pair.far);  // [2] [3]
}

void close_three_times() {
    close_before_the_answer();
    app::say("A sends, and closes with input unread");
    close_after_sending(false);
    app::say("A sends, reads its input, and closes");
    close_after_sending(true);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { close_three_times(); });
}
