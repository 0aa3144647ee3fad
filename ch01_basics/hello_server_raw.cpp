// hello_server_raw.cpp - the first server, made of bare system calls: greets one client and ends.
//
// Look for
//   [1] a system call that fails returns -1 and leaves the reason in errno: check every call;
//   [2] SOCK_CLOEXEC: without it, a program that this one starts would inherit the socket;
//   [3] accept takes the address of a length: the room before the call, the length after it;
//   [4] MSG_NOSIGNAL: without it, SIGPIPE would kill the server if the client has left.
//
// Usage:   hello_server_raw [PORT [IPV4-ADDRESS]]
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

// Ends the program with an error message: app::run, in main, catches what is thrown here.
[[noreturn]] void fail(const char* call) {
    throw std::system_error{errno, std::generic_category(), call};
}

void say_where(const char* what, const sockaddr_in& address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    app::say(what, text.data(), ":", ntohs(address.sin_port));
}

in_addr parse_address(const std::string& text) {
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1) {
        throw app::UsageError{"not an IPv4 address: '" + text + "'"};
    }
    return address;
}

int listen_on(in_addr address, std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // [2]
    if (listener == -1) {                                                   // [1]
        fail("socket");
    }
    // So that the server can start again on the same port at once (ch09_options/reuse_server).
    const int on = 1;
    if (::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1) {
        fail("setsockopt");
    }
    sockaddr_in local{};  // all zero; then its three fields are set
    local.sin_family = AF_INET;
    local.sin_port = htons(port);
    local.sin_addr = address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&local), sizeof local) == -1) {
        fail("bind");
    }
    // From here on the kernel accepts connections. They wait until accept takes them: with 1, two
    // can wait (ch04_tcp/listen_queue).
    if (::listen(listener, 1) == -1) {
        fail("listen");
    }
    // If the port was 0, the kernel has chosen one: ask for it.
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
    // Waits for a client. The connection is a new socket; the listener stays as it is.
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
        const auto port = static_cast<std::uint16_t>(app::number(args, 0, "PORT", 0, 65535, 9190));
        const auto address = parse_address(args.size() > 1 ? args[1] : "127.0.0.1");
        const int listener = listen_on(address, port);
        greet_one(listener);
        ::close(listener);
    });
}
