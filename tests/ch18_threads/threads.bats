#!/usr/bin/env bats
# thread_join, thread_shared_memory, counters, semaphore_turns, detach_join.
# shellcheck disable=SC2030,SC2031 # each test has its own output

setup() { load ../harness.bash; }

# join_that CODE: a pthread_join that really joins, with CODE after it.
join_that() {
  echo "int pthread_join(pthread_t thread, void **result) {
    int error = reinterpret_cast<int (*)(pthread_t, void **)>(dlsym(RTLD_NEXT, \"pthread_join\"))(thread, result);
    $1
    return error;
  }"
}

# hint: One pointer goes in and one comes back. What they point to must live as long as somebody looks at it.
# page: ch18_threads/README.md#what-threads-share
@test "an argument goes in and a result comes back" {
  run -0 client ch18_threads/thread_join 2
  assert_line --index 1 "thread: 2"
  assert_line --index 2 "main: the thread returned 20"
  run -0 client ch18_threads/thread_join 5
  assert_line --index 4 "thread: 5"
  assert_line --index 5 "main: the thread returned 50"
  ! is_stranger ch18_threads/thread_join || return 0
  main_waits_for_the_thread
  run -1 with_calls 'int pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) noexcept { return EAGAIN; }' \
    ch18_threads/thread_join
  assert_line --index 0 "thread_join: pthread_create: Resource temporarily unavailable"
  run -0 with_calls "$(join_that 'static int seven = 7; *result = &seven;')" ch18_threads/thread_join
  assert_line "main: the thread returned 7" # what join stores
}

# main_waits_for_the_thread: it cannot write into a full pipe, so it lives until that is read.
main_waits_for_the_thread() {
  local calls=$BATS_TEST_TMPDIR/calls
  traced -f -o "$calls" -e trace=clone,clone3,futex,write
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  exec 9<>"$BATS_TEST_TMPDIR/pipe"
  dd if=/dev/zero of="$BATS_TEST_TMPDIR/pipe" oflag=nonblock bs=4096 count=1024 status=none 2>/dev/null || true
  timeout 60 "${server_wrapper[@]}" "$(program ch18_threads/thread_join)" 2 >&9 3>&- &
  local main=$! thread
  # A futex call with the number of the thread is the wait of pthread_join.
  eventually grep -qE '^[0-9]+ +write\(1, "thread: 1' "$calls"
  thread=$(sed -nE 's/^([0-9]+) +write\(1, "thread: 1.*/\1/p' "$calls")
  eventually grep -qE "^[0-9]+ +futex\(0x[0-9a-f]+, FUTEX_WAIT[A-Z_|]*, $thread, " "$calls"
  run -0 timeout 20 head -n 3 <&9
  assert_line --partial "thread: 1"
  assert_line "thread: 2"
  assert_line "main: the thread returned 20"
  timeout 1 cat <&9 >/dev/null || true
  exec 9>&-
  wait "$main"
}

# hint: A pthread call returns the error itself. To join the calling thread is one.
# page: ch18_threads/README.md#what-threads-share
@test "pthread calls return their error and do not set errno" {
  run -0 client ch18_threads/thread_join
  assert_line "main: joining myself: pthread_join: Resource deadlock avoided; errno is 0"
}

# hint: Join the thread before you look. Each thread has a stack, an errno and a signal mask of its own.
# page: ch18_threads/README.md#what-threads-share
@test "data and heap are shared, stack and thread-local variables are not" {
  run -0 client ch18_threads/thread_shared_memory
  assert_output "the thread added 1 to each; main now sees
data segment: 11
heap: 21
stack: 30
thread_local: 40
errno: 50
SIGUSR1 is blocked: in the thread yes, in main no
both use the same stack: no"
  ! is_stranger ch18_threads/thread_shared_memory || return 0
  # It looks after join, not before.
  run -1 with_calls "$(join_that 'error = ESRCH;')" ch18_threads/thread_shared_memory
  assert_output "thread_shared_memory: pthread_join: No such process"
}

# Both live at the same time (a barrier holds them), so there are switches between them.
# judges: ch18_threads/thread_shared_memory
@test "a switch between threads leaves data segment and heap as they are, because they have one memory" {
  local calls=$BATS_TEST_TMPDIR/calls
  traced -f -o "$calls" -e trace=clone,clone3
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch18_threads/thread_shared_memory)"
  assert_line "data segment: 11"
  assert_line "heap: 21"
  run -0 grep -E 'clone3?\(.*flags=CLONE_VM\|.*CLONE_THREAD' "$calls"
  # A new process, such as a shell's, gets a memory of its own.
  run -0 timeout 20 "${server_wrapper[@]}" bash -c '(:); :'
  run -0 grep -E 'clone3?\(.*flags=' "$calls"
  refute_output --partial CLONE_VM
}

