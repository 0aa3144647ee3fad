// thread_shared_memory.cpp - a thread adds 1 to five variables; main sees two of the changes.
//
// Look for
//   [1] all threads share one data segment and one heap;
//   [2] each thread has its own stack, at another address;
//   [3] and its own thread_local variables; errno is one of them;
//   [4] and its own signal mask.
//
// Usage:   thread_shared_memory
// Manual:  pthreads(7)
// Next:    ch18_threads/counter_no_lock
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <vector>

#include "common/program.hpp"
#include "common/sys_thread.hpp"

namespace {

int global = 10;            // data segment
thread_local int own = 40;  // one in each thread

struct Shared {
    std::vector<int>& heap;
    const void* stack_of_thread;         // main's, until the thread has set it
    pthread_barrier_t both_are_there{};  // a stack may be used again when its thread has ended
    bool thread_sees_its_changes = false;
    bool thread_blocks_signal = false;
};

// The lowest address of the calling thread's stack.
const void* own_stack() {
    pthread_attr_t attributes;
    void* lowest = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    return lowest;
}

bool blocks_signal() {
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    return sigismember(&blocked, SIGUSR1) == 1;
}

void* change_everything(void* argument) {
    auto& shared = *static_cast<Shared*>(argument);
    pthread_barrier_wait(&shared.both_are_there);
    shared.stack_of_thread = own_stack();  // [2]
    int local = 30;
    errno = 50;
    ++global;
    ++shared.heap[0];  // [1]
    ++local;
    ++own;
    ++errno;  // [3]
    shared.thread_sees_its_changes =
        global == 11 && shared.heap[0] == 21 && local == 31 && own == 41 && errno == 51;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // [4]
    shared.thread_blocks_signal = blocks_signal();
    return nullptr;
}

void look_before_and_after() {
    const int local = 30;
    std::vector<int> heap(1, 20);
    Shared shared{.heap = heap, .stack_of_thread = own_stack()};
    pthread_barrier_init(&shared.both_are_there, nullptr, 2);
    errno = 50;
    const auto thread = sys::pthread_create(change_everything, &shared);
    pthread_barrier_wait(&shared.both_are_there);
    sys::pthread_join(thread);

    const int error = errno;
    app::say("the thread ", shared.thread_sees_its_changes ? "added" : "did not add",
             " 1 to each; main now sees");
    app::say("data segment: ", global);
    app::say("heap: ", heap[0]);
    app::say("stack: ", local);
    app::say("thread_local: ", own);
    app::say("errno: ", error);
    app::say("SIGUSR1 is blocked: in the thread ", shared.thread_blocks_signal ? "yes" : "no",
             ", in main ", blocks_signal() ? "yes" : "no");
    const bool same_stack = shared.stack_of_thread == own_stack();  // [2]
    app::say("both use the same stack: ", same_stack ? "yes" : "no");
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { look_before_and_after(); });
}
