// news_receiver.cpp - prints the lines that are sent to a group, and says which are missing.
//
// Look for
//   [1] each line has a number, so a line that comes twice is printed once;
//   [2] only the end says how many lines there were: before it nothing is complete;
//   [3] the answer comes from a socket of its own: the receivers of one host share the port
//       of the group, and the sender could not tell them apart.
//
// Usage:   news_receiver [PORT [GROUP [INTERFACE [SECONDS]]]]
// Pair:    ch14_multicast/news_sender
// Manual:  ip(7) recvfrom(2)
// Next:    ch17_epoll/trigger_compare
#include <netinet/in.h>

#include <array>
#include <chrono>
#include <istream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
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

// "line 7 TEXT" is a line; "end 12" says that there were 12 lines.
struct Message {
    bool is_end;
    std::size_t number;
    std::string text;
};

// No value if the datagram is neither.
std::optional<Message> parse(std::string_view datagram) {
    std::istringstream stream{std::string{datagram}};
    std::string kind;
    std::size_t number = 0;
    // A digit must come first: for >> an unsigned number may have a sign.
    stream >> kind >> std::ws;
    const int next = stream.peek();
    if (next < '0' || next > '9' || !(stream >> number) || number > most_lines) {
        return std::nullopt;
    }
    const std::string rest{std::istreambuf_iterator<char>{stream}, {}};
    if (kind == "end" && rest.empty()) {
        return Message{true, number, ""};
    }
    if (kind == "line" && number > 0 && rest.starts_with(' ')) {
        return Message{false, number, rest.substr(1)};
    }
    return std::nullopt;
}

// What has come so far. Simplified: the news of all senders are one, and a line with a number that
// has come before is a copy.
struct News {
    std::set<std::size_t> printed;     // numbers of lines
    std::optional<std::size_t> count;  // how many lines there were, if an end has come
};

std::vector<std::size_t> missing_lines(const News& news, std::size_t count) {
    std::vector<std::size_t> missing;
    for (std::size_t number = 1; number <= count; ++number) {
        if (!news.printed.contains(number)) {
            missing.push_back(number);
        }
    }
    return missing;
}

// "has all 12 lines" or "misses 3 4 of 12 lines"; a long list is cut, so it fits into a datagram.
std::string report(const std::vector<std::size_t>& missing, std::size_t count) {
    const auto lines = std::to_string(count) + " lines";
    if (missing.empty()) {
        return "has all " + lines;
    }
    std::string numbers;
    for (const auto number : missing) {
        if (numbers.size() >= 1000) {
            numbers += "... ";
            break;
        }
        numbers += std::to_string(number) + ' ';
    }
    return "misses " + numbers + "of " + lines;
}

void send_answer(const net::Fd& socket, const std::string& text, const net::Address& sender) try {
    sys::sendto(socket, net::bytes(text), 0, sender);
} catch (const std::system_error& error) {
    app::note("dropped ", sender, ": ", error.what());
}

// Returns when no news has come for that time; after an end, for a second: a line may come late, and
// the sender may ask again. What is not news, or a copy, must not make the time begin again.
// Simplified: each end does, and is answered, so a program that sends ends for ever keeps us here.
News receive_until_silence(const net::Fd& socket, std::chrono::seconds time) {
    const auto answers = sys::socket(AF_INET, SOCK_DGRAM);  // [3]
    News news;
    std::vector<std::byte> buffer(65536);  // no datagram is longer
    auto deadline = std::chrono::steady_clock::now() + time;
    while (const auto received = net::recvfrom_until(socket, buffer, deadline)) {
        const auto message = parse(net::text(std::span{buffer}.first(received->size)));
        if (!message) {
            continue;
        }
        if (message->is_end) {  // [2]
            const auto count = message->number;
            news.count = count;
            send_answer(answers, report(missing_lines(news, count), count), received->sender);
            time = std::chrono::seconds{1};
        } else if (news.printed.insert(message->number).second) {  // [1]
            app::say(app::printable_line(message->text));
        } else {
            continue;
        }
        deadline = std::chrono::steady_clock::now() + time;
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
    const std::string interface = args.size() < 3 ? "127.0.0.1" : args[2];
    const auto seconds = app::number(args, 3, "SECONDS", 1, 86400, 60);
    const auto socket = join(app::server_address(group), group[1], interface);
    app::note("listening on ", sys::getsockname(socket));

    const auto news = receive_until_silence(socket, std::chrono::seconds{seconds});
    if (!news.count) {
        throw std::runtime_error{"no end came, so lines may be missing"};
    }
    const auto missing = missing_lines(news, *news.count);
    app::note(report(missing, *news.count));
    if (!missing.empty()) {
        throw std::runtime_error{"the news is not complete"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [GROUP [INTERFACE [SECONDS]]]]", 4}, receive_news);
}
