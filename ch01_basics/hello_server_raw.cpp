// hello_server_raw.cpp - the first server, on the bare system calls: greets one client and ends.
//
// Look for
//   [1] every call that fails returns -1 and says why in errno: look each time;
//   [2] SOCK_CLOEXEC: without it a program started from here inherits the socket;
//   [3] accept wants the address of a length, and changes it;
//   [4] MSG_NOSIGNAL: without it SIGPIPE ends a server whose client has left.
//
// Usage:   hello_server_raw [PORT [ADDRESS]]
// Pair:    ch01_basics/hello_client
// Manual:  socket(2) bind(2) listen(2) accept(2) send(2) close(2) ip(7)
// Next:    ch01_basics/hello_server
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "common/program.hpp"

namespace {

[[noreturn]] void fail(const char* call) {
    throw std::system_error{errno, std::generic_category(), call};
}

void say_where(const char* what, const sockaddr_in& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    app::say(what, text.data(), ":", ntohs(address.sin_port));
}

int listen_on(std::uint16_t port, in_addr address) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // [2]
    if (listener == -1) {                                                   // [1]
        fail("socket");
    }
    const int on = 1;
    if (::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1) {
        fail("setsockopt");
    }
    sockaddr_in local{};  // all zero, then three fields: family, port, address
    local.sin_family = AF_INET;
    local.sin_port = htons(port);
    local.sin_addr = address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&local), sizeof local) == -1) {
        fail("bind");
    }
    if (::listen(listener, 1) == -1) {
        fail("listen");
    }
    socklen_t length = sizeof local;
    if (::getsockname(listener, reinterpret_cast<sockaddr*>(&local), &length) == -1) {
        fail("getsockname");
    }
    say_where("listening on ", local);
    return listener;
}

void greet_one(int listener) {
    sockaddr_in peer{};
    socklen_t length = sizeof peer;  // [3]
    const int client =
        ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC);
    if (client == -1) {
        fail("accept");
    }
    say_where("connected ", peer);
    const std::string_view greeting = "Hello!\n";
    if (::send(client, greeting.data(), greeting.size(), MSG_NOSIGNAL) == -1) {  // [4]
        fail("send");
    }
    if (::close(client) == -1) {
        fail("close");
    }
    say_where("closed ", peer);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [IPV4-ADDRESS]]", 2}, [](app::Args args) {
        in_addr address{};
        if (::inet_pton(AF_INET, args.size() > 1 ? args[1].c_str() : "127.0.0.1", &address) != 1) {
            throw app::UsageError{"not an IPv4 address: '" + args[1] + "'"};
        }
        const auto port = static_cast<std::uint16_t>(app::number(args, 0, "PORT", 0, 65535, 9190));
        const int listener = listen_on(port, address);
        greet_one(listener);
        ::close(listener);
    });
}
