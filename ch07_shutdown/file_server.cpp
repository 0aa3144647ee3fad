// file_server.cpp - sends a file, ends its stream with a half-close, and still hears the thanks.
//
// Look for
//   [1] the length goes first: the end of the stream alone proves nothing, because it also
//       comes when the server is killed;
//   [2] shutdown(SHUT_WR) ends the stream after the last byte;
//   [3] the other direction is still open; close() would have ended both.
//
// Usage:   file_server [PORT [ADDRESS [FILE]]]     default: the program itself
// Pair:    ch07_shutdown/file_client
// Manual:  shutdown(2) tcp(7)
// Next:    ch07_shutdown/file_client
#include <endian.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/deadline.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

struct File {
    net::Fd fd;
    std::uint64_t size;  // bytes
};

File open_file(const std::string& name) {
    // Without O_NONBLOCK, opening a pipe would wait until another program opens it for writing.
    auto fd = sys::open(name, O_RDONLY | O_NONBLOCK);
    const auto status = sys::fstat(fd);
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error{name + ": not a regular file"};
    }
    std::byte first{};
    if (status.st_size == 0 && sys::read(fd, std::span{&first, 1}) != 0) {
        throw std::runtime_error{name + ": its length is not known (as in /proc)"};
    }
    return {std::move(fd), static_cast<std::uint64_t>(status.st_size)};
}

void send_file(const net::Fd& client, const std::string& name) {
    const auto file = open_file(name);
    const auto header = htobe64(file.size);
    net::send_all(client, std::as_bytes(std::span{&header, 1}));  // [1]

    std::vector<std::byte> buffer(65536);
    auto left = file.size;
    while (left != 0) {
        const auto wanted = std::min<std::uint64_t>(left, buffer.size());
        const auto count = sys::read(file.fd, std::span{buffer}.first(wanted));
        if (count == 0) {
            throw std::runtime_error{name + " has fewer bytes than its length says"};
        }
        net::send_all(client, std::span{buffer}.first(count));
        left -= count;
    }
    sys::shutdown(client, SHUT_WR);  // [2]
}

std::optional<net::Line> receive_line(const net::Fd& client) try {
    net::LineReader reader{client, 80};
    return reader.next();              // [3]
} catch (const std::runtime_error&) {  // it is too long
    net::discard_rest(client);
    throw;
}

// The client sends one line when it has stored the file. It may send more, and before it has read the
// file: with bytes unread, close would be a reset (close_loses_reply).
void hear_thanks(const sys::Accepted& client) {
    const auto line = receive_line(client.fd);
    if (!line) {
        throw std::runtime_error{"left without a thank-you"};
    }
    app::say(client.peer, " says: ", app::printable_line(line->text));
    net::discard_rest(client.fd);
}

void serve(const sys::Accepted& client, const std::string& name) try {
    app::say("connected ", client.peer);
    send_file(client.fd, name);
    hear_thanks(client);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void serve_next(const net::Fd& listener, const std::string& name) try {
    serve(sys::accept(listener), name);
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_one_after_another(app::Args args) {
    const std::string name = args.size() > 2 ? args[2] : "/proc/self/exe";
    const auto listener = net::tcp_listen(app::server_address(args));
    const auto size = open_file(name).size;
    app::note("every client gets ", name, ", ", size, " bytes");
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener, name);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [FILE]]]", 3}, serve_one_after_another);
}
