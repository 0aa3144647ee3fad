// detach_join.cpp - neither join nor detach ends a thread; they say who cleans up after it.
//
// Look for
//   [1] pthread_detach() returns at once, and the thread goes on;
//   [2] a detached thread cannot be joined any more;
//   [3] pthread_join() returns only when the thread has ended;
//   [4] when main returns, every thread ends with the process.
//
// Usage:   detach_join
// Manual:  pthread_detach(3) pthread_join(3)
// Next:    ch18_threads/echo_server
#include <semaphore.h>

#include <cerrno>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_thread.hpp"

namespace {

struct Thread {
    const char* name;
    sem_t go{};    // main lets the thread go on
    sem_t gone{};  // the thread has gone on
    explicit Thread(const char* thread_name) : name{thread_name} {
        sem_init(&go, 0, 0);
        sem_init(&gone, 0, 0);
    }
};

void wait_for(sem_t& semaphore) {
    while (sem_wait(&semaphore) == -1 && errno == EINTR) {
    }
}

void* wait_then_speak(void* argument) {
    auto& thread = *static_cast<Thread*>(argument);
    wait_for(thread.go);
    app::say(thread.name, ": still here");
    sem_post(&thread.gone);
    return nullptr;
}

void* wait_for_ever(void* argument) {
    wait_for(*static_cast<sem_t*>(argument));
    app::say("never printed");
    return nullptr;
}

void detach_one_join_one() {
    static Thread detached{"detached"};
    const auto first = sys::pthread_create(wait_then_speak, &detached);
    sys::pthread_detach(first);  // [1]
    app::say("main: detach has returned, the thread has not");
    if (const int error = pthread_join(first, nullptr); error != 0) {  // [2]
        app::say("main: joining it: ", std::generic_category().message(error));
    }
    sem_post(&detached.go);
    wait_for(detached.gone);

    Thread joined{"joined"};
    const auto second = sys::pthread_create(wait_then_speak, &joined);
    sem_post(&joined.go);
    sys::pthread_join(second);  // [3]
    app::say("main: join has returned, the thread has ended");

    static sem_t never;
    sem_init(&never, 0, 0);
    sys::pthread_detach(sys::pthread_create(wait_for_ever, &never));
    app::say("main: returns while a thread still waits");  // [4]
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"", 0}, [](app::Args) { detach_one_join_one(); });
}