# The race is on purpose, so the thread sanitizer must not report it.
# hint: To add is to load, to add and to store. Additions are lost for sure only if all four threads load before the first of them stores.
# page: ch18_threads/README.md#the-critical-section
@test "without a lock additions are lost" {
  local turn
  for turn in {1..3}; do
    TSAN_OPTIONS=report_bugs=0 run -0 client ch18_threads/counter_no_lock
    assert_output "400 additions made, counted 100"
  done
}

@test "in a critical section only one thread at a time may be, with four in it additions are lost, with one none" {
  TSAN_OPTIONS=report_bugs=0 run -0 client ch18_threads/counter_no_lock
  assert_output "400 additions made, counted 100"
  TSAN_OPTIONS=report_mutex_bugs=0:report_destroy_locked=0 run -0 client ch18_threads/counter_mutex
  assert_line --index 0 "400 additions made, counted 400"
  is_stranger ch18_threads/counter_mutex || it_is_the_lock
}

# it_is_the_lock: with one that lets all in, the four load before one of them stores.
it_is_the_lock() {
  run -0 with_calls 'int pthread_mutex_lock(pthread_mutex_t *) noexcept { return 0; }
    int pthread_mutex_unlock(pthread_mutex_t *) noexcept { return 0; }
    static pthread_barrier_t all_have_loaded;
    __attribute__((constructor)) static void init() { pthread_barrier_init(&all_have_loaded, nullptr, 4); }
    int sched_yield() noexcept { return pthread_barrier_wait(&all_have_loaded); }' ch18_threads/counter_mutex
  assert_line --index 0 "400 additions made, counted 100"
}

# It tries to destroy a locked mutex on purpose; the thread sanitizer must not report it.
# hint: Load, add and store belong together: hold the lock from the first to the last of them.
# page: ch18_threads/README.md#the-critical-section
@test "with a mutex no addition is lost" {
  TSAN_OPTIONS=report_mutex_bugs=0:report_destroy_locked=0 run -0 client ch18_threads/counter_mutex
  assert_line --index 0 "400 additions made, counted 400"
  is_stranger ch18_threads/counter_mutex || it_is_the_lock
}

# hint: Lock it in main, then ask: both calls return EBUSY, and do not wait.
# page: ch18_threads/README.md#the-critical-section
@test "a locked mutex cannot be locked or destroyed, a free one can be destroyed" {
  TSAN_OPTIONS=report_mutex_bugs=0:report_destroy_locked=0 run -0 client ch18_threads/counter_mutex
  assert_line --index 1 "trylock while locked: Device or resource busy"
  assert_line --index 2 "destroy while locked: Device or resource busy"
  assert_line --index 3 "destroy when free: Success"
  ! is_stranger ch18_threads/counter_mutex || return 0
  run -0 with_calls 'int pthread_mutex_trylock(pthread_mutex_t *) noexcept { return ENOENT; }
    int pthread_mutex_destroy(pthread_mutex_t *) noexcept { return EPERM; }' ch18_threads/counter_mutex
  assert_line --index 1 "trylock while locked: No such file or directory"
  assert_line --index 2 "destroy while locked: Operation not permitted"
  assert_line --index 3 "destroy when free: Operation not permitted"
}

