// dns_query.cpp - asks a name server each question on its input, and shows the whole answer.
//
// Look for
//   [1] anybody can send a datagram: an answer must come from the server that was asked,
//       with the id, the opcode and the question that were sent;
//   [2] a datagram can get lost: ask three times, and wait a second each time;
//   [3] a truncated answer is fetched again over TCP, where a length comes before it.
//
// Usage:   dns_query [HOST [PORT]]     input lines: NAME [TYPE] or ADDRESS PTR
// Pair:    ch08_names/dns_server
// Manual:  udp(7) resolv.conf(5)
// Next:    ch08_names/dns_server
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ch08_names/dns_message.hpp"
#include "common/line_reader.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"
#include "common/sys_datagram.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// False also for bytes that are not a message.
bool is_answer(std::span<const std::byte> bytes, const dns::Message& query) try {
    const auto message = dns::decode(bytes);
    // A server that could not read the question may send back an error without it.
    const bool is_our_question = message.question == query.question ||
                                 (message.question.empty() && message.rcode != dns::NOERROR);
    return message.qr && message.id == query.id && message.opcode == query.opcode &&
           is_our_question;
} catch (const dns::Malformed&) {
    return false;
}

// Empty: no answer came. There is one deadline: a stranger's datagrams must not make the second begin
// again. They are counted: there may be thousands.
std::vector<std::byte> receive_answer(const net::Fd& socket, const net::Address& server,
                                      const dns::Message& query) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    std::vector<std::byte> buffer(65535);
    std::size_t size = 0;  // of the answer
    int ignored = 0;
    while (size == 0) {
        const auto received = net::recvfrom_until(socket, buffer, deadline);
        if (!received) {
            app::note("no answer within a second");
            break;
        }
        const auto message = std::span{buffer}.first(received->size);
        if (received->sender == server && is_answer(message, query)) {  // [1]
            size = received->size;
        } else if (++ignored == 1) {
            app::note("ignored ", received->size, " bytes from ", received->sender);
        }
    }
    if (ignored > 1) {
        app::note("ignored ", ignored - 1, " more");
    }
    buffer.resize(size);
    return buffer;
}

std::vector<std::byte> ask_by_udp(const net::Address& server, const dns::Message& query) {
    const auto socket = sys::socket(server.family(), SOCK_DGRAM);
    for (int attempt = 0; attempt < 3; ++attempt) {  // [2]
        sys::sendto(socket, dns::encode(query), 0, server);
        auto answer = receive_answer(socket, server, query);
        if (!answer.empty()) {
            return answer;
        }
    }
    throw std::runtime_error{"no answer from " + to_string(server)};
}

constexpr std::chrono::seconds patience{3};  // for the connection, and again for the answer

// A connect(2) that waits would try for two minutes; with SO_SNDTIMEO, Ctrl-Z and fg would end it
// (signal(7)).
net::Fd connect_in_time(const net::Address& server) {
    auto connection = sys::socket(server.family(), SOCK_STREAM | SOCK_NONBLOCK);
    net::begin_connect(connection, server);
    std::array<pollfd, 1> watched{{{connection.get(), POLLOUT, 0}}};
    if (net::poll(watched, std::chrono::milliseconds{patience}.count()) == 0) {
        throw std::runtime_error{"connect " + to_string(server) + ": no connection within " +
                                 std::to_string(patience.count()) + " seconds"};
    }
    if (const int error = sys::getsockopt<int>(connection, SOL_SOCKET, SO_ERROR)) {
        throw std::system_error{error, std::generic_category(), "connect " + to_string(server)};
    }
    return connection;
}

std::vector<std::byte> ask_by_tcp(const net::Address& server, const dns::Message& query) try {
    const auto connection = connect_in_time(server);
    dns::send_by_tcp(connection, dns::encode(query));
    auto answer = dns::receive_by_tcp(connection, patience);  // [3]
    if (!is_answer(answer, query) || dns::decode_header(answer).tc) {
        throw std::runtime_error{"it is not whole, or answers another question"};
    }
    return answer;
} catch (const std::runtime_error& error) {
    throw std::runtime_error{"no answer over TCP: " + std::string{error.what()}};
}

struct Answer {
    std::vector<std::byte> bytes;
    const char* way;
};

Answer answer_from(const net::Address& named, const dns::Message& query) {
    const auto server = net::without_zeros(named);
    auto bytes = ask_by_udp(server, query);
    if (dns::decode_header(bytes).tc) {
        return {ask_by_tcp(server, query), " bytes by TCP, too many for UDP"};
    }
    return {std::move(bytes), " bytes by UDP"};
}

// Asks one server after another, until one answers.
Answer answer_from_one_of(std::span<const net::Address> servers, const dns::Message& query) {
    while (servers.size() > 1) {
        try {
            return answer_from(servers.front(), query);
        } catch (const std::runtime_error& error) {
            servers = servers.subspan(1);
            app::note(error.what());
            app::note("asking ", servers.front());
        }
    }
    return answer_from(servers.front(), query);
}

void ask(std::span<const net::Address> servers, const std::string& line) {
    const auto id = static_cast<std::uint16_t>(std::random_device{}());
    const dns::Message query{.id = id, .rd = true, .question = {dns::question_in(line)}};
    const auto answer = answer_from_one_of(servers, query);
    const auto message = dns::decode(answer.bytes);
    app::say(to_text(query.question[0]), "? ", dns::rcode_name(message.rcode),
             message.aa ? ", authoritative, " : ", ", answer.bytes.size(), answer.way);
    for (const auto& section : dns::sections) {
        for (const auto& record : message.*section.records) {
            app::say("  ", section.name, " ", to_text(record));
        }
    }
}

// The first name server in resolv.conf(5), or this machine; the port of DNS is 53. A line without
// a good address does not count, nor one that does not begin with the keyword. Some editors begin a
// file with a byte order mark, which nobody sees.
net::Address default_server() {
    std::ifstream file{"/etc/resolv.conf"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("\xEF\xBB\xBF")) {
            line.erase(0, 3);
        }
        const auto words = dns::words_in(line);
        if (words.size() > 1 && words[0] == "nameserver" && line.starts_with(words[0])) {
            try {
                return net::parse(words[1], 53);
            } catch (const std::invalid_argument&) {
                app::note("ignored in /etc/resolv.conf: ", app::printable(line));
            }
        }
    }
    return net::parse("127.0.0.1", 53);
}

// IPv4 first, because the servers of the course listen there unless told otherwise.
std::vector<net::Address> servers_in(app::Args args) {
    if (args.empty()) {
        return {default_server()};
    }
    const auto all = app::client_addresses(args);
    std::vector<net::Address> servers;
    for (const int family : {AF_INET, AF_INET6}) {
        std::ranges::copy_if(
            all, std::back_inserter(servers),
            [family](const net::Address& server) { return server.family() == family; });
    }
    return servers;
}

void ask_all(app::Args args) {
    const auto servers = servers_in(args);
    app::note("asking ", servers.front());
    net::LineReader lines{STDIN_FILENO, 1100};  // 250 bytes of a name, each as "\032", and more
    while (const auto line = lines.next()) {
        ask(servers, line->text);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::client_usage, ask_all);
}
