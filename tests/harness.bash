# harness.bash - the life of a server in a test: start it, wait for it, look at it, end it.
# A .bats file says `load ../harness.bash` in its setup.

bats_require_minimum_version 1.8.0
BATS_TEST_FILENAME=${source_file:-$BATS_TEST_FILENAME} # a failure names the file that is edited, not the part
# bats-support and bats-assert in one file, made by CMake because a thousand tests read it.
# shellcheck source=/dev/null
source "$BUILD_DIR/tests/assert.bash"
# shellcheck source=tests/eventually.bash
source "${BASH_SOURCE[0]%/*}/eventually.bash"
# To name the command that failed, bats notes each one before it runs, in helpers too. The line of
# the test is enough, and saves a fifth of the time.
trap '[[ ${FUNCNAME[0]-} != "$BATS_TEST_NAME" ]] || bats_debug_trap "$BASH_SOURCE"' DEBUG

# program NAME: the file to run for "ch04_tcp/echo_server". COURSE_PROGRAM puts others in the place of
# ours: a line NAME=FILE for each ("ch04_tcp/echo_server=/path/of/a/stranger").
program() {
  find_program "$1"
  printf '%s\n' "$found"
}
# find_program NAME: the same, in found.
find_program() {
  found=$BUILD_DIR/$1
  ! is_stranger "$1" || found=${BASH_REMATCH[1]}
  [[ ${JUDGED:-} != "$found" ]] || did "used $1"
}

# is_stranger NAME: its file is in BASH_REMATCH[1].
is_stranger() { [[ $'\n'${COURSE_PROGRAM:-} =~ $'\n'"$1="([^$'\n']*) ]]; }

# did WHAT: what a test has done so far, for the report of `course check` (judge/suite.py).
did() { [[ -z ${STORY:-} ]] || printf '%s\n' "$*" >>"$STORY"; }
# by_hand NAME [ARGUMENT...]: a command of the test that a user can give too; with a known port, PORT stands there.
by_hand() {
  [[ -n ${STORY:-} ]] || return 0
  local words
  printf -v words ' %q' "${@/%"${port:-none}"/PORT}"
  did "\$$words"
}

# stranger NAME LINE...: a bash program of these lines takes the place of NAME.
stranger() {
  COURSE_PROGRAM=$1=$BATS_TEST_TMPDIR/stranger$'\n'${COURSE_PROGRAM:-}
  printf '%s\n' '#!/bin/bash' 'cd "${0%/*}" || exit' "${@:2}" >"$BATS_TEST_TMPDIR/stranger"
  chmod +x "$BATS_TEST_TMPDIR/stranger"
}

