// packet_client.cpp - sends each line of its input as a packet: length, then bytes.
//
// Look for
//   [1] htonl() puts the length into network order; exactly that many bytes follow:
//       no padding, no '\n', and any byte is allowed.
//
// Usage:   packet_client [HOST [PORT]] <lines
// Pair:    ch04_tcp/packet_server
// Manual:  byteorder(3) recv(2) send(2)
// Next:    ch04_tcp/calculator_server
#include <arpa/inet.h>

#include <cstdint>

#include "ch04_tcp/messages.hpp"
#include "common/io.hpp"

namespace {

std::string receive_packet(const net::Fd& server) {
    std::uint32_t header = 0;
    messages::receive_all(server, std::as_writable_bytes(std::span{&header, 1}),
                          messages::no_answer);
    const auto length = ntohl(header);
    if (length > 1024) {
        throw std::runtime_error{"the server announced " + std::to_string(length) + " bytes"};
    }
    std::string text(length, '\0');
    messages::receive_all(server, std::as_writable_bytes(std::span{text}), messages::no_answer);
    return text;
}

std::string exchange(const net::Fd& server, const std::string& line) {
    const auto header = htonl(static_cast<std::uint32_t>(line.size()));  // [1]
    net::send_all(server, std::as_bytes(std::span{&header, 1}));
    net::send_all(server, net::bytes(line));
    return receive_packet(server);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { messages::talk(args, 1024, exchange); });
}
