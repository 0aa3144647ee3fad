// news_sender.cpp - sends a text line by line to all members of a group, and asks what has arrived.
//
// Look for
//   [1] each line has a number, because UDP has none: so a receiver sees what it lacks;
//   [2] the end says how many there were, and may get lost like any line: it is said
//       five times, and each receiver may answer it, by an ordinary datagram;
//   [3] how many members there are nobody knows, so it hears answers for a second; none
//       may mean no member, or only lost datagrams.
// Usage:   news_sender [GROUP [PORT [INTERFACE [TTL]]]]
// Pair:    ch14_multicast/news_receiver
// Manual:  ip(7) sendto(2) recvfrom(2)
// Next:    ch14_multicast/news_receiver
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "ch14_multicast/multicast.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

void send_text(const net::Fd& socket, const std::string& text, const net::Address& to) {
    sys::sendto(socket, net::bytes(text), 0, to);
}

long send_lines(const net::Fd& socket, const net::Address& group) {
    net::LineReader lines{STDIN_FILENO, 1400};
    long number = 0;
    while (const auto line = lines.next()) {
        ++number;
        send_text(socket, "line " + std::to_string(number) + ' ' + line->text, group);  // [1]
    }
    return number;
}

struct Answer {
    net::Address receiver;
    std::string words;
};

// Answers of a fifth of a second; a flood of them does not keep us. What a receiver said last
// counts: a line may come later than the end.
void hear_answers(const net::Fd& socket, std::vector<Answer>& answers) {
    std::array<char, 2048> buffer;
    for (int most = 0; most < 1000; ++most) {
        const auto heard = net::recvfrom_in_time(socket, std::as_writable_bytes(std::span{buffer}));
        if (!heard) {
            return;
        }
        auto known = std::ranges::find(answers, heard->sender, &Answer::receiver);
        if (known == answers.end()) {
            known = answers.insert(known, Answer{heard->sender, {}});
        }
        known->words.assign(buffer.data(), heard->size);
    }
}

void send_news(const net::Address& group, const std::string& interface, int ttl) {
    const auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, multicast::ipv4(interface),
                    "IP_MULTICAST_IF");
    sys::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_TTL, ttl);
    net::limit_waiting(socket, 200);

    const auto count = send_lines(socket, group);
    app::say("sent ", count, " lines");
    std::vector<Answer> answers;
    for (int times = 0; times < 5; ++times) {
        send_text(socket, "end " + std::to_string(count), group);  // [2]
        hear_answers(socket, answers);
    }
    for (const auto& answer : answers) {
        app::say(answer.receiver, " ", app::printable(answer.words));
    }
    if (answers.empty()) {  // [3]
        app::say("no answer: whether anybody has heard it cannot be known");
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[GROUP [PORT [INTERFACE [TTL]]]]", 4}, [](app::Args args) {
        const std::array group{args.empty() ? "239.1.1.1" : args[0],
                               args.size() < 2 ? "9190" : args[1]};
        const auto ttl = app::number(args, 3, "TTL", 0, 255, 1);
        send_news(app::client_address(group), args.size() < 3 ? "127.0.0.1" : args[2],
                  static_cast<int>(ttl));
    });
}
