#include "common/sys_thread.hpp"

#include <system_error>

namespace sys {

namespace {

void check_error(int error, const char* call) {
    if (error != 0) {
        throw std::system_error{error, std::generic_category(), call};
    }
}

}  // namespace

pthread_t pthread_create(void* (*start)(void*), void* argument) {
    pthread_t thread{};
    check_error(::pthread_create(&thread, nullptr, start, argument), "pthread_create");
    return thread;
}

void* pthread_join(pthread_t thread) {
    void* result = nullptr;
    check_error(::pthread_join(thread, &result), "pthread_join");
    return result;
}

void pthread_detach(pthread_t thread) {
    check_error(::pthread_detach(thread), "pthread_detach");
}

void pthread_mutex_lock(pthread_mutex_t& mutex) {
    check_error(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
}

void pthread_mutex_unlock(pthread_mutex_t& mutex) {
    check_error(::pthread_mutex_unlock(&mutex), "pthread_mutex_unlock");
}

}  // namespace sys
