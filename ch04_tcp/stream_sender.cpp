// stream_sender.cpp - sends each of its arguments with one send(), then says what TCP made of it.
//
// Look for
//   [1] one send() for each message: where a message ends is not sent;
//   [2] segments are a third count: neither the messages nor the receiver's recv() calls.
//
// Usage:   stream_sender [HOST [PORT [MESSAGE...]]]     default: hello hello hello
// Pair:    ch04_tcp/stream_receiver
// Manual:  send(2) tcp(7)
// Next:    ch04_tcp/fixed_record_server
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void send_messages(const net::Fd& receiver, app::Args messages) {
    std::size_t bytes = 0;
    for (const auto& message : messages) {
        net::send_all(receiver, net::bytes(message));  // [1]
        bytes += message.size();
    }
    sys::shutdown(receiver, SHUT_WR);

    // The receiver closes when it has read everything: only then are all segments counted.
    std::array<std::byte, 1> end;
    (void)net::recv(receiver, end);
    const auto info = sys::getsockopt<tcp_info>(receiver, IPPROTO_TCP, TCP_INFO);
    app::note(messages.size(), " messages, ", bytes, " bytes, ", info.tcpi_data_segs_out,
              " segments");  // [2]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[HOST [PORT [MESSAGE...]]]", 100'000}, [](app::Args args) {
        static const std::array<std::string, 3> hello{"hello", "hello", "hello"};
        const auto messages = args.size() > 2 ? args.subspan(2) : app::Args{hello};
        send_messages(net::tcp_connect(app::client_addresses(args)), messages);
    });
}
