// buffer_sizes.cpp - asks for buffers of several sizes, and shows what it gets.
//
// Look for
//   [1] a new socket already has both buffers;
//   [2] the kernel doubles the size: its own data about each packet goes there too;
//   [3] there is a smallest size, and a largest one that only root may exceed.
//
// Usage:   buffer_sizes
// Manual:  socket(7) tcp(7) udp(7)
// Next:    ch09_options/reuse_server
#include <string>
#include <system_error>

#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"

namespace {

void ask(const char* buffer, int type, int option) {
    const auto at_first = sys::getsockopt<int>(sys::socket(AF_INET, type), SOL_SOCKET, option);
    app::say(buffer, ", at first: ", at_first);  // [1]
    for (const int wanted : {1, 3072, 100'000, 1 << 30}) {
        const auto socket = sys::socket(AF_INET, type);
        sys::setsockopt(socket, SOL_SOCKET, option, wanted);
        const auto got = sys::getsockopt<int>(socket, SOL_SOCKET, option);
        app::say("  asked for ", wanted, ", got ", got);  // [2] [3]
    }
}

// What the administrator allows, in bytes before doubling. Older kernels show it only in the
// machine's own network namespace.
void say_limit(const std::string& file) try {
    const auto setting = sys::open("/proc/sys/net/core/" + file, O_RDONLY);
    net::LineReader lines{setting, 100};
    app::say("net.core.", file, ": ", lines.next()->text);
} catch (const std::system_error& error) {
    app::say("net.core.", file, ": ", error.code().message());
}

void compare() {
    ask("TCP send buffer", SOCK_STREAM, SO_SNDBUF);
    ask("TCP receive buffer", SOCK_STREAM, SO_RCVBUF);
    ask("UDP send buffer", SOCK_DGRAM, SO_SNDBUF);
    ask("UDP receive buffer", SOCK_DGRAM, SO_RCVBUF);
    say_limit("wmem_max");
    say_limit("rmem_max");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { compare(); });
}
