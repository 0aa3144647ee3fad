// waiting.hpp - waits for something that no call can wait for: asks again and again, with an end.
#pragma once

#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace net {

// Returns when holds() does: at once, or it asks again each millisecond. Throws std::runtime_error,
// which says what it waited for, after ten seconds: far more than anything on the loopback takes.
template <typename Condition>
void wait_until(const char* what, Condition holds) {
    constexpr std::chrono::seconds limit{10};
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const bool is_late = std::chrono::steady_clock::now() > deadline;  // before the last look
        if (holds()) {
            return;
        }
        if (is_late) {
            throw std::runtime_error{"waited " + std::to_string(limit.count()) + " seconds for " +
                                     what};
        }
        ::usleep(1000);
    }
}

}  // namespace net
