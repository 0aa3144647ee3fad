# calls.bash - functions that stand in the place of the library's, and so show whose results a program prints;
# a .bats file loads it after harness.bash.

# make_calls FUNCTIONS: ./calls.so has them, for LD_PRELOAD, which takes no path with a space.
make_calls() {
  cd "$BATS_TEST_TMPDIR" || return
  c++ -shared -fPIC -o calls.so -x c++ - <<<"#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>
extern \"C\" { $1 }"
}

# with_calls FUNCTIONS PROGRAM [ARGUMENT...]
with_calls() {
  make_calls "$1" || return
  TSAN_OPTIONS=report_bugs=0 ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
    LD_PRELOAD=./calls.so timeout 20 "$(program "$2")" "${@:3}"
}
