// dns_query.cpp - asks a name server each question on its input, and shows the whole answer.
//
// Look for
//   [1] anybody can send a datagram: an answer must come from the server that was asked,
//       with the id and the question that were sent;
//   [2] a datagram can get lost: ask three times, and wait a second each time;
//   [3] a truncated answer is fetched again over TCP, where a length comes before it.
//
// Usage:   dns_query [HOST [PORT]]     input lines: NAME [TYPE] or ADDRESS PTR
// Pair:    ch08_names/dns_server
// Manual:  udp(7) resolv.conf(5)
// Next:    ch08_names/dns_server
#include <unistd.h>

#include <array>
#include <cstdint>
#include <random>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "ch08_names/dns_message.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/udp.hpp"

namespace {

dns::Message query_for(const std::string& line) try {
    const auto id = static_cast<std::uint16_t>(std::random_device{}());
    return {.id = id, .rd = true, .question = {dns::question_in(line)}};
} catch (const std::invalid_argument& error) {
    throw app::UsageError{error.what()};
}

struct Answer {
    dns::Message message;
    std::string way;  // "58 bytes by UDP"
};

// No value: these bytes are not an answer to the query.
std::optional<dns::Message> answer_in(std::span<const std::byte> bytes,
                                      const dns::Message& query) try {
    auto message = dns::decode(bytes);
    // A server that could not read the question may send back an error without it.
    const bool is_our_question = message.question == query.question ||
                                 (message.question.empty() && message.rcode != dns::NOERROR);
    if (!message.qr || message.id != query.id || !is_our_question) {
        return std::nullopt;
    }
    return message;
} catch (const dns::Malformed&) {
    return std::nullopt;
}

// No value: no answer came. A stranger who sends and sends must not keep us here for ever, so
// this reads 16 datagrams at most.
std::optional<Answer> receive_answer(const net::Fd& socket, const net::Address& server,
                                     const dns::Message& query) {
    std::vector<std::byte> buffer(65535);
    for (int datagram = 0; datagram < 16; ++datagram) {
        const auto received = net::recvfrom_in_time(socket, buffer);
        if (!received) {
            app::note("no answer within a second");
            return std::nullopt;
        }
        auto message = answer_in(std::span{buffer}.first(received->size), query);
        if (message && received->sender == server) {  // [1]
            return Answer{std::move(*message), std::to_string(received->size) + " bytes by UDP"};
        }
        app::note("ignored ", received->size, " bytes from ", received->sender);
    }
    return std::nullopt;
}

Answer ask_by_udp(const net::Address& server, const dns::Message& query) {
    const auto socket = sys::socket(server.family(), SOCK_DGRAM);
    net::limit_waiting(socket, 1000);
    for (int attempt = 0; attempt < 3; ++attempt) {  // [2]
        sys::sendto(socket, dns::encode(query), 0, server);
        if (auto answer = receive_answer(socket, server, query)) {
            return std::move(*answer);
        }
    }
    throw std::runtime_error{"no answer from " + to_string(server)};
}

Answer ask_by_tcp(const net::Address& server, const dns::Message& query) try {
    const auto connection = net::tcp_connect(server);
    net::limit_waiting(connection, 3000);
    net::send_all(connection, dns::with_length(dns::encode(query)));
    std::array<std::byte, 2> length{};
    (void)net::read_exactly(connection, length);
    std::vector<std::byte> buffer(dns::first_number(length));
    (void)net::read_exactly(connection, buffer);
    auto message = answer_in(buffer, query);
    if (!message) {
        throw std::runtime_error{"no whole answer over TCP"};
    }
    return {std::move(*message),
            std::to_string(buffer.size()) + " bytes by TCP, too many for UDP"};  // [3]
} catch (const std::system_error& error) {
    throw std::runtime_error{"no answer over TCP: " + std::string{error.what()}};
}

void show(const char* section, const std::vector<dns::Record>& records) {
    for (const auto& record : records) {
        app::say("  ", section, " ", to_text(record));
    }
}

void ask(const net::Address& server, const std::string& line) {
    const auto query = query_for(line);
    auto answer = ask_by_udp(server, query);
    if (answer.message.tc) {
        answer = ask_by_tcp(server, query);
    }
    const auto& [message, way] = answer;
    app::say(to_text(query.question[0]), "? ", dns::rcode_name(message.rcode),
             message.aa ? ", authoritative, " : ", ", way);
    show("answer", message.answer);
    show("authority", message.authority);
    show("additional", message.additional);
}

// The first name server in resolv.conf(5); the port of DNS is 53.
net::Address default_server() {
    const auto file = sys::open("/etc/resolv.conf", O_RDONLY);
    net::LineReader lines{file, 1000};
    while (const auto line = lines.next()) {
        std::istringstream words{line->text};
        std::string keyword;
        std::string address;
        if (words >> keyword >> address && keyword == "nameserver") {
            return net::parse(address, 53);
        }
    }
    return net::parse("127.0.0.1", 53);
}

void ask_all(app::Args args) {
    const auto server = args.empty() ? default_server() : app::client_address(args);
    app::note("asking ", server);
    net::LineReader lines{STDIN_FILENO, 1000};
    while (const auto line = lines.next()) {
        ask(server, line->text);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, ask_all);
}
