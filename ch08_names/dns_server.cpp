// dns_server.cpp - a small authoritative name server: it knows its zones, and who knows more.
//
// Look for
//   [1] zone.hpp knows the answers; here they are fetched, by UDP and by TCP;
//   [2] what cannot be read is answered too (FORMERR), a reply never: it could be one of
//       another server's, and the two would write to each other for ever;
//   [3] more than 512 bytes do not go by UDP: TC sends the client to TCP, where each has
//       a thread; two seconds without a byte, either way, and it is dropped.
//
// Usage:   dns_server [PORT [ADDRESS [ZONE-FILE]]]
// Pair:    ch08_names/dns_query
// Manual:  udp(7) tcp(7)
// Next:    ch09_options/socket_type
#include <sys/time.h>

#include <array>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "ch08_names/dns_message.hpp"
#include "ch08_names/zone.hpp"
#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/udp.hpp"

namespace {

using ZonesPointer = std::shared_ptr<const dns::Zones>;  // all threads read them

// The reply to these bytes, of so many bytes at most.
std::vector<std::byte> reply_to(const dns::Zones& zones, std::span<const std::byte> bytes,
                                std::size_t most, const net::Address& peer) {
    if (bytes.size() < 12 || (bytes[2] & std::byte{0x80}) != std::byte{0}) {
        app::say("ignored ", bytes.size(), " bytes from ", peer);
        return {};  // [2]
    }
    dns::Message reply;
    try {
        const auto query = dns::decode(bytes);
        reply = {
            .id = query.id, .opcode = query.opcode, .rd = query.rd, .question = query.question};
        zones.answer(reply);  // [1]
    } catch (const dns::Malformed&) {
        reply = {.id = dns::first_number(bytes), .rcode = dns::FORMERR};
    }
    reply.qr = true;
    auto encoded = dns::encode(reply);
    if (encoded.size() > most) {
        encoded = dns::encode({.id = reply.id,
                               .qr = true,
                               .aa = reply.aa,
                               .tc = true,
                               .rd = reply.rd,
                               .question = reply.question});  // [3]
    }
    app::say(reply.question.empty() ? "something" : to_text(reply.question[0]), " from ", peer,
             ": ", dns::rcode_name(reply.rcode), ", ", encoded.size(), " bytes");
    return encoded;
}

void serve_udp_next(const net::Fd& socket, const dns::Zones& zones) try {
    std::vector<std::byte> buffer(65535);
    const auto query = net::recvfrom(socket, buffer);
    const auto reply = reply_to(zones, std::span{buffer}.first(query.size), 512, query.sender);
    if (!reply.empty()) {
        sys::sendto(socket, reply, 0, query.sender);
    }
} catch (const std::system_error& error) {
    app::say("dropped a datagram: ", error.what());
}

// Over TCP each message has its length before it, two bytes in network order.
void serve_tcp(const sys::Accepted& client, const ZonesPointer& zones) try {  // [3]
    app::say("connected ", client.peer);
    net::limit_waiting(client.fd, 2000);
    sys::setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO, timeval{.tv_sec = 2, .tv_usec = 0});
    std::array<std::byte, 2> length;
    while (net::read_exactly(client.fd, length) == length.size()) {
        std::vector<std::byte> query(dns::first_number(length));
        query.resize(net::read_exactly(client.fd, query));
        const auto reply = reply_to(*zones, query, 65535, client.peer);
        if (reply.empty()) {
            break;
        }
        net::send_all(client.fd, dns::with_length(reply));
    }
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void serve_tcp_next(const net::Fd& listener, const ZonesPointer& zones) try {
    if (auto client = net::try_accept(listener)) {
        std::thread{serve_tcp, std::move(*client), zones}.detach();
    }
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

// Listener and socket, one port for both. Where the kernel chooses, it does so for TCP, and UDP's may be taken.
std::pair<net::Fd, net::Fd> listen_for_both(const net::Address& local) {
    for (int attempt = 0;; ++attempt) {
        auto listener = net::tcp_listen(local, SOCK_NONBLOCK);
        try {
            auto socket = net::udp_bind(sys::getsockname(listener));
            return {std::move(listener), std::move(socket)};
        } catch (const std::system_error&) {
            if (local.port() != 0 || attempt == 10) {
                throw;
            }
        }
    }
}

void serve_all(const net::Address& local, const ZonesPointer& zones) {
    const auto [tcp, udp] = listen_for_both(local);
    app::say("listening on ", sys::getsockname(tcp));
    std::array<pollfd, 2> watched{{{udp.get(), POLLIN, 0}, {tcp.get(), POLLIN, 0}}};
    for (;;) {
        net::poll(watched, -1);
        if (watched[0].revents != 0) {
            serve_udp_next(udp, *zones);
        }
        if (watched[1].revents != 0) {
            serve_tcp_next(tcp, zones);
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [ZONE-FILE]]]", 3}, [](app::Args args) {
        const auto zones = args.size() > 2 ? dns::read_zones(args[2]) : dns::example_zones();
        serve_all(app::server_address(args), std::make_shared<dns::Zones>(zones));
    });
}
