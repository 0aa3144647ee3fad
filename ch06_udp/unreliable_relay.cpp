// unreliable_relay.cpp - drops, doubles and delays the datagrams between two UDP programs.
//
// Look for
//   [1] one socket for both sides: the sender's address tells the direction;
//   [2] each letter of the rule is for one datagram to the server: k keep, d drop, t twice,
//       l late (sent after the next one that is kept); when the letters end, all are kept.
//
// Usage:   unreliable_relay [PORT [ADDRESS [SERVER-PORT [RULE]]]]
//          ADDRESS is no wildcard such as 0.0.0.0
//          default: from 9190 to 9191 on the same ADDRESS, rule kdktkllk
// Manual:  udp(7) recvfrom(2) sendto(2)
// Next:    ch06_udp/local_address
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/udp.hpp"

namespace {

// Simplified: answers go to the client that sent last.
class Relay {
public:
    Relay(const net::Address& local, const net::Address& server, std::string rule)
        : socket_{net::udp_bind(local)}, server_{server}, rule_{std::move(rule)} {
        app::say("listening on ", sys::getsockname(socket_));
    }

    void pass_next() {
        std::vector<std::byte> buffer(65536);
        const auto received = net::recvfrom(socket_, buffer);
        try {
            pass(std::span{buffer}.first(received.size), received.sender);
        } catch (const std::system_error& error) {  // such as a client with port 0
            app::say("dropped ", received.sender, ": ", error.what());
        }
    }

private:
    void pass(std::span<const std::byte> datagram, const net::Address& sender) {
        if (sender == server_) {  // [1]
            if (client_.family() != AF_UNSPEC) {
                sys::sendto(socket_, datagram, 0, client_);
            }
        } else {
            client_ = sender;
            pass_to_server(datagram);
        }
    }

    void pass_to_server(std::span<const std::byte> datagram) {
        const char letter = number_ < rule_.size() ? rule_[number_] : 'k';  // [2]
        ++number_;
        if (letter == 'd') {
            app::say("datagram ", number_, " dropped");
            return;
        }
        if (letter == 'l') {
            held_back_.emplace_back(datagram.begin(), datagram.end());
            app::say("datagram ", number_, " held back");
            return;
        }
        sys::sendto(socket_, datagram, 0, server_);
        if (letter == 't') {
            sys::sendto(socket_, datagram, 0, server_);
            app::say("datagram ", number_, " sent twice");
        }
        for (const auto& late : held_back_) {
            sys::sendto(socket_, late, 0, server_);
        }
        held_back_.clear();
    }

    net::Fd socket_;
    net::Address server_;
    net::Address client_;  // family AF_UNSPEC until a client has sent something
    std::string rule_;
    std::size_t number_ = 0;  // of datagrams to the server so far
    std::vector<std::vector<std::byte>> held_back_;
};

void relay(app::Args args) {
    const auto local = app::server_address(args);
    const auto port = app::number(args, 2, "SERVER-PORT", 1, 65535, 9191);
    const std::string rule = args.size() > 3 ? args[3] : "kdktkllk";
    if (rule.find_first_not_of("kdtl") != std::string::npos) {
        throw app::UsageError{"RULE has only the letters k, d, t and l, not '" + rule + "'"};
    }
    const std::string address = args.size() > 1 ? args[1] : "127.0.0.1";
    // From a wildcard, answers would come from another address, and be taken for questions.
    if (net::without_zeros(local) != local) {
        throw app::UsageError{"ADDRESS must be one that answers can come from, not '" + address +
                              "'"};
    }
    Relay relay{local, net::parse(address, static_cast<std::uint16_t>(port)), rule};
    for (;;) {
        relay.pass_next();
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [SERVER-PORT [RULE]]]]", 4}, relay);
}
