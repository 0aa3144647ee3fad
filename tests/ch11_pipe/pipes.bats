#!/usr/bin/env bats
# What a pipe is, its direction and its limits; and the other ways between processes.

setup() {
  load ../harness.bash
  load ../calls.bash
  load ../lab.bash
  use_lab routed
}

# hint: The pipe must be there before fork; then both processes have copies of the same two ends. A link in /proc/self/fd has its name.
# page: ch11_pipe/README.md#one-way
@test "parent and child have two ends of the same pipe" {
  run -0 client ch11_pipe/pipe_one_way
  assert_line --index 0 --regexp '^parent reads from [0-9]+, which is pipe:\[[0-9]+\]$'
  assert_line --index 1 --regexp '^child writes to [0-9]+, which is pipe:\[[0-9]+\]$'
  assert_equal "${lines[0]##* }" "${lines[1]##* }"
  assert_line --index 2 "parent: Who are you?"
  ! is_stranger ch11_pipe/pipe_one_way || return 0
  local calls parent reader writer
  one_way_is_traced
}

# one_way_is_traced: sets calls (the trace), parent (a process), and reader and writer, the ends of the one pipe.
one_way_is_traced() {
  calls=$BATS_TEST_TMPDIR/calls
  traced -f -o "$calls" -e trace=pipe2,write,read
  run -0 "${server_wrapper[@]}" "$(program ch11_pipe/pipe_one_way)"
  eventually grep -q '"parent: the end' "$calls"
  whole_calls "$calls" >"$calls.whole"
  calls+=.whole
  assert_equal "$(grep -c 'pipe2(' "$calls")" 1
  [[ $(grep 'pipe2(' "$calls") =~ ^([0-9]+)\ +pipe2\(\[([0-9]+),\ ([0-9]+)\] ]]
  parent=${BASH_REMATCH[1]} reader=${BASH_REMATCH[2]} writer=${BASH_REMATCH[3]}
  # Each process has shown its own end.
  assert_line --index 0 --partial "parent reads from $reader, "
  assert_line --index 1 --partial "child writes to $writer, "
  grep -q "^$parent .*\"parent reads from" "$calls"
  grep '"child writes to' "$calls" | grep -vq "^$parent "
}

# Before the fork there is one pipe; after it one process writes to it, the other reads.
@test "the message goes through the kernel, from the child's write to the parent's read" {
  local calls parent reader writer
  one_way_is_traced
  run -0 grep -E '(read|write)\([0-9]+, "Who are you' "$calls"
  assert_equal "${#lines[@]}" 2
  assert_line --index 0 --regexp "^[0-9]+ +write\($writer, \"Who are you\?\", 12\) += 12$"
  refute_line --index 0 --regexp "^$parent "
  assert_line --index 1 --regexp "^$parent +read\($reader, \"Who are you\?\", 64\) += 12$"
  # The parent shows what it has read.
  run -0 with_calls "$(read_that '++*static_cast<char *>(to);')" ch11_pipe/pipe_one_way
  assert_line --index 2 "parent: Xho are you?"
}
# read_that CODE: a read that really reads, with CODE after it when 64 bytes were asked for and some came.
read_that() {
  echo "ssize_t read(int fd, void *to, size_t room) {
    ssize_t count = reinterpret_cast<ssize_t (*)(int, void *, size_t)>(dlsym(RTLD_NEXT, \"read\"))(fd, to, room);
    if (room == 64 && count > 0) { $1 }
    return count;
  }"
}

# hint: The end of a pipe comes when the last copy of the writer is closed. The parent has one too, from before fork.
# page: ch11_pipe/README.md#one-way
@test "a reader that keeps its own copy of the writer does not read the end" {
  run -0 client ch11_pipe/pipe_one_way
  assert_line --index 3 "parent: no end after half a second"
  assert_line --index 4 "parent: closes its own copy of the writer"
  assert_line --index 5 "parent: the end"
  ! is_stranger ch11_pipe/pipe_one_way || return 0
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=poll,ppoll,wait4 # the child has ended; then it waited for half a second, once
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch11_pipe/pipe_one_way)"
  run -0 grep -E '(, 500|tv_nsec=500000000.*)\) += 0 \(Timeout\)' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(grep -c Timeout "$BATS_TEST_TMPDIR/calls")" 1
  head -n 1 "$BATS_TEST_TMPDIR/calls" | grep -q '^wait4(.* = [1-9]'
}

# hint: The child writes and then reads from the same pipe. Wait for the child before the parent reads, or it may be faster.
# page: ch11_pipe/README.md#both-ways
# judges: ch11_pipe/pipe_one_for_both
@test "whoever reads first from the one pipe takes the question" {
  local i
  for i in {1..5}; do
    run -0 client ch11_pipe/pipe_one_for_both
    assert_output $'child asks, and hears: Who are you?\nparent hears: nothing'
  done
}

@test "with one pipe the child reads its own question" {
  local i
  for i in {1..20}; do
    run -0 client ch11_pipe/pipe_one_for_both
    assert_output $'child asks, and hears: Who are you?\nparent hears: nothing'
  done
  # Each end has one direction; two pipes have both, and so has a pair of sockets.
  run -0 client ch11_pipe/pipe_limits
  assert_line "write to the reader: Bad file descriptor"
  run -0 client ch11_pipe/pipe_two_way
  assert_equal "$(grep -cx "child asks, and hears: Your parent." <<<"$output")" 2
  ! is_stranger ch11_pipe/pipe_two_way || return 0
  run -0 with_calls "$(read_that '++*static_cast<char *>(to);')" ch11_pipe/pipe_two_way # each says what it has read
  assert_output "parent hears: Xho are you?
child asks, and hears: Zour parent.
parent hears: the end
parent hears: Xho are you?
child asks, and hears: Zour parent."
  ! is_stranger ch11_pipe/pipe_one_for_both || return 0
  # There is one pipe; the child reads from it what it has written to it, and then it is empty for the parent.
  local calls=$BATS_TEST_TMPDIR/calls parent reader writer
  traced -f -o "$calls" -e trace=pipe2,write,read
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch11_pipe/pipe_one_for_both)"
  eventually grep -q '"parent hears' "$calls"
  whole_calls "$calls" >"$calls.whole"
  [[ $(grep 'pipe2(' "$calls.whole") =~ ^([0-9]+)\ +pipe2\(\[([0-9]+),\ ([0-9]+)\] ]]
  parent=${BASH_REMATCH[1]} reader=${BASH_REMATCH[2]} writer=${BASH_REMATCH[3]}
  run -0 sed -nE "/pipe2/,\$ { s/^$parent /parent /; s/^[0-9]+ /child /; s/  +/ /g
    s/(read|write)\(($reader|$writer), (\".*\"), [0-9]+\) = (.*)/\1 \2 \3 \4/p }" "$calls.whole"
  assert_output "child write $writer \"Who are you?\" 12
child read $reader \"Who are you?\" 12
parent read $reader \"\" 0"
  # Each says what it has read.
  run -0 with_calls 'ssize_t read(int fd, void *to, size_t room) {
    ssize_t count = reinterpret_cast<ssize_t (*)(int, void *, size_t)>(dlsym(RTLD_NEXT, "read"))(fd, to, room);
    if (room == 64) *static_cast<char *>(to) = count > 0 ? 67 : 80; // C or P
    return room == 64 && count == 0 ? 1 : count;
  }' ch11_pipe/pipe_one_for_both
  assert_output $'child asks, and hears: Cho are you?\nparent hears: P'
}

# hint: A pipe for each direction. Each process closes the two ends that it does not use, or the end of the stream never comes.
# page: ch11_pipe/README.md#both-ways
# judges: ch11_pipe/pipe_two_way
@test "with two pipes, or a pair of sockets, question and answer do not mix" {
  local round rounds=20
  [[ -z ${JUDGED:-} ]] || rounds=5
  for ((round = 0; round < rounds; round++)); do
    run -0 client ch11_pipe/pipe_two_way
    assert_output "parent hears: Who are you?
child asks, and hears: Your parent.
parent hears: the end
parent hears: Who are you?
child asks, and hears: Your parent."
  done
}

# hint: Only the first descriptor of pipe can be read from, and only the second written to: the other call fails with EBADF.
# page: ch11_pipe/README.md#limits
# judges: ch11_pipe/pipe_limits
@test "each end of a pipe has one direction" {
  run -0 client ch11_pipe/pipe_limits
  assert_line "write to the reader: Bad file descriptor"
  assert_line "read from the writer: Bad file descriptor"
  is_stranger ch11_pipe/pipe_limits && return
  assert_line "96 free, 96 offered: 96 taken" # written to the writer, and the room is what was read from the reader
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=pipe2,read,write
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch11_pipe/pipe_limits)"
  [[ $(grep 'pipe2(' "$BATS_TEST_TMPDIR/calls") =~ \[([0-9]+),\ ([0-9]+)\] ]]
  grep -qE "^read\(${BASH_REMATCH[1]}, .* = 4096$" "$BATS_TEST_TMPDIR/calls"
  grep -qE "^write\(${BASH_REMATCH[2]}, .* = 4096$" "$BATS_TEST_TMPDIR/calls"
  grep -qE "^write\(${BASH_REMATCH[1]}, .* = -1 EBADF" "$BATS_TEST_TMPDIR/calls"
  grep -qE "^read\(${BASH_REMATCH[2]}, .* = -1 EBADF" "$BATS_TEST_TMPDIR/calls"
}

# hint: Fill the pipe without waiting, byte by byte. Then look at what one write returns: up to PIPE_BUF bytes it is all or nothing.
# page: ch11_pipe/README.md#limits
@test "a pipe holds 65536 bytes, takes a small write whole or not at all, and breaks without a reader" {
  run client ch11_pipe/pipe_limits
  ((status != 124)) || { echo "it did not end in time; its last line was: ${lines[-1]}"; return 1; }
  assert_success
  assert_line "a pipe holds 65536 bytes"
  assert_line "one more: Resource temporarily unavailable"
  assert_line "PIPE_BUF is $(getconf PIPE_BUF /)"
  assert_line "4096 free, 5000 offered: 4096 taken"
  assert_line "4096 free, 4000 offered: 4000 taken"
  assert_line "96 free, 4096 offered: Resource temporarily unavailable"
  assert_line "96 free, 96 offered: 96 taken"
  assert_line "made larger: 131072 bytes"
  assert_line "no reader: a child that writes gets SIGPIPE"
  assert_line "no reader, SIGPIPE ignored: Broken pipe"
  ! is_stranger ch11_pipe/pipe_limits || return 0
  # What is offered, and the room that is made, is what it says.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=read,write,fcntl
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch11_pipe/pipe_limits)"
  local larger
  larger=$(grep '^fcntl(' "$BATS_TEST_TMPDIR/calls" | grep -nE 'F_SETPIPE_SZ, 131072\) += 131072$' | cut -d : -f 1)
  run -0 sed -nE '/"a pipe holds/,$ s/^(read|write)\([3-9], .*, ([0-9]+)\) += (-1 [A-Z]+|[0-9]+).*/\1 \2: \3/p' "$BATS_TEST_TMPDIR/calls"
  assert_output "write 1: -1 EAGAIN
read 4096: 4096
write 5000: 4096
read 4096: 4096
write 4000: 4000
write 4096: -1 EAGAIN
write 96: 96
write 1: -1 EPIPE"
  # It says what it has found: a smaller pipe, another size, and another signal that ends a child which writes.
  run -0 with_calls 'int pipe2(int *ends, int flags) noexcept {
      int error = reinterpret_cast<int (*)(int *, int)>(dlsym(RTLD_NEXT, "pipe2"))(ends, flags);
      return error == 0 && fcntl(ends[1], F_SETPIPE_SZ, 8192) == 8192 ? 0 : -1;
    }
    const pid_t parent = getpid();
    ssize_t write(int fd, const void *from, size_t size) {
      if (size == 1 && getpid() != parent) raise(SIGUSR1);
      return reinterpret_cast<ssize_t (*)(int, const void *, size_t)>(dlsym(RTLD_NEXT, "write"))(fd, from, size);
    }' ch11_pipe/pipe_limits
  assert_line "a pipe holds 8192 bytes"
  assert_line "no reader: a child that writes gets SIGUSR1"
  traced -o /dev/null -e trace=fcntl -e inject=fcntl:retval=77:when="$larger"
  run -0 timeout 20 "${server_wrapper[@]}" "$(program ch11_pipe/pipe_limits)"
  assert_line "made larger: 77 bytes"
}

