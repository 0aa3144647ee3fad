// sys_thread.hpp - the pthread calls under their own names; failure throws.
//
// These calls return their error and do not set errno; here it is thrown as std::system_error
// that names the call, as everywhere in sys.
#pragma once

#include <pthread.h>  // IWYU pragma: export

namespace sys {

// Runs start(argument) in a new thread. Some thread must join or detach it.
[[nodiscard]] pthread_t pthread_create(void* (*start)(void*), void* argument);

// Waits until the thread has ended, releases it and returns what it returned.
void* pthread_join(pthread_t thread);

// The thread releases itself when it ends; no thread can join it any more.
void pthread_detach(pthread_t thread);

void pthread_mutex_lock(pthread_mutex_t& mutex);
void pthread_mutex_unlock(pthread_mutex_t& mutex);

}  // namespace sys
