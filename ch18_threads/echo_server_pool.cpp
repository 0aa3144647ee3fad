// echo_server_pool.cpp - TCP echo by a fixed number of threads and a queue of limited length.
//
// Look for
//   [1] a worker serves one client until it leaves, then takes the next from the queue;
//   [2] if the queue is full, nobody is accepted: new clients wait in the kernel's backlog;
//   [3] a mutex protects the queue; wait() unlocks it while it waits for a change.
//
// Usage:   echo_server_pool [PORT [ADDRESS [WORKERS [QUEUE]]]]
// Pair:    ch04_tcp/echo_client
// Manual:  pthreads(7)
// Next:    ch18_threads/echo_server_reactors; compare: echo_server
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "common/accepting.hpp"
#include "common/echo.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// Clients that are accepted and not yet served. The main thread puts them in, the workers
// take them out.
class Queue {
public:
    explicit Queue(std::size_t limit) : limit_{limit} {}

    // Only the main thread puts clients in, so there is still room when it does.
    void wait_for_room() {
        std::unique_lock lock{mutex_};
        has_room_.wait(lock, [this] { return clients_.size() < limit_; });  // [3]
    }

    void put(sys::Accepted client) {
        std::unique_lock lock{mutex_};
        clients_.push_back(std::move(client));
        lock.unlock();  // the worker that wakes up need not wait for it
        has_clients_.notify_one();
    }

    sys::Accepted take() {
        std::unique_lock lock{mutex_};
        has_clients_.wait(lock, [this] { return !clients_.empty(); });
        auto client = std::move(clients_.front());
        clients_.pop_front();
        lock.unlock();
        has_room_.notify_one();
        return client;
    }

private:
    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable has_room_;
    std::condition_variable has_clients_;
    std::deque<sys::Accepted> clients_;
};

void serve(const sys::Accepted& client) try {
    sys::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    net::echo_until_closed(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

// Workers are detached and may outlive serve_all, so they share the ownership of the queue.
void work(const std::shared_ptr<Queue>& queue) {
    for (;;) {
        serve(queue->take());  // [1]
    }
}

void accept_next(const net::Fd& listener, Queue& queue) try {
    queue.wait_for_room();  // [2]
    auto client = sys::accept(listener);
    app::say("connected ", client.peer);
    queue.put(std::move(client));
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_all(app::Args args) {
    const auto local = app::server_address(args);
    const long workers = app::number(args, 2, "WORKERS", 1, 10000, 4);
    const long limit = app::number(args, 3, "QUEUE", 1, 10000, 8);
    const auto queue = std::make_shared<Queue>(static_cast<std::size_t>(limit));
    const auto listener = net::tcp_listen(local);
    for (long worker = 0; worker < workers; ++worker) {
        std::thread{work, queue}.detach();
    }
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        accept_next(listener, *queue);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[PORT [ADDRESS [WORKERS [QUEUE]]]]", 4}, serve_all);
}
