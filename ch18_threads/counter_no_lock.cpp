// counter_no_lock.cpp - four threads count to 400 together, and lose three additions of four.
//
// Wrong on purpose:
//   [1] two threads may load the same value before either stores: then one of the two
//       additions is lost. Without the barrier that happens by chance; with it, all
//       four threads load the value before the first of them stores.
//
// Usage:   counter_no_lock
// Manual:  pthreads(7) pthread_barrier_wait(3p)
// Next:    ch18_threads/counter_mutex
#include <array>
#include <atomic>

#include "common/program.hpp"
#include "common/sys_thread.hpp"

namespace {

constexpr int rounds = 100;

struct Counter {
    volatile long value = 0;
    std::atomic<long> additions = 0;  // an atomic counter loses none
    pthread_barrier_t all_have_loaded{};
};

void* count(void* argument) {
    auto& counter = *static_cast<Counter*>(argument);
    for (int round = 0; round < rounds; ++round) {
        const long value = counter.value;  // [1]
        pthread_barrier_wait(&counter.all_have_loaded);
        counter.value = value + 1;
        ++counter.additions;
    }
    return nullptr;
}

void count_together() {
    Counter counter;
    std::array<pthread_t, 4> threads{};
    pthread_barrier_init(&counter.all_have_loaded, nullptr, threads.size());
    for (auto& thread : threads) {
        thread = sys::pthread_create(count, &counter);
    }
    for (const auto thread : threads) {
        sys::pthread_join(thread);
    }
    app::say(counter.additions.load(), " additions made, counted ", counter.value);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { count_together(); });
}
