// ping.cpp - asks a host for an echo, and shows who answers instead where it does not come.
//
// Look for
//   [1] a raw socket of type ICMP: the kernel adds the IP header to what is sent, and leaves
//       it on what is received; there are no ports, so every such socket hears everything;
//   [2] an answer is told from others by identifier and sequence, which the host sends back;
//   [3] an error comes from whoever could not pass the packet on, and quotes its beginning;
//   [4] silence means nothing for sure: lost, forbidden by a firewall, or nobody there.
//
// Usage:   ping [HOST [COUNT [TTL]]]
// Manual:  raw(7) icmp(7) ip(7)
// Next:    ch02_packets/layer_filter
#include <netinet/in.h>

#include <chrono>
#include <random>
#include <ratio>
#include <vector>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;

packet::Packet echo_request(std::uint16_t identifier, long sequence) {
    packet::Packet request;
    auto& icmp = request.icmp.emplace();
    icmp.type = packet::ECHO;
    icmp.identifier = identifier;
    icmp.sequence = static_cast<std::uint16_t>(sequence);
    packet::set(request, "data=the same bytes come back, please");
    packet::complete(request);
    return request;
}

bool is_same(const std::optional<packet::Icmp>& one, const packet::Packet& request) {
    return one && one->identifier == request.icmp->identifier &&  // [2]
           one->sequence == request.icmp->sequence;
}

std::string error_text(const packet::Icmp& error) {
    constexpr std::array unreachable{"network", "host", "protocol", "port", "(too large)"};
    auto text = packet::icmp_name(error.type);
    if (error.type == packet::UNREACHABLE) {
        text += error.code < unreachable.size() ? std::string{": "} + unreachable[error.code]
                                                : ", code " + std::to_string(error.code);
    }
    return text;
}

// What a received packet has to say of the request; nothing where it is about something else.
std::string answer_in(const packet::Packet& received, const packet::Packet& request) {
    if (!received.icmp || received.icmp->type == packet::ECHO) {
        return "";
    }
    const auto from = packet::to_text(received.ipv4->source_ip);
    if (received.icmp->type == packet::ECHO_REPLY) {
        return is_same(received.icmp, request) && received.data == request.data
                   ? "reply from " + from + ": time to live " +
                         std::to_string(received.ipv4->time_to_live)
                   : "";
    }
    const auto quoted = packet::decode_ipv4(received.data);  // [3]
    return is_same(quoted.icmp, request) && quoted.icmp->type == packet::ECHO
               ? error_text(*received.icmp) + ", says " + from
               : "";
}

// Whether the host itself answered.
bool ask(const net::Fd& socket, const net::Address& host, const packet::Packet& request) {
    const auto number = "sequence " + std::to_string(request.icmp->sequence);
    const auto begin = Clock::now();
    sys::sendto(socket, packet::encode(request), 0, host);
    std::vector<std::byte> buffer(65535);
    while (const auto size =
               packet::receive_until(socket, buffer, begin + std::chrono::seconds{1})) {
        const auto received = packet::decode_ipv4(packet::Bytes{buffer}.first(*size));
        const auto answer = answer_in(received, request);
        if (!answer.empty()) {
            const std::chrono::duration<double, std::micro> time = Clock::now() - begin;
            app::say(number, ": ", answer, ", ", static_cast<long>(time.count()), " us");
            return received.icmp->type == packet::ECHO_REPLY;
        }
    }
    app::say(number, ": no answer within a second");  // [4]
    return false;
}

void ping(app::Args args) {
    const auto count = app::number(args, 1, "COUNT", 1, 65535, 3);
    const auto ttl = static_cast<int>(app::number(args, 2, "TTL", 1, 255, 64));
    const auto host = net::resolve(args.empty() ? "127.0.0.1" : args[0], 0);
    if (host.family() != AF_INET) {
        throw std::runtime_error{"an IPv4 address is wanted: IPv6 has an ICMP of its own"};
    }
    const auto socket = sys::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);  // [1]
    sys::setsockopt(socket, IPPROTO_IP, IP_TTL, ttl);
    const auto identifier = static_cast<std::uint16_t>(std::random_device{}());
    long answered = 0;
    for (long sequence = 1; sequence <= count; ++sequence) {
        answered += ask(socket, host, echo_request(identifier, sequence)) ? 1 : 0;
    }
    app::say(answered, " of ", count, " answered");
    if (answered == 0) {
        throw std::runtime_error{"no reply"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[HOST [COUNT [TTL]]]", 3}, ping);
}