# hint: The thread that reads waits for one semaphore and adds to the other; the thread that adds up does the reverse. With which count does each begin?
# page: ch18_threads/README.md#the-critical-section
@test "two semaphores make two threads take turns" {
  run -0 client ch18_threads/semaphore_turns <<<$'1\n2\n3\n4\n5'
  assert_output "trywait at 0: Resource temporarily unavailable
added 1, the sum is 1
added 2, the sum is 3
added 3, the sum is 6
added 4, the sum is 10
added 5, the sum is 15"
  ! is_stranger ch18_threads/semaphore_turns || return 0
  local expected=$output
  # Two for each number, and one for the end: no turn is handed over twice.
  run -0 with_calls 'static int posts;
    int sem_post(sem_t *semaphore) noexcept {
      __atomic_add_fetch(&posts, 1, __ATOMIC_SEQ_CST);
      return reinterpret_cast<int (*)(sem_t *)>(dlsym(RTLD_NEXT, "sem_post"))(semaphore);
    }
    __attribute__((destructor)) static void say() { dprintf(1, "%d posts", posts); }' \
    ch18_threads/semaphore_turns <<<$'1\n2\n3\n4\n5'
  assert_equal "${lines[-1]}" "11 posts"
  # Who has waited, or posted, may go on late.
  local call
  for call in 'sem_wait(sem_t *semaphore)' 'sem_post(sem_t *semaphore) noexcept'; do
    run -0 with_calls "int $call {
      int result = reinterpret_cast<int (*)(sem_t *)>(dlsym(RTLD_NEXT, \"${call%%(*}\"))(semaphore);
      usleep(20000);
      return result;
    }" ch18_threads/semaphore_turns <<<$'1\n2\n3\n4\n5'
    assert_output "$expected"
  done
}

@test "threads have two problems, common access and order" {
  TSAN_OPTIONS=report_bugs=0 run -0 client ch18_threads/counter_no_lock
  assert_output "400 additions made, counted 100"
  # The second reads before the first adds, unless somebody sees to the order.
  run -0 client ch18_threads/semaphore_turns <<<$'4\n2\n1'
  assert_line --index 1 "added 4, the sum is 4"
  assert_line --index 2 "added 2, the sum is 6"
  assert_line --index 3 "added 1, the sum is 7"
}

@test "a line that is not a number ends both threads with wrong usage" {
  run -2 client ch18_threads/semaphore_turns <<<$'1\ntwo\n3'
  assert_line "added 1, the sum is 1"
  assert_line "semaphore_turns: not a number: 'two'"
}

# hint: detach returns at once, and the thread goes on. If main returns before it has spoken, it never will; so let main wait for it another way.
# page: ch18_threads/README.md#join-and-detach
# judges: ch18_threads/detach_join
@test "detach does not wait and does not end the thread, join waits" {
  local turn
  for turn in {1..5}; do
    run -0 client ch18_threads/detach_join
    assert_output "main: detach has returned, the thread has not
main: joining it: Invalid argument
detached: still here
joined: still here
main: join has returned, the thread has ended
main: returns while a thread still waits"
  done
  ! is_stranger ch18_threads/detach_join || return 0
  no_order_is_luck
  ended_threads_are_freed
}

# no_order_is_luck: the same when each thread is slow to write; and a call that fails has not returned yet.
no_order_is_luck() {
  local expected=$output
  traced -f -o /dev/null -e trace=write -e inject=write:delay_enter=50000:when=1..2
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch18_threads/detach_join)"
  assert_output "$expected"
  server_wrapper=()
  run -1 with_calls "$(join_that 'error = ESRCH;')" ch18_threads/detach_join
  assert_line "main: joining it: No such process"
  assert_line "detach_join: pthread_join: No such process"
  refute_line --partial "join has returned"
  run -1 with_calls 'int pthread_detach(pthread_t) noexcept { return ESRCH; }' ch18_threads/detach_join
  assert_output "detach_join: pthread_detach: No such process"
}

# ended_threads_are_freed: a server detaches a thread for each client. The stack of one is 8 MB, in theory.
ended_threads_are_freed() {
  start_server ch18_threads/echo_server
  clients in-turn 20
  local before
  before=$(ps -o vsz= -p "$server_pid")
  clients in-turn 1000
  eventually size_is_at_most $((before + 1000000))
  stop_server
}
size_is_at_most() { (($(ps -o vsz= -p "$server_pid") <= $1)); }
