// chat_server.cpp - everybody hears everybody: one thread for each member, one room for all.
//
// Look for
//   [1] all threads share the room: a thread must hold its lock to use it;
//   [2] nothing waits under the lock: a member that cannot take a line at once is put out;
//   [3] the others hear that a member left, also when its connection failed;
//   [4] what a member sends must not command the terminals of the others.
//
// Usage:   chat_server [PORT [ADDRESS]]
// Pair:    ch18_threads/chat_client
// Manual:  pthreads(7) send(2) shutdown(2)
// Next:    ch18_threads/chat_client; compare: echo_server
#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/deadline.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// Each member belongs to its own thread. While it is in the room, the room points to it.
struct Member {
    const net::Fd& connection;
    std::string name;
    bool too_slow = false;
};

class Room {
public:
    // Returns false if somebody in the room has this name.
    bool enter(Member& newcomer) {
        const std::lock_guard lock{mutex_};  // [1]
        if (std::ranges::find(members_, newcomer.name, &Member::name) != members_.end()) {
            return false;
        }
        members_.push_back(&newcomer);
        send_to_all("* " + newcomer.name + " joined\n");
        return true;
    }

    void leave(Member& leaver) {
        const std::lock_guard lock{mutex_};
        std::erase(members_, &leaver);
        send_to_all("* " + leaver.name + " left\n");
    }

    void say(const Member& speaker, const std::string& text) {
        const std::lock_guard lock{mutex_};
        send_to_all(speaker.name + ": " + text + '\n', &speaker);
    }

private:
    void send_to_all(const std::string& line, const Member* except = nullptr) {
        for (auto* member : members_) {
            if (member != except && !member->too_slow) {
                send_or_put_out(*member, line);
            }
        }
    }

    // [2] net::try_send does not wait. If there is no room for the whole line, the member
    // reads too slowly: its connection is shut down, and its own thread sees the end.
    static void send_or_put_out(Member& member, const std::string& line) try {
        if (net::try_send(member.connection, net::bytes(line)) != line.size()) {
            member.too_slow = true;
            sys::shutdown(member.connection, SHUT_RDWR);
        }
    } catch (const std::system_error&) {
        // The connection is broken; the member's own thread sees that too.
    }

    std::mutex mutex_;
    std::vector<Member*> members_;
};

void pass_on_lines(Member& member, net::LineReader& lines, Room& room) try {
    while (const auto line = lines.next()) {
        room.say(member, app::printable_line(line->text));  // [4]
    }
    room.leave(member);
} catch (const std::runtime_error&) {
    room.leave(member);  // [3]
    throw;
}

void talk(const net::Fd& connection, Room& room) {
    net::send_all(connection, net::bytes("* what is your name?\n"));
    net::LineReader lines{connection, 1000};
    const auto name = lines.next();
    if (!name) {
        return;
    }
    Member member{connection, app::printable_line(name->text)};  // [4]
    if (member.name.empty() || !room.enter(member)) {
        net::send_all(connection, net::bytes("* this name is empty or taken\n"));
        sys::shutdown(connection, SHUT_WR);
        net::discard_rest(connection);  // or a reset may take the line with it
        return;
    }
    pass_on_lines(member, lines, room);
    if (member.too_slow) {
        throw std::runtime_error{"it reads too slowly"};
    }
}

void serve(const sys::Accepted& client, const std::shared_ptr<Room>& room) try {
    app::say("connected ", client.peer);
    talk(client.fd, *room);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

void start_serving(sys::Accepted client, std::shared_ptr<Room> room) {
    const auto peer = client.peer;
    try {
        std::thread{serve, std::move(client), std::move(room)}.detach();
    } catch (const std::system_error& error) {
        app::say("dropped ", peer, ": ", error.what());
    }
}

void serve_next(const net::Fd& listener, const std::shared_ptr<Room>& room) try {
    start_serving(sys::accept(listener), room);
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_all(const net::Address& local) {
    const auto listener = net::tcp_listen(local);
    const auto room = std::make_shared<Room>();  // a detached thread may outlive this function
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener, room);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
