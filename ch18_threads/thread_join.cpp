// thread_join.cpp - starts a thread with an argument and waits for what it returns.
//
// Look for
//   [1] one pointer goes in, one pointer comes back: void* both ways;
//   [2] pthread_join() waits until the thread has ended, and stores its result;
//   [3] a pthread call returns its error, and does not set errno.
//
// Usage:   thread_join [NUMBER]
// Manual:  pthread_create(3) pthread_join(3)
// Next:    ch18_threads/thread_shared_memory
#include <cerrno>
#include <system_error>

#include "common/program.hpp"
#include "common/sys_thread.hpp"

namespace {

void* count(void* argument) {  // [1]
    const auto& most = *static_cast<const int*>(argument);
    for (int number = 1; number <= most; ++number) {
        app::say("thread: ", number);
    }
    static int result = 0;  // static: it must live longer than the thread
    result = most * 10;
    return &result;
}

void start_and_join(int most) {
    const auto thread = sys::pthread_create(count, &most);
    const auto* const result = static_cast<const int*>(sys::pthread_join(thread));  // [2]
    app::say("main: the thread returned ", *result);

    errno = 0;
    try {
        sys::pthread_join(pthread_self());
    } catch (const std::system_error& error) {
        app::say("main: joining myself: ", error.what(), "; errno is ", errno);  // [3]
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[NUMBER]", 1}, [](app::Args args) {
        start_and_join(static_cast<int>(app::number(args, 0, "NUMBER", 1, 1000, 3)));
    });
}
