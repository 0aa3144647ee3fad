// semaphore_turns.cpp - one thread reads numbers, another adds them up, strictly in turn.
//
// Look for
//   [1] sem_wait() waits while the semaphore is 0, then subtracts 1;
//   [2] sem_post() adds 1 and wakes a thread that waits: here it hands over the turn;
//   [3] sem_trywait() does not wait: at 0 it fails with EAGAIN.
//
// Usage:   semaphore_turns <numbers
// Manual:  sem_wait(3) sem_post(3) sem_overview(7)
// Next:    ch18_threads/detach_join
#include <semaphore.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <exception>
#include <system_error>

#include "common/check.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_thread.hpp"

namespace {

struct Turns {
    sem_t to_read{};
    sem_t to_add{};
    int number = 0;  // only the thread whose turn it is may touch these
    bool finished = false;
    long sum = 0;
};

void wait_for(sem_t& semaphore) {
    while (sem_wait(&semaphore) == -1 && errno == EINTR) {  // [1]
    }
}

void* add_in_turn(void* argument) {
    auto& turns = *static_cast<Turns*>(argument);
    for (;;) {
        wait_for(turns.to_add);
        if (turns.finished) {
            return nullptr;
        }
        turns.sum += turns.number;
        app::say("added ", turns.number, ", the sum is ", turns.sum);
        sem_post(&turns.to_read);  // [2]
    }
}

int number_in(const std::string& line) {
    int number = 0;
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data(), end, number);
    if (error != std::errc{} || stop != end) {
        throw app::UsageError{"not a number: '" + app::printable(line) + "'"};
    }
    return number;
}

void read_in_turn(Turns& turns) {
    net::LineReader lines{STDIN_FILENO, 100};
    while (const auto line = lines.next()) {
        const int number = number_in(line->text);
        wait_for(turns.to_read);
        turns.number = number;
        sem_post(&turns.to_add);
    }
}

void read_and_add() {
    Turns turns;
    sys::check(sem_init(&turns.to_read, 0, 1), "sem_init");  // reading comes first
    sys::check(sem_init(&turns.to_add, 0, 0), "sem_init");
    if (sem_trywait(&turns.to_add) == -1) {  // [3]
        app::say("trywait at 0: ", std::generic_category().message(errno));
    }
    const auto adder = sys::pthread_create(add_in_turn, &turns);

    // A bad line is thrown on only after the other thread, which uses turns, has ended.
    std::exception_ptr failure;
    try {
        read_in_turn(turns);
    } catch (...) {
        failure = std::current_exception();
    }
    wait_for(turns.to_read);
    turns.finished = true;
    sem_post(&turns.to_add);
    sys::pthread_join(adder);
    sem_destroy(&turns.to_read);
    sem_destroy(&turns.to_add);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"<numbers", 0}, [](app::Args) { read_and_add(); });
}
