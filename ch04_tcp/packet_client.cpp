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
#include <unistd.h>

#include <cstdint>

#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

void send_packet(const net::Fd& server, const std::string& text) {
    const auto header = htonl(static_cast<std::uint32_t>(text.size()));  // [1]
    net::send_all(server, std::as_bytes(std::span{&header, 1}));
    net::send_all(server, net::bytes(text));
}

std::string receive_packet(const net::Fd& server) {
    std::uint32_t header = 0;
    const auto header_bytes = std::as_writable_bytes(std::span{&header, 1});
    if (net::read_exactly(server, header_bytes) < header_bytes.size()) {
        throw std::runtime_error{"the server closed before it had answered"};
    }
    const auto length = ntohl(header);
    if (length > 1024) {
        throw std::runtime_error{"the server announced " + std::to_string(length) + " bytes"};
    }
    std::string text(length, '\0');
    if (net::read_exactly(server, std::as_writable_bytes(std::span{text})) < length) {
        throw std::runtime_error{"the server closed before it had answered"};
    }
    return text;
}

void talk(const net::Fd& server) {
    net::LineReader lines{STDIN_FILENO, 1024};
    while (const auto line = lines.next()) {
        send_packet(server, line->text);
        app::say(app::printable(receive_packet(server)));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage,
                    [](app::Args args) { talk(net::tcp_connect(app::client_addresses(args))); });
}
