// dns_server.cpp - a small authoritative name server, with zones of its own and referrals.
//
// Look for
//   [1] zone.hpp knows the answers; this file only receives and sends, by UDP and TCP;
//   [2] a broken question is answered with FORMERR, but a reply is never answered: two
//       servers could answer each other for ever;
//   [3] a reply of more than 512 bytes does not go by UDP: TC sends the client to TCP.
//
// Usage:   dns_server [PORT [ADDRESS [ZONE-FILE]]]
// Pair:    ch08_names/dns_query
// Manual:  udp(7) tcp(7)
// Next:    ch09_options/socket_type
#include <sys/time.h>

#include <chrono>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "ch08_names/dns_message.hpp"
#include "ch08_names/zone.hpp"
#include "common/accepting.hpp"
#include "common/deadline.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/udp.hpp"

namespace {

using ZonesPointer = std::shared_ptr<const dns::Zones>;  // all threads read them

dns::Message answer_to(std::span<const std::byte> bytes, const dns::Zones& zones) {
    const auto query = dns::decode_header(bytes);
    dns::Message reply{.id = query.id, .qr = true, .opcode = query.opcode, .rd = query.rd};
    try {
        reply.question = dns::decode(bytes).question;
        zones.answer(reply);  // [1]
    } catch (const dns::Malformed&) {
        reply.rcode = query.opcode == 0 ? dns::FORMERR : dns::NOTIMP;  // [2]
    }
    return reply;
}

// The bytes to send back, most at most; none if these bytes are not a query.
std::vector<std::byte> reply_to(std::span<const std::byte> bytes, const dns::Zones& zones,
                                std::size_t most, const net::Address& peer) {
    if (bytes.size() < 12 || dns::decode_header(bytes).qr) {  // a header has 12 bytes
        app::say("ignored ", bytes.size(), " bytes from ", peer);
        return {};
    }
    auto reply = answer_to(bytes, zones);
    auto encoded = dns::encode(reply);
    if (encoded.size() > most) {
        dns::leave_out_extras(reply);
        encoded = dns::encode(reply);
    }
    if (encoded.size() > most) {  // [3]
        reply.tc = true;
        reply.answer = reply.authority = reply.additional = {};
        encoded = dns::encode(reply);
    }
    app::say(reply.question.empty() ? "something" : to_text(reply.question[0]), " from ", peer,
             ": ", dns::rcode_name(reply.rcode), ", ", encoded.size(), " bytes");
    return encoded;
}

void serve_udp_next(const net::Fd& socket, std::span<std::byte> buffer,
                    const dns::Zones& zones) try {
    const auto query = net::recvfrom(socket, buffer);
    const auto reply = reply_to(buffer.first(query.size), zones, 512, query.sender);
    if (!reply.empty()) {
        sys::sendto(socket, reply, 0, query.sender);
    }
} catch (const std::exception& error) {  // no memory, for example
    app::say("dropped a datagram: ", error.what());
}

void serve_udp(const net::Fd& socket, const ZonesPointer& zones) {
    std::vector<std::byte> buffer(65535);
    for (;;) {
        serve_udp_next(socket, buffer, *zones);
    }
}

constexpr std::chrono::seconds patience{2};

// UDP has a thread, and each TCP client has one. A client is dropped if a whole message of it does
// not come within two seconds, or if it reads nothing for two seconds. Each message has its length
// before it, two bytes in network order.
void serve_tcp(const sys::Accepted& client, const ZonesPointer& zones) try {
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO,
                    timeval{.tv_sec = patience.count(), .tv_usec = 0});
    auto query = dns::receive_by_tcp(client.fd, patience);
    while (!query.empty()) {
        const auto reply = reply_to(query, *zones, 65535, client.peer);
        if (reply.empty()) {
            break;
        }
        dns::send_by_tcp(client.fd, reply);
        query = dns::receive_by_tcp(client.fd, patience);
    }
    sys::shutdown(client.fd, SHUT_WR);
    net::discard_rest(client.fd);  // it may have sent more, and a reset would take our last replies
    app::say("closed ", client.peer);
} catch (const std::exception& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void start_serving(sys::Accepted client, const ZonesPointer& zones) {
    const auto peer = client.peer;
    try {
        std::thread{serve_tcp, std::move(client), zones}.detach();
    } catch (const std::exception& error) {  // no thread, or no memory for one
        app::say("dropped ", peer, ": ", error.what());
    }
}

void serve_tcp_next(const net::Fd& listener, const ZonesPointer& zones) try {
    start_serving(sys::accept(listener), zones);
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

// TCP and UDP on the same port. If the kernel chooses it (port 0), it looks for a port that is
// free for TCP; UDP may already use that one, so try again.
std::pair<net::Fd, net::Fd> listen_for_both(const net::Address& local) {
    for (int attempt = 0;; ++attempt) {
        auto listener = net::tcp_listen(local);
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
    auto [tcp, udp] = listen_for_both(local);
    app::say("listening on ", sys::getsockname(tcp));
    std::thread{serve_udp, std::move(udp), zones}.detach();
    for (;;) {
        serve_tcp_next(tcp, zones);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [ZONE-FILE]]]", 3}, [](app::Args args) {
        const auto zones = args.size() > 2 ? dns::read_zones(args[2]) : dns::example_zones();
        serve_all(app::server_address(args), std::make_shared<dns::Zones>(zones));
    });
}
