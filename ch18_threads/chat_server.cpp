// chat_server.cpp - everybody hears everybody: a thread for each member, one room for all.
//
// Look for
//   [1] the room is shared by all threads: nobody looks at it without its lock;
//   [2] under the lock nothing waits: who does not take a line at once is put out;
//   [3] whatever ends a member's thread, the others hear of it.
//
// Usage:   chat_server [PORT [ADDRESS]]
// Pair:    ch18_threads/chat_client
// Manual:  pthreads(7) send(2) shutdown(2)
// Next:    ch18_threads/chat_client; compare: diff echo_server.cpp chat_server.cpp
#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/nonblocking.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

struct Member {
    const net::Fd& fd;
    std::string name;
    bool slow = false;
};

class Room {
public:
    // Returns false where somebody of that name is there.
    bool enter(Member& newcomer) {
        const std::lock_guard lock{mutex_};  // [1]
        if (std::ranges::find(members_, newcomer.name, &Member::name) != members_.end()) {
            return false;
        }
        members_.push_back(&newcomer);
        tell_all_but(nullptr, "* " + newcomer.name + " joined\n");
        return true;
    }

    void leave(const Member& leaver) {
        const std::lock_guard lock{mutex_};
        std::erase(members_, &leaver);
        tell_all_but(&leaver, "* " + leaver.name + " left\n");
    }

    void tell(const Member& teller, const std::string& text) {
        const std::lock_guard lock{mutex_};
        tell_all_but(&teller, teller.name + ": " + text + '\n');
    }

private:
    void tell_all_but(const Member* teller, const std::string& line) {
        for (auto* member : members_) {
            if (member != teller) {
                give(*member, line);
            }
        }
    }

    static void give(Member& member, const std::string& line) try {
        if (!member.slow && net::try_send(member.fd, net::bytes(line)) != line.size()) {
            member.slow = true;
            sys::shutdown(member.fd, SHUT_RDWR);  // [2] its own thread sees the end
        }
    } catch (const std::system_error&) {
        // That one is gone; its own thread will see it.
    }

    std::mutex mutex_;
    std::vector<Member*> members_;
};

void send_text(const net::Fd& client, const std::string& text) {
    net::send_all(client, net::bytes(text));
}

void listen_to(const Member& member, net::LineReader& lines, Room& room) try {
    while (const auto line = lines.next()) {
        room.tell(member, app::printable(line->text));
    }
    room.leave(member);
} catch (const std::runtime_error&) {
    room.leave(member);  // [3]
    throw;
}

void talk(const net::Fd& client, Room& room) {
    send_text(client, "* what is your name?\n");
    net::LineReader lines{client, 1000};
    const auto name = lines.next();
    Member member{client, app::printable(name ? name->text : "")};
    if (member.name.empty() || !room.enter(member)) {
        send_text(client, "* that is no name, or it is taken\n");
        return;
    }
    listen_to(member, lines, room);
    if (member.slow) {
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
    const auto room = std::make_shared<Room>();
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
