// counter_mutex.cpp - four threads count to 400 together; a mutex lets one at a time add.
//
// Look for
//   [1] load, add, store: the critical section, in which only one thread may be;
//   [2] lock lets one thread in, the others wait; unlock lets the next one in;
//   [3] while it is locked, pthread_mutex_trylock() and _destroy() return EBUSY.
//
// Usage:   counter_mutex
// Manual:  pthread_mutex_lock(3) pthread_mutex_destroy(3)
// Next:    ch18_threads/semaphore_turns
#include <sched.h>

#include <array>
#include <atomic>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_thread.hpp"

namespace {

constexpr int rounds = 100;

struct Counter {
    long value = 0;
    std::atomic<long> additions = 0;  // an atomic counter loses none
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_barrier_t all_are_there{};  // no thread counts before the last one has begun
};

void* count(void* argument) {
    auto& counter = *static_cast<Counter*>(argument);
    pthread_barrier_wait(&counter.all_are_there);
    for (int round = 0; round < rounds; ++round) {
        sys::pthread_mutex_lock(counter.mutex);  // [2]
        const long value = counter.value;        // [1]
        sched_yield();
        counter.value = value + 1;
        ++counter.additions;
        sys::pthread_mutex_unlock(counter.mutex);
    }
    return nullptr;
}

void count_together() {
    Counter counter;
    std::array<pthread_t, 4> threads{};
    pthread_barrier_init(&counter.all_are_there, nullptr, threads.size());
    for (auto& thread : threads) {
        thread = sys::pthread_create(count, &counter);
    }
    for (const auto thread : threads) {
        sys::pthread_join(thread);
    }
    app::say(counter.additions.load(), " additions made, counted ", counter.value);

    sys::pthread_mutex_lock(counter.mutex);
    const auto reason = [](int error) { return std::generic_category().message(error); };
    app::say("trylock while locked: ", reason(pthread_mutex_trylock(&counter.mutex)));  // [3]
    app::say("destroy while locked: ", reason(pthread_mutex_destroy(&counter.mutex)));
    sys::pthread_mutex_unlock(counter.mutex);
    app::say("destroy when free: ", reason(pthread_mutex_destroy(&counter.mutex)));
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { count_together(); });
}
