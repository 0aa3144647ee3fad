// ping.cpp - asks a host for an echo, and shows who answers instead if the host does not.
//
// Look for
//   [1] a raw socket of type ICMP: the kernel adds the IP header when we send, and leaves it on
//       when we receive; ICMP has no ports, so every such socket receives all messages;
//   [2] the host sends identifier and sequence back: so we know our own answer;
//   [3] an error comes from the host that could not pass the packet on, and quotes its beginning;
//   [4] silence proves nothing: packet lost, firewall, or no such host.
//
// Usage:   ping [HOST [COUNT [TTL]]]
// Manual:  raw(7) icmp(7) ip(7)
// Next:    ch02_packets/layer_filter
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"

namespace {

packet::Packet echo_request(std::uint16_t identifier, std::uint16_t sequence) {
    packet::Packet request;
    auto& icmp = request.icmp.emplace();
    icmp.type = packet::ECHO;
    icmp.identifier = identifier;
    icmp.sequence = sequence;
    packet::set(request, "data=the same bytes come back, please");
    packet::complete(request);
    return request;
}

bool has_numbers_of(const packet::Packet& request, const packet::Icmp& message) {
    return message.identifier == request.icmp->identifier &&  // [2]
           message.sequence == request.icmp->sequence;
}

// The data of an ICMP error is the packet that it is about, or its beginning. A redirect and a source
// quench quote it too, but do not say that it is lost (RFC 792): the reply may still come.
bool is_error_about(const packet::Packet& request, const packet::Packet& received) {
    constexpr std::array errors{packet::UNREACHABLE, packet::TIME_EXCEEDED, packet::BAD_PARAMETER};
    const auto quoted = packet::decode_ip(received.data);  // [3]
    return std::ranges::find(errors, received.icmp->type) != errors.end() && quoted.icmp &&
           quoted.icmp->type == packet::ECHO && has_numbers_of(request, *quoted.icmp);
}

// "time exceeded", "destination unreachable: host"
std::string error_text(const packet::Icmp& error) {
    constexpr std::array unreachable{"network", "host", "protocol", "port", "packet too large"};
    auto text = packet::icmp_name(error.type);
    if (error.type == packet::UNREACHABLE && error.code < unreachable.size()) {
        text += std::string{": "} + unreachable[error.code];
    } else if (error.type == packet::UNREACHABLE) {
        text += ", code " + std::to_string(error.code);
    }
    return text;
}

// What a received packet says about the request; no value if it is about something else.
std::optional<std::string> answer_in(const packet::Packet& received,
                                     const packet::Packet& request) {
    if (!received.icmp || packet::checksum(packet::covered(received)) != 0) {
        return std::nullopt;
    }
    const auto& icmp = *received.icmp;
    const auto from = packet::to_text(received.ipv4->source_ip);
    if (is_error_about(request, received)) {
        return error_text(icmp) + ", says " + from;
    }
    // On the loopback our own requests come in too.
    if (icmp.type == packet::ECHO_REPLY && has_numbers_of(request, icmp) &&
        received.data == request.data) {
        return "reply from " + from + ": time to live " +
               std::to_string(received.ipv4->time_to_live);
    }
    return std::nullopt;
}

// Sends the request, waits for a second, and prints what came. True if the host itself replied.
bool ask(const net::Fd& socket, const net::Address& host, const packet::Packet& request) {
    const auto number = "sequence " + std::to_string(request.icmp->sequence);
    const auto begin = std::chrono::steady_clock::now();
    const auto deadline = begin + std::chrono::seconds{1};
    sys::sendto(socket, packet::encode(request), 0, host);
    packet::Buffer buffer(65535);
    while (const auto size = packet::receive_until(socket, buffer, deadline)) {
        const auto received = packet::decode_ip(packet::Bytes{buffer}.first(*size));
        if (const auto answer = answer_in(received, request)) {
            const auto time = std::chrono::steady_clock::now() - begin;
            app::say(number, ": ", *answer, ", ", time / std::chrono::microseconds{1}, " us");
            return received.icmp->type == packet::ECHO_REPLY;
        }
    }
    app::say(number, ": no answer within a second");  // [4]
    return false;
}

void ping(app::Args args) {
    const auto count = app::number(args, 1, "COUNT", 1, 65535, 3);
    const auto time_to_live = static_cast<int>(app::number(args, 2, "TTL", 1, 255, 64));
    const auto host = packet::ipv4_address(args.empty() ? "127.0.0.1" : args[0], 0);
    const auto socket = sys::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);  // [1]
    sys::setsockopt(socket, IPPROTO_IP, IP_TTL, time_to_live);
    const auto identifier = static_cast<std::uint16_t>(std::random_device{}());
    int answered = 0;
    for (long sequence = 1; sequence <= count; ++sequence) {
        if (ask(socket, host, echo_request(identifier, static_cast<std::uint16_t>(sequence)))) {
            ++answered;
        }
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
