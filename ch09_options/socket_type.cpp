// socket_type.cpp - asks two sockets for their type, and tries to change it.
//
// Look for
//   [1] getsockopt() writes the whole option, or as much of it as there is room for;
//   [2] socket() fixed the type: it can be read, but not set;
//   [3] an option has a level: at another level the same number is another option.
//
// Usage:   socket_type
// Manual:  getsockopt(2) socket(7)
// Next:    ch09_options/option_table
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstdint>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"

namespace {

template <typename T>
void say_option(const char* what, const net::Fd& fd, int level, int name) try {
    app::say(what, ": ", sys::getsockopt<T>(fd, level, name));
} catch (const std::system_error& error) {
    app::say(what, ": ", error.what());
}

void ask_for_types() {
    const auto tcp = sys::socket(AF_INET, SOCK_STREAM);
    const auto udp = sys::socket(AF_INET, SOCK_DGRAM);
    app::say("SOCK_STREAM is ", int{SOCK_STREAM}, ", SOCK_DGRAM is ", int{SOCK_DGRAM});
    say_option<int>("type of the TCP socket", tcp, SOL_SOCKET, SO_TYPE);
    say_option<int>("type of the UDP socket", udp, SOL_SOCKET, SO_TYPE);
    say_option<char>("the same into one byte", udp, SOL_SOCKET, SO_TYPE);  // [1]
    say_option<std::int64_t>("the same into eight bytes", udp, SOL_SOCKET, SO_TYPE);

    try {
        sys::setsockopt(tcp, SOL_SOCKET, SO_TYPE, int{SOCK_DGRAM});  // [2]
    } catch (const std::system_error& error) {
        app::say("changing it: ", error.what());
    }
    say_option<int>("type after that", tcp, SOL_SOCKET, SO_TYPE);

    app::say("SO_TYPE is ", SO_TYPE, ", TCP_CORK is ", TCP_CORK);
    say_option<int>("that number, level IPPROTO_TCP", tcp, IPPROTO_TCP, SO_TYPE);  // [3]
    say_option<int>("level IPPROTO_TCP of the UDP socket", udp, IPPROTO_TCP, TCP_CORK);
    say_option<int>("a number that is not an option", tcp, SOL_SOCKET, 9999);
    say_option<int>("a file", sys::open("/dev/null", O_RDONLY), SOL_SOCKET, SO_TYPE);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { ask_for_types(); });
}
