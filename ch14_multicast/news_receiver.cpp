// news_receiver.cpp - writes down the lines that are sent to a group, and says which are missing.
//
// Look for
//   [1] a line is written once, whatever came twice; which are missing their numbers tell;
//   [2] nothing is known to be complete before the end has come, and said how many there were;
//   [3] the answer goes to the sender alone, from a socket of its own: on the shared port
//       several receivers of one host would be one to it.
//
// Usage:   news_receiver [PORT [GROUP [INTERFACE [SECONDS]]]]
// Pair:    ch14_multicast/news_sender
// Manual:  ip(7) recvfrom(2)
// Next:    ch17_epoll/trigger_compare
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "ch14_multicast/multicast.hpp"
#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

constexpr std::size_t most_lines = 1'000'000;

// "line 7 text" or "end 12"; no value for anything else.
struct Piece {
    bool end;
    std::size_t number;
    std::string text;
};

std::optional<Piece> piece(std::string_view datagram) {
    const bool end = datagram.starts_with("end ");
    if (!end && !datagram.starts_with("line ")) {
        return std::nullopt;
    }
    datagram.remove_prefix(end ? 4 : 5);
    std::size_t number = 0;
    const auto* const stop = datagram.data() + datagram.size();
    const auto [rest, error] = std::from_chars(datagram.data(), stop, number);
    const bool whole = end ? rest == stop : rest != stop && *rest == ' ';
    if (error != std::errc{} || !whole || number > most_lines) {
        return std::nullopt;
    }
    return Piece{end, number, end ? "" : std::string{rest + 1, stop}};
}

// What is known of the news; of one sender, for simplicity.
struct News {
    std::vector<bool> seen{true};      // line 0 is none, and counts as written
    std::optional<std::size_t> count;  // since the end has come
    bool complete = false;
};

void write_line(News& news, const Piece& line) {
    if (news.seen.size() <= line.number) {
        news.seen.resize(line.number + 1);
    }
    if (!news.seen[line.number]) {  // [1]
        news.seen[line.number] = true;
        app::say(app::printable(line.text));
    }
}

// "has all 12 lines" or "misses 3 4 of 12 lines", as many numbers as have room.
std::string verdict(News& news, std::size_t count) {
    std::string missing;
    news.seen.resize(std::max(news.seen.size(), count + 1));
    for (std::size_t number = 1; number <= count && missing.size() < 1000; ++number) {
        missing += news.seen[number] ? "" : std::to_string(number) + ' ';
    }
    missing += missing.size() < 1000 ? "" : "... ";
    news.complete = missing.empty();
    return (news.complete ? "has all " : "misses " + missing + "of ") + std::to_string(count) +
           " lines";
}

void answer(const net::Fd& answers, const std::string& words, const net::Address& sender) try {
    sys::sendto(answers, net::bytes(words), 0, sender);  // [3]
} catch (const std::system_error& error) {
    app::note("dropped ", sender, ": ", error.what());
}

// Until it is quiet: a second after the end, which may be asked about again, because lines
// may come later than it.
News hear(const net::Fd& socket, const net::Fd& answers) {
    News news;
    std::array<char, 2048> buffer;
    while (const auto received =
               net::recvfrom_in_time(socket, std::as_writable_bytes(std::span{buffer}))) {
        const auto next = piece({buffer.data(), received->size});
        if (next && next->end) {  // [2]
            news.count = next->number;
            answer(answers, verdict(news, next->number), received->sender);
            net::limit_waiting(socket, 1000);
        } else if (next) {
            write_line(news, *next);
        }
    }
    if (news.count) {
        app::note(verdict(news, *news.count));
    }
    return news;
}

net::Fd join(const net::Address& group, const std::string& name, const std::string& interface) {
    const ip_mreq join_adr{multicast::ipv4(name), multicast::ipv4(interface)};
    auto socket = sys::socket(AF_INET, SOCK_DGRAM);
    sys::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    sys::setsockopt(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, join_adr, "IP_ADD_MEMBERSHIP " + name);
    sys::bind(socket, group);
    return socket;
}

void receive_news(app::Args args) {
    const std::array group{args.empty() ? "9190" : args[0],
                           args.size() < 2 ? "239.1.1.1" : args[1]};
    const auto seconds = app::number(args, 3, "SECONDS", 1, 86400, 60);
    const auto socket =
        join(app::server_address(group), group[1], args.size() < 3 ? "127.0.0.1" : args[2]);
    app::note("listening on ", sys::getsockname(socket));
    net::limit_waiting(socket, seconds * 1000);
    const auto news = hear(socket, sys::socket(AF_INET, SOCK_DGRAM));
    if (!news.count) {
        throw std::runtime_error{"no end came: whether more was sent cannot be known"};
    }
    if (!news.complete) {
        throw std::runtime_error{"the news is not complete"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [GROUP [INTERFACE [SECONDS]]]]", 4}, receive_news);
}
