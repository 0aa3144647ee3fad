// packet_server.cpp - third cure: the length of each message goes first, in four bytes.
//
// Look for
//   [1] the length travels in network order: without htonl(), the 5 of a little-endian
//       sender would become 83886080;
//   [2] the length comes from outside: refuse a large one before you reserve memory.
//
// Usage:   packet_server [PORT [ADDRESS]]
// Pair:    ch04_tcp/packet_client
// Manual:  byteorder(3) recv(2) send(2)
// Next:    ch04_tcp/packet_client
#include <arpa/inet.h>

#include <cstdint>
#include <vector>

#include "ch04_tcp/iterative.hpp"
#include "ch04_tcp/messages.hpp"
#include "common/io.hpp"

namespace {

constexpr std::uint32_t longest = 1024;

void echo_packets(const net::Fd& client) {
    std::uint32_t header = 0;
    const auto header_bytes = std::as_writable_bytes(std::span{&header, 1});
    while (const auto count = net::read_exactly(client, header_bytes)) {
        if (count < header_bytes.size()) {
            throw std::runtime_error{"the stream ended inside a packet"};
        }
        const auto length = ntohl(header);  // [1]
        if (length > longest) {             // [2]
            throw std::runtime_error{"a packet of " + std::to_string(length) +
                                     " bytes, the limit is " + std::to_string(longest)};
        }
        std::vector<std::byte> body(length);
        messages::receive_all(client, body, "the stream ended inside a packet");
        app::say("packet of ", length, " bytes");
        net::send_all(client, header_bytes);
        net::send_all(client, body);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, [](app::Args args) {
        iterative::serve(app::server_address(args), echo_packets);
    });
}