all_say_hello() {
  assert_output "pipe: Hello, parent!
FIFO: Hello, parent!
file: Hello, parent!
mapped memory: Hello, parent!
shared memory: Hello, parent!
message queue: Hello, parent!
signals: Hello, parent!
socket: Hello, parent!"
}

# hint: Memory and files do not say when the message is there, and names outlive a program: wait for the child, and use a name that nobody else has.
# page: ch11_pipe/README.md#eight-ways
# judges: ch11_pipe/ipc_tour
@test "eight ways carry the same message" {
  run -0 client ch11_pipe/ipc_tour
  all_say_hello
}

# how_often PATTERN: how many of the calls match.
how_often() { grep -cE "$1" "$BATS_TEST_TMPDIR/calls" || true; }

# calls_of WAY CALL: after the way before it had said hello, and before this one did.
calls_of() {
  run -0 awk -v say="\"$1: Hello" '/ write\(1, ".*: Hello/ { if (index($0, say)) exit; calls = ""; next }
    { calls = calls "\n" $0 } END { print calls }' "$BATS_TEST_TMPDIR/calls"
  assert_output --partial "$2"
}

# Memory needs no call to carry the message; and no name is left behind.
@test "each way uses the calls it is named after, and carries the message" {
  traced -f -o "$BATS_TEST_TMPDIR/calls.all" -e trace=pipe2,mknodat,mmap,openat,mq_open,mq_timedsend,mq_timedreceive,rt_sigqueueinfo,socket,connect,read,write,unlink,mq_unlink,clone,clone3,fork,vfork
  run -0 "${server_wrapper[@]}" "$(program ch11_pipe/ipc_tour)"
  all_say_hello
  eventually grep -q '"socket: Hello' "$BATS_TEST_TMPDIR/calls.all"
  whole_calls "$BATS_TEST_TMPDIR/calls.all" >"$BATS_TEST_TMPDIR/calls"
  calls_of pipe 'pipe2('
  calls_of FIFO 'S_IFIFO|0600'
  calls_of file 'S_IFREG|0600'
  calls_of "mapped memory" 'MAP_SHARED|MAP_ANONYMOUS'
  calls_of "shared memory" '"/dev/shm/ipc_tour.'
  calls_of "message queue" 'mq_open("ipc_tour.'
  calls_of "message queue" 'mq_maxmsg=1, mq_msgsize=64' # the administrator's default could be longer than our buffer
  calls_of "message queue" 'mq_timedsend('
  calls_of signals 'rt_sigqueueinfo('
  calls_of socket 'connect('
  assert_equal "$(how_often 'pipe2\(')" 1
  assert_equal "$(how_often ' write\([0-9]+, "Hello, parent!", 14\) += 14$')" 4 # pipe, FIFO, file, socket
  assert_equal "$(how_often ' read\([0-9]+, "Hello, parent!", 64\) += 14$')" 4
  assert_equal "$(how_often ' mq_timedsend\([0-9]+, "Hello, parent!", 14, .* = 0$')" 1
  assert_equal "$(how_often ' mq_timedreceive\([0-9]+, "Hello, parent!", .* = 14$')" 1
  # A child each time: eight, of which six have sent by a call, and the parent has not.
  assert_equal "$(how_often ' (clone3?|v?fork)\(')" 8
  run -0 awk '/ ((write|mq_timedsend)\([0-9]+, "Hello, parent!"|rt_sigqueueinfo\()/ && !sent[$1]++ { senders++ }
    / (read|mq_timedreceive)\([0-9]+, "Hello, parent!"/ && !got[$1]++ { receivers++ }
    END { for (pid in got) if (pid in sent) both++; print senders, receivers, both + 0 }' "$BATS_TEST_TMPDIR/calls"
  assert_output "6 1 0"
  # The shared memory is opened by the parent and by its child.
  assert_equal "$(grep -F '"/dev/shm/ipc_tour.' "$BATS_TEST_TMPDIR/calls" | awk '{ print $1 }' | sort -u | wc -l)" 2
  run -0 sed -n '/"file: /,/"shared memory: /p' "$BATS_TEST_TMPDIR/calls"
  refute_output --regexp '\([0-9]+, "Hello, parent!"'
  # Seven stay on this host: until the last one there is no socket.
  run -0 sed -n '1,/"signals: /p' "$BATS_TEST_TMPDIR/calls"
  assert_output --partial '"signals: Hello, parent!'
  refute_output --regexp ' (socket|connect)\('
  local name
  name=$(grep -o 'ipc_tour\.[0-9]*' "$BATS_TEST_TMPDIR/calls" | sort -u)
  refute [ -e "/dev/shm/$name" ]
  refute [ -e "/tmp/$name" ]
  assert_equal "$(how_often ' mq_unlink\("ipc_tour\..* = 0$')" 1
  # What it says has come that way: the first letter of each message is another now, or all letters are, and the
  # children of the two memories (the fourth and the fifth) end without a word.
  run -0 with_calls "$(read_that '++*static_cast<char *>(to);')"'
    ssize_t mq_receive(mqd_t queue, char *to, size_t room, unsigned *priority) {
      ssize_t count = reinterpret_cast<ssize_t (*)(mqd_t, char *, size_t, unsigned *)>(dlsym(RTLD_NEXT, "mq_receive"))(queue, to, room, priority);
      ++*to;
      return count;
    }
    int sigqueue(pid_t process, int signal, sigval value) noexcept {
      ++value.sival_int;
      return reinterpret_cast<int (*)(pid_t, int, sigval)>(dlsym(RTLD_NEXT, "sigqueue"))(process, signal, value);
    }
    pid_t fork() noexcept {
      static int children;
      pid_t child = reinterpret_cast<pid_t (*)()>(dlsym(RTLD_NEXT, "fork"))();
      ++children;
      if (child == 0 && (children == 4 || children == 5)) _exit(0);
      return child;
    }' ch11_pipe/ipc_tour
  assert_output "pipe: Iello, parent!
FIFO: Iello, parent!
file: Iello, parent!
mapped memory: 
shared memory: 
message queue: Iello, parent!
signals: Ifmmp-!qbsfou\"
socket: Iello, parent!"
}

@test "no name is left behind where a way fails" {
  is_stranger ch11_pipe/ipc_tour && return
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=mknodat
  run -1 timeout 20 "${server_wrapper[@]}" prlimit --fsize=0 "$(program ch11_pipe/ipc_tour)"
  assert_line "ipc_tour: the child has failed"
  run -0 grep -o '/tmp/ipc_tour\.[0-9]*' "$BATS_TEST_TMPDIR/calls"
  assert_equal "${#lines[@]}" 2 # the FIFO and the file
  refute [ -e "${lines[0]}" ]
}

@test "a socket reaches another host" {
  scene() {
    start h2 server "$(program ch04_tcp/echo_server)" 9190 10.1.2.2
    "$(program ch04_tcp/echo_client)" 10.1.2.2 9190 <<<"from another host"
  }
  play scene
  assert_output "from another host"
}

@test "where a way has no place for its name, the error names it" {
  local call error
  for call in mknodat:mknod:/tmp/ mq_open:mq_open:/; do
    IFS=: read -r call error <<<"$call"
    traced -o /dev/null -e trace="$call" -e inject="$call":error=ENOSPC
    run -1 "${server_wrapper[@]}" "$(program ch11_pipe/ipc_tour)"
    assert_output --regexp "ipc_tour: ${error%:*} ${error#*:}ipc_tour\\.[0-9]+: No space left on device"
  done
}