# start_server NAME [ARGUMENT...]: starts it in its own process group, so that signals have their
# default meaning, and waits until it is ready. Sets server, server_pid, server_log and port. Without
# arguments the kernel chooses the port. The array server_wrapper, if set, comes before the program
# (see traced), and log_file, if set, gets the output: each of several servers needs one.
start_server() {
  server=$1
  shift
  (($#)) || set -- 0
  # That 0 means any port is a promise of ours.
  if [[ $1 == 0 && -n ${JUDGED:-} && -z ${PROMISES:-} ]] && is_stranger "$server"; then
    port=$((20000 + BASHPID % 10000))
    set -- "$port" "${@:2}"
  fi
  server_log=${log_file:-${STORY:-$BATS_TEST_TMPDIR/server}.log}
  : >"$server_log"
  find_program "$server"
  did "started $server"
  by_hand "$server" "${1/#0/PORT}" "${@:2}"
  open_quiet_fifo # it is closed in the server
  bound_before=$(bound_ports)
  forks_allowed=
  set -m
  setpriv --pdeathsig TERM -- "${server_wrapper[@]}" "$found" "$@" \
    </dev/null >"$server_log" 2>&1 3>&- 4>&- {quiet}>&- &
  server_pid=$!
  set +m
  eventually server_is_ready_or_gone || { never_ready "was not ready in time"; return; }
  [[ -z $port ]] || return 0
  local how
  how_it_ended
  never_ready "ended before it was ready$how"
}
never_ready() {
  did "never ready"
  fail_with_log "$server $1" || true
  end_server
  return 1
}

# Our servers print where they listen; a stranger's socket is looked up.
server_is_ready_or_gone() {
  local gone=no line
  server_is_running || gone=yes
  ! forks_without_end || return 0
  port=
  if is_stranger "$server"; then
    port=$(comm -13 <(printf '%s\n' "$bound_before") <(bound_ports) | head -n 1)
    [[ -z $port ]] || adopt_server
  else
    while [[ -z $port ]] && read -r line; do
      [[ ! $line =~ ^'listening on '.*:([0-9]+)$ ]] || port=${BASH_REMATCH[1]}
    done <"$server_log"
  fi
  [[ -n $port || $gone == yes ]]
}

# forks_without_end: in a process tree of its own, by the number of the last process. (Each look of ours
# takes some, too.) Nothing is started for that, because it could not be.
forks_without_end() {
  local last
  [[ -n ${PRIVATE:-} && -n ${JUDGED:-} ]] || return
  read -r _ _ _ _ last </proc/loadavg
  forks_allowed=$((${forks_allowed:-$((server_pid + 120))} + 12))
  ((last > forks_allowed)) || return
  kill -KILL -- "-$server_pid" || true
  limits_said+="it has started more than 100 processes"
  echo "it has started more than 100 processes"
}

# bound_ports: where a stranger may listen. In a network of its own (PRIVATE) that is any port;
# elsewhere it is one of its process group, or, judged, of what has the environment of this test. Each socket
# counts, because several receivers may share a port.
bound_ports() {
  is_stranger "$server" || return 0
  local group=${server_pid:-}
  [[ -z $group ]] || group="pid=($(pgrep -d '|' -g "$group")),"
  [[ -z ${STORY:-} || -n ${PRIVATE:-} ]] ||
    group="pid=($(grep -lzsF "STORY=$STORY" /proc/[0-9]*/environ | grep -oE '[0-9]+' | paste -sd '|')),"
  [[ -z ${PRIVATE:-} ]] || group=.
  [[ -n $group ]] || return 0
  ss -Hltnup | grep -E "$group" | sed -nE 's/.*:([0-9]+) +[^ ]+:\*.*/\1/p' | sort
}

# adopt_server: a daemon leaves the process that was started, perhaps a moment later, and goes on in a group
# of its own.
adopt_server() {
  local sockets pid
  sockets=$(ss -Hltnup "sport = :$port")
  for pid in $(server_processes); do [[ $sockets != *"pid=$pid,"* ]] || return 0; done
  [[ $sockets =~ pid=([0-9]+) ]] || return 0
  server_pid=$(ps -o pgid= -p "${BASH_REMATCH[1]}" | tr -d ' ')
}

# Neither gone nor a zombie.
server_is_running() {
  local stat
  { read -r stat <"/proc/$server_pid/stat"; } 2>/dev/null && [[ ${stat##*) } != Z* ]]
}
server_is_gone() { ! server_is_running; }
# A zombie whose parent is in no hurry is gone all the same.
group_is_gone() { ! kill -0 -- "-$1" 2>/dev/null || ! pgrep -g "$1" -r D,R,S,T >/dev/null; }

export ctrl_z='$ # Ctrl-Z in the terminal of the server stops it, and fg lets it go on' # by hand
# pause_server [PID]: stopped until SIGCONT. The signal alone is not enough: until it
# is dealt with, a call that had begun may still take what arrives.
pause_server() {
  did "$ctrl_z"
  kill -STOP "${1:-$server_pid}"
  eventually process_is_stopped "${1:-$server_pid}"
}
process_is_stopped() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null && [[ ${stat##*) } == T* ]]
}

# pause_all, resume_all: the same for the server and its children.
pause_all() {
  did "$ctrl_z"
  kill -STOP -- "-$server_pid"
  eventually all_are_stopped
}
all_are_stopped() { ! pgrep -g "$server_pid" -r D,R,S >/dev/null; }
resume_all() { kill -CONT -- "-$server_pid"; }

# server_processes: its pid and those of its children.
server_processes() { pgrep -g "$server_pid" || true; }

# signal_server SIGNAL: to the server. A stranger may run below a shell or an interpreter that passes
# no signal on, so all of its group get it, as with Ctrl-C. (Ours promise to end their children themselves.)
signal_server() {
  if is_stranger "$server" && [[ -z ${PROMISES:-} ]]; then kill "-$1" -- "-$server_pid"; else kill "-$1" "$server_pid"; fi
}

# stop_server [STATUS [SIGNAL]]: the signal (TERM) must end it, with this
# status (143, killed by the signal, unless the server promises
# another), and no child may stay. Without a server: nothing.
stop_server() {
  [[ -n ${server_pid:-} ]] || return 0
  if ! server_is_running; then
    local how
    how_it_ended
    end_server
    fail_with_log "the server had ended before the test did$how"
    return
  fi
  if [[ -n ${JUDGED:-} && ${FUNCNAME[1]} == teardown ]]; then
    # That a stranger does not end when it is told is told once, by the test that tells it. But it may not crash.
    if [[ -z ${BATS_TEST_COMPLETED:-} ]]; then
      limits_reached
      end_server
      return
    fi
    signal_server "${2:-TERM}"
    patience=1 eventually server_is_gone || { end_server; return 0; }
  fi
  signal_server "${2:-TERM}"
  server_ends_with "${1:-143}"
}

# server_ends_with STATUS: waits until it has ended, by itself or by a signal just sent.
server_ends_with() {
  local pid=$server_pid status=0
  eventually server_is_gone || { end_server; fail_with_log "the server did not end"; return; }
  wait "$pid" 2>/dev/null || status=$?
  eventually group_is_gone "$pid" || { end_server; fail_with_log "the server left a child"; return; }
  server_pid=
  ((status == $1)) || may_end_with "$server" "$status" ||
    fail_with_log "the server ended with status $status, not $1"
}
# may_end_with NAME STATUS: a stranger promises no status, but it may not crash.
may_end_with() { is_stranger "$1" && [[ -z ${PROMISES:-} ]] && is_no_crash "$2"; }
# Killed by ILL, TRAP, ABRT, BUS, FPE, SEGV, PIPE, XFSZ; sanitizers end with 66 (see judge/candidate.py).
is_no_crash() { [[ " 132 133 134 135 136 139 141 153 66 " != *" $1 "* ]]; }

# how_it_ended: sets how, the words for the signal that killed it, if one did.
how_it_ended() {
  local status=0
  wait "$server_pid" 2>/dev/null || status=$?
  how=
  ((status <= 128)) || how=": killed by SIG$(kill -l "$status" 2>/dev/null || echo "? ($status)")"
}

# end_server: kills it and its children, without a word.
end_server() {
  [[ -n ${server_pid:-} ]] || return 0
  kill -KILL -- "-$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

# wait_for_log TEXT [COUNT]: waits until COUNT (1) lines of the server have TEXT.
wait_for_log() {
  eventually log_holds "$@" || fail_with_log "the server never said '$1'"
}
log_holds() { (($(grep -cF -- "$1" "$server_log") >= ${2:-1})); }

# client NAME [ARGUMENT...]: a client that cannot hang.
export client_limit=${client_limit:-60} patience # a private network has a shell of its own
client() {
  find_program "$1"
  did "ran $*"
  by_hand "$@"
  timeout "$client_limit" "$found" "${@:2}"
}

# clients WAY COUNT: that many clients, at once or in turn (tools/clients.cpp).
clients() {
  did "$2 client$( (($2 == 1)) || echo s): $1"
  by_hand tests/clients 127.0.0.1 "$port" "$@"
  timeout $((client_limit + $2 / 40)) "$BUILD_DIR/tests/clients" 127.0.0.1 "$port" "$@"
}

# idle_clients COUNT [WAY]: they connect, and send nothing until the test ends.
idle_clients() {
  open_quiet_fifo
  did "$1 clients connected and stayed"
  by_hand tests/clients 127.0.0.1 "$port" "${2:-idle}" "$1"
  : >"$BATS_TEST_TMPDIR/idle"
  setpriv --pdeathsig TERM -- "$BUILD_DIR/tests/clients" 127.0.0.1 "$port" "${2:-idle}" "$1" \
    <&"$quiet" >"$BATS_TEST_TMPDIR/idle" 2>&1 3>&- &
  patience=$((patience + $1 / 40)) eventually test -s "$BATS_TEST_TMPDIR/idle" || echo "not all of $1 clients could connect in time"
  grep -q ready "$BATS_TEST_TMPDIR/idle" || { cat "$BATS_TEST_TMPDIR/idle"; return 1; }
}

# descriptors: how many the server and its children have open.
descriptors() {
  local pid open sum=0
  for pid in $(server_processes); do
    open=("/proc/$pid/fd/"*)
    sum=$((sum + ${#open[@]}))
  done
  echo "$sum"
}
descriptors_are_back() { (($(descriptors) <= $1)); }

# processor_time: how many milliseconds the threads of the server and its children have run, and how many they were
# ready to run and had to wait for a processor: two numbers.
processor_time() {
  local pid thread ran waited all_ran=0 all_waited=0
  for pid in $(server_processes); do
    for thread in "/proc/$pid/task/"*/schedstat; do
      { read -r ran waited _ <"$thread"; } 2>/dev/null || continue
      all_ran=$((all_ran + ran)) all_waited=$((all_waited + waited))
    done
  done
  echo "$((all_ran / 1000000)) $((all_waited / 1000000))"
}

# does_not_spin: over a third of a second it runs for a tenth of the time at most, and is ready to run for half of it at
# most (what spins on a busy machine gets few processors, but it always wants one). A server that spins does so
# in each of three looks; others may have work to do at first (a stranger's runtime compiles, or collects).
does_not_spin() {
  local look begin passed ran waited ran_before waited_before
  for look in 1 2 3; do
    read -r ran_before waited_before < <(processor_time)
    begin=${EPOCHREALTIME/[.,]/}
    pause 0.33
    passed=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
    read -r ran waited < <(processor_time)
    ran=$((ran - ran_before)) waited=$((waited - waited_before))
    ((10 * ran > passed || 2 * (ran + waited) > passed)) || return 0
  done
  fail_with_log "the server spins: with nothing to do it ran for $ran ms of $passed, and waited for a processor for $waited ms"
}

# traced OPTION...: the next server runs under strace with these options. A leak
# checker cannot work there.
traced() {
  strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
  server_wrapper=(env "ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-}" strace -DD -qq -e signal=none "$@")
}

# whole_calls FILE: the calls of a trace of several processes (traced -f). One that strace had to leave, because another process
# came in between, is one line again.
whole_calls() {
  awk '/ <unfinished \.\.\.>$/ { sub(/ <unfinished \.\.\.>$/, ""); begun[$1] = $0; next }
    / <\.\.\. [a-z0-9_]+ resumed>/ { process = $1; sub(/^[0-9]+ +<\.\.\. [a-z0-9_]+ resumed>/, ""); $0 = begun[process] $0 }
    { print }' "$1"
}

# with_calls FUNCTIONS PROGRAM [ARGUMENT...]: these stand in the place of the library's. They show whose results a program prints.
with_calls() {
  c++ -shared -fPIC -o "$BATS_TEST_TMPDIR/calls.so" -x c++ - <<<"#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
extern \"C\" { $1 }" || return
  cd "$BATS_TEST_TMPDIR" || return # LD_PRELOAD takes no path with a space
  TSAN_OPTIONS=report_bugs=0 ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
    LD_PRELOAD=./calls.so timeout 20 "$(program "$2")" "${@:3}"
}

# private_networks_or_skip: say it before `run in_private_network`, because a skip inside run does
# not end the test.
# (root of such a network may not look into another user's home.)
private_networks_or_skip() {
  unshare -rn test -x "$BUILD_DIR/tests" 2>/dev/null ||
    skip "private networks (unshare -rn) are forbidden here, or may not look into $BUILD_DIR"
}

# ipv6_or_skip: with IPv6 switched off, a machine has no ::1.
ipv6_or_skip() {
  grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || skip "IPv6 is switched off here"
}

# in_private_network COMMAND...: in a network with its own loopback, where every port is free and
# settings may be changed.
in_private_network() {
  private_networks_or_skip
  unshare -rn bash -c 'ip link set lo up && "$@"' - "$@"
}

# privately FUNCTION [ARGUMENT...]: runs a function of the test in such a network. It must succeed;
# its output is in $output.
privately() {
  private_networks_or_skip
  export BUILD_DIR BATS_TEST_TMPDIR contract patience client_limit
  run -0 in_private_network timeout 60 bash -ec "$(declare -f); server_wrapper=(); \"\$@\"" - "$@"
}

# gives_up_where_all_is_lost PROGRAM: it waits for a datagram that it has sent to itself, but not for ever.
gives_up_where_all_is_lost() {
  privately on_a_lossy_loopback "$1"
  [[ $output != "no tc" ]] || skip "tc cannot lose packets here"
  assert_line "${1#*/}: waited 10 seconds for a datagram"
}
on_a_lossy_loopback() {
  tc qdisc replace dev lo root blackhole 2>/dev/null || { echo "no tc"; return; }
  ! client "$1" 2>&1
}

fail_with_log() {
  echo "$1"
  [[ -z ${JUDGED:-} ]] || limits_reached
  # The report of a judge has the log that it gave.
  [[ $server_log == "${STORY:-}.log" ]] || { echo "its output was:" && tail -n 40 "$server_log"; }
  return 1
}

# limits_reached: says which of the limits of a judged program (judge/verdict.py) it has run into, each once.
limits_reached() {
  local count=0 ended size memory
  [[ -z ${server_pid:-} ]] || kill -STOP -- "-$server_pid" 2>/dev/null || true # else it goes on, and takes the processors
  if [[ -n ${PRIVATE:-} ]]; then count=$(pgrep -c .); else count=$(pgrep -c -g "${server_pid:-0}"); fi
  memory=$(ps -e -o pgid=,rss= | awk -v group="${server_pid:-0}" '$1 == group && $2 > most { most = $2 } END { printf "%d", most / 1000 }')
  ((memory < 500)) || says_limit "it has used all the memory it was given"
  ended=$(ps -e -o pgid=,stat= | awk -v group="${server_pid:-0}" '$1 == group && $2 ~ /^Z/' | wc -l)
  if ((count < ${PROCESSES:-200} - 50)); then :
  elif ((ended > count / 2)); then says_limit "$ended children of it have ended, and it has not waited for them"
  else says_limit "it has started $count processes"
  fi
  size=$(stat -c %s "$server_log" 2>/dev/null || echo 0)
  ((size < 33000000)) || says_limit "it has written $((size / 1000000)) MB of output"
  [[ -z ${PRIVATE:-} || $(df --output=pcent /tmp) != *100%* ]] || says_limit "it has filled the disk it was given"
  ! tail -c 2000 "$server_log" 2>/dev/null | grep -qiE 'bad_alloc|MemoryError|out of memory|cannot allocate memory|rss limit' ||
    says_limit "it has used all the memory it was given"
}
says_limit() {
  [[ ${limits_said:-} == *"$1"* ]] || echo "$1"
  limits_said+=$1
}
