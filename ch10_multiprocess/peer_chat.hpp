// peer_chat.hpp - one end of a chat between two people, in two processes.
//
// The child reads the keyboard, the parent the socket: neither waits for the other. Both hold the
// socket, so on Ctrl-D only shutdown() ends the stream, not close(). When the other side has ended,
// the parent ends its child by a signal and collects its status.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"

namespace peer_chat {

// A handler may call only what is safe in it, such as write() and _exit().
inline void on_end_of_peer(int /*signal*/) {
    constexpr std::string_view text{"SIGUSR1: the other side has ended\n"};
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
    _exit(0);
}

// 0 at Ctrl-D. A keyboard that cannot be read ends the chat for our parent too, and is its error.
inline std::size_t read_keyboard(const net::Fd& peer, std::span<std::byte> into) try {
    return sys::read(STDIN_FILENO, into);
} catch (const std::system_error& error) {
    app::note(error.what());
    std::signal(SIGUSR1, SIG_IGN);
    shutdown(peer.get(), SHUT_RDWR);
    _exit(1);
}

// The child's whole life: from the keyboard to the other side, until Ctrl-D.
[[noreturn]] inline void send_keyboard(const net::Fd& peer) {
    try {
        std::array<std::byte, 4096> buffer;
        while (const auto count = read_keyboard(peer, buffer)) {
            net::send_all(peer, std::span{buffer}.first(count));
        }
        sys::shutdown(peer, SHUT_WR);
    } catch (const std::system_error& error) {
        app::note(error.what());
        shutdown(peer.get(), SHUT_RDWR);  // the chat is over for our parent too
    }
    _exit(0);
}

// No value at the end of the stream. A reset ends the chat too.
inline std::optional<net::Line> next_line(net::LineReader& lines) try {
    return lines.next();
} catch (const std::system_error& error) {
    app::note(error.what());
    return std::nullopt;
}

// The other side must not command our terminal.
inline void show_messages(const net::Fd& peer) {
    net::LineReader lines{peer, 4096};
    while (const auto line = next_line(lines)) {
        app::say(app::printable_line(line->text));
    }
}

// Returns the child's status.
inline int end(pid_t child) {
    kill(child,
         SIGUSR1);  // its status is not collected yet, so no other process can have its number
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

// Ctrl-D on either side ends both. Here it ends our direction of the stream; then the other side
// closes, and our parent reads the end too.
inline void chat(const net::Fd& peer) {
    std::signal(SIGUSR1, on_end_of_peer);
    const pid_t child = sys::check(fork(), "fork");
    if (child == 0) {
        send_keyboard(peer);
    }
    try {
        show_messages(peer);
    } catch (...) {  // such as a line that is too long
        end(child);
        throw;
    }
    if (end(child) != 0) {
        throw std::runtime_error{"the keyboard could not be read"};
    }
}

}  // namespace peer_chat
