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

// The child's whole life: from the keyboard to the other side, until Ctrl-D.
[[noreturn]] inline void send_keyboard(const net::Fd& peer) {
    try {
        std::array<std::byte, 4096> buffer;
        while (const auto count = sys::read(STDIN_FILENO, buffer)) {
            net::send_all(peer, std::span{buffer}.first(count));
        }
        sys::shutdown(peer, SHUT_WR);
    } catch (const std::system_error& error) {
        app::try_note(error.what());
        std::signal(SIGUSR1, SIG_IGN);    // or else our status would be 0
        shutdown(peer.get(), SHUT_RDWR);  // the chat is over for our parent too
        _exit(1);
    }
    _exit(0);
}

// The other side must not command our terminal.
inline void show_messages(const net::Fd& peer) {
    net::LineReader lines{peer, 4096};
    while (const auto line = lines.next()) {
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
    } catch (...) {  // such as a reset, or a line that is too long
        end(child);
        throw;
    }
    if (end(child) != 0) {
        throw std::runtime_error{"what was typed could not be read or sent"};
    }
}

}  // namespace peer_chat
