// ipc_tour.cpp - eight ways for a child to send its parent a message.
//
// Look for
//   [1] a FIFO, a file, a queue and shared memory have names: unrelated processes can open them;
//   [2] memory does not say when the data is there: here the end of the child says it;
//   [3] a queue keeps messages apart, a signal carries one number;
//   [4] only a socket reaches another host too.
//
// Usage:   ipc_tour
// Manual:  pipe(7) fifo(7) mmap(2) shm_overview(7) mq_overview(7) sigqueue(3) socket(7)
// Next:    ch12_select/select_stdin
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>

#include "common/check.hpp"
#include "common/io.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/run_in_child.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_file.hpp"
#include "common/tcp_pair.hpp"

namespace {

constexpr std::string_view message = "Hello, parent!";

void write_message(const net::Fd& to) {
    net::write_all(to, net::bytes(message));
}

std::string read_message(const net::Fd& from) {
    std::array<std::byte, 64> buffer;
    const auto count = sys::read(from, buffer);
    return std::string{net::text(std::span{buffer}.first(count))};
}

// Returns when the child has sent the message and ended, so the parent can read it.
template <typename Send>
void send_from_child(Send send) {
    if (net::wait_for(app::run_in_child(send)) != 0) {
        throw std::runtime_error{"the child has failed"};
    }
}

// A name that no other process uses: it ends in our process number.
std::string own_name(const char* start) {
    return start + std::to_string(getpid());
}

// Removes the name in the end, also if something fails.
using RemovedName = std::unique_ptr<const char, int (*)(const char*)>;

std::string by_pipe() {
    const auto pipe = sys::pipe();
    send_from_child([&] { write_message(pipe.writer); });
    return read_message(pipe.reader);
}

// A FIFO is a pipe with a path. Only mknod() differs from a regular file, so kind says which it is.
// (To open a FIFO for reading waits for a writer; O_RDWR does not.)
std::string by_path(mode_t kind) {
    const auto name = own_name("/tmp/ipc_tour.");
    const RemovedName removed{name.c_str(), unlink};
    sys::check(mknod(name.c_str(), kind | 0600, 0), "mknod", name);
    const auto file = sys::open(name, O_RDWR);
    send_from_child([&] { write_message(sys::open(name, O_WRONLY)); });  // [1]
    return read_message(file);
}

// A page that processes share: the first of a file, or with -1 a new one without a file.
char* map_page(int fd) {
    const int flags = fd == -1 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (page == MAP_FAILED) {
        sys::fail("mmap");
    }
    return static_cast<char*>(page);
}

std::string by_mapped_memory() {
    char* const page = map_page(-1);
    send_from_child([&] { std::ranges::copy(message, page); });
    return page;  // [2]
}

std::string by_shared_memory() {
    const auto name = own_name("/ipc_tour.");
    const RemovedName removed{name.c_str(), shm_unlink};
    const auto open_memory = [&](int flags) {
        return net::Fd{sys::check(shm_open(name.c_str(), O_RDWR | flags, 0600), "shm_open", name)};
    };
    const auto memory = open_memory(O_CREAT | O_EXCL);
    sys::check(ftruncate(memory.get(), 4096), "ftruncate");
    send_from_child([&] { std::ranges::copy(message, map_page(open_memory(0).get())); });
    return map_page(memory.get());
}

std::string by_message_queue() {
    const auto name = own_name("/ipc_tour.");
    const RemovedName removed{name.c_str(), mq_unlink};
    std::array<char, 64> buffer;  // mq_receive() wants room for the longest message allowed
    mq_attr limits{};
    limits.mq_maxmsg = 1;
    limits.mq_msgsize = buffer.size();
    const auto open_queue = [&](int flags) {
        return net::Fd{sys::check(mq_open(name.c_str(), flags, 0600, &limits), "mq_open", name)};
    };
    const auto queue = open_queue(O_RDONLY | O_CREAT | O_EXCL);
    send_from_child([&] {
        sys::check(mq_send(open_queue(O_WRONLY).get(), message.data(), message.size(), 0),
                   "mq_send");
    });
    const auto count = mq_receive(queue.get(), buffer.data(), buffer.size(), nullptr);  // [3]
    return {buffer.data(), static_cast<std::size_t>(sys::check(count, "mq_receive"))};
}

// Letter by letter: real-time signals queue up in order, and each carries a number.
std::string by_signals() {
    const auto signals = net::open_signals({SIGRTMIN});
    send_from_child([parent = getpid()] {
        for (const char letter : message) {
            sys::check(sigqueue(parent, SIGRTMIN, {.sival_int = letter}), "sigqueue");
        }
    });
    std::array<signalfd_siginfo, message.size()> received;
    (void)sys::read(signals, std::as_writable_bytes(std::span{received}));
    std::string text;
    for (const auto& signal : received) {
        text += static_cast<char>(signal.ssi_int);
    }
    return text;
}

std::string by_socket() {
    const auto connection = net::tcp_pair();  // [4]
    send_from_child([&] { write_message(connection.near); });
    return read_message(connection.far);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) {
        app::say("pipe: ", by_pipe());
        app::say("FIFO: ", by_path(S_IFIFO));
        app::say("file: ", by_path(S_IFREG));
        app::say("mapped memory: ", by_mapped_memory());
        app::say("shared memory: ", by_shared_memory());
        app::say("message queue: ", by_message_queue());
        app::say("signals: ", by_signals());
        app::say("socket: ", by_socket());
    });
}
