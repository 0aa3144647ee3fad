// news_sender.cpp - sends a text line by line to all members of a group, and asks what has come.
//
// Look for
//   [1] UDP does not number datagrams, so each line has a number: receivers see what is missing;
//   [2] the end says how many lines there were; it may get lost too, so it is sent five times,
//       and each receiver may answer by an ordinary datagram;
//   [3] no answer may mean no member, or only lost datagrams.
//
// Usage:   news_sender [GROUP [PORT [INTERFACE [TTL]]]]
// Pair:    ch14_multicast/news_receiver
// Manual:  ip(7) sendto(2) recvfrom(2)
// Next:    ch14_multicast/news_receiver
#include <netinet/in.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "ch14_multicast/multicast.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

long send_lines(const net::Fd& socket, const net::Address& group) {
    net::LineReader lines{STDIN_FILENO, 1400};
    long number = 0;
    while (const auto line = lines.next()) {
        ++number;
        const auto text = "line " + std::to_string(number) + ' ' + line->text;  // [1]
        sys::sendto(socket, net::bytes(text), 0, group);
    }
    return number;
}

// By the receiver's address. The last answer of a receiver counts: a line may come after the end.
// Simplified: an answer says nothing of the news that it is about, so anybody may send one.
using Answers = std::map<std::string, std::string>;

// Returns after a fifth of a second; if answers come all the time, at most a second later (time_left of
// deadline.hpp).
void collect_answers(const net::Fd& socket, Answers& answers) {
    std::vector<std::byte> buffer(65536);  // no datagram is longer
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
    while (const auto answer = net::recvfrom_until(socket, buffer, deadline)) {
        answers[to_string(answer->sender)] = net::text(std::span{buffer}.first(answer->size));
    }
}

void send_news(const net::Address& group, const std::string& interface, int ttl) {
    if (group.family() != AF_INET) {
        throw app::UsageError{"GROUP must be an IPv4 address, not " + to_string(group)};
    }
    const auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, multicast::ipv4(interface),
                    "IP_MULTICAST_IF");
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_TTL, ttl);

    const auto count = send_lines(socket, group);
    app::say("sent ", count, " lines");
    const auto end = "end " + std::to_string(count);
    Answers answers;
    for (int times = 0; times < 5; ++times) {
        sys::sendto(socket, net::bytes(end), 0, group);  // [2]
        collect_answers(socket, answers);
    }
    for (const auto& [receiver, answer] : answers) {
        app::say(receiver, " ", app::printable_line(answer));
    }
    if (answers.empty()) {  // [3]
        app::say("no answer: perhaps nobody has received it");
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[GROUP [PORT [INTERFACE [TTL]]]]", 4}, [](app::Args args) {
        const auto ttl = app::number(args, 3, "TTL", 0, 255, 1);
        send_news(multicast::destination(args, "239.1.1.1"),
                  args.size() < 3 ? "127.0.0.1" : args[2], static_cast<int>(ttl));
    });
}
