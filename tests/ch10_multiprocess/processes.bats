#!/usr/bin/env bats
# What fork copies, how children end, and how their parent learns of it.

setup() {
  load ../harness.bash
  load ../screen.bash
}

process_is_gone() { [[ ! -e /proc/$1 ]]; }

# hint: Both processes go on after fork, each with its own copy of the variables. Let the child say its line first, and the parent wait for it.
# page: ch10_multiprocess/README.md#one-becomes-two
@test "parent and child have copies of the variables" {
  run -0 client ch10_multiprocess/fork_copies flush
  assert_line --index 0 "before: [11, 25]"
  assert_line --index 1 --regexp '^child [0-9]+: fork returned 0; \[13, 27\] at '
  assert_line --index 2 --regexp '^parent [0-9]+: fork returned [0-9]+; \[9, 23\] at '
  assert_equal "${#lines[@]}" 3 # both go on after fork
  assert_equal "${lines[1]##*] at }" "${lines[2]##*] at }" # the same addresses
}

# written PID MAPPING: kilobytes of it that were written, by this process or, before fork, its parent.
written() { awk -v name="$2" 'index($0, name) { found = 1 } found && /^Anonymous:/ { print $2; exit }' "/proc/$1/smaps"; }
code() { awk '$2 == "r-xp" && /\/fork_copies$/ { print $1, $3, $4, $5 }' "/proc/$1/maps"; }
data() { awk '$2 == "rw-p" && /\/fork_copies$/ { print $1 }' "/proc/$1/maps"; }
stack() { awk '/\[stack\]$/ { print $1 }' "/proc/$1/maps"; }
is_in() { (($1 >= 0x${2%-*} && $1 < 0x${2#*-})); } # ADDRESS FROM-TO
has_a_child() { child=$(pgrep -P "$1"); }

# The child cannot write what it has to say into a full pipe, so both can be looked at.
@test "parent and child share the code, and have copies of data and stack" {
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  exec 9<>"$BATS_TEST_TMPDIR/pipe"
  dd if=/dev/zero of="$BATS_TEST_TMPDIR/pipe" oflag=nonblock bs=4096 count=1024 status=none 2>/dev/null || true
  # (An address sanitizer would move a variable away from the stack.)
  ASAN_OPTIONS=detect_stack_use_after_return=0:${ASAN_OPTIONS:-} \
    setpriv --pdeathsig TERM -- "$(program ch10_multiprocess/fork_copies)" >&9 3>&- &
  local parent=$! child said
  eventually has_a_child "$parent"
  refute [ -z "$(code "$parent")" ]
  assert_equal "$(code "$child")" "$(code "$parent")"
  assert_equal "$(written "$parent" "r-xp")" 0
  assert_equal "$(written "$child" "r-xp")" 0
  (($(written "$parent" "[stack]") > 0))
  (($(written "$child" "[stack]") > 0))
  local data stacks first second
  data=$(data "$parent") stacks=("$(stack "$parent")" "$(stack "$child")")
  assert_equal "$(data "$child")" "$data"
  said=$(timeout 20 head -n 4 <&9 | tr -d '\0')
  mapfile -t lines <<<"$said"
  assert_line --index 1 --regexp "^child $child: fork returned 0; \[13, 27\] at "
  assert_line --index 3 --regexp "^parent $parent: fork returned $child; \[9, 23\] at "
  assert_equal "${lines[1]##*] at }" "${lines[3]##*] at }"
  # One variable is in the data of both, the other on the stack of both.
  read -r first _ second <<<"${lines[3]##*] at }"
  is_in "$first" "$data"
  is_in "$second" "${stacks[0]}"
  is_in "$second" "${stacks[1]}"
  wait "$parent"
  exec 9>&-
}

@test "fork returns 0 to the child and its number to the parent, or an error" {
  run -0 client ch10_multiprocess/fork_copies flush
  assert_equal "${#lines[@]}" 3
  local child=${lines[1]%%:*}
  child=${child#child }
  assert_line --index 1 --partial "child $child: fork returned 0;"
  assert_line --index 2 --partial "fork returned $child;"
  refute_line --index 2 --partial "parent $child:"
  traced -o /dev/null -e trace=clone,clone3,fork -e inject=clone,clone3,fork:error=EAGAIN:when=1
  run -1 "${server_wrapper[@]}" "$(program ch10_multiprocess/fork_copies)"
  assert_line "fork_copies: fork: Resource temporarily unavailable"
  refute_output --partial returned
}

# hint: What printf was given stays in a buffer of the process until it is flushed. fork copies the buffer; _exit does not write it.
# page: ch10_multiprocess/README.md#one-becomes-two
@test "a text still in the buffer at fork is written twice" {
  run -0 client ch10_multiprocess/fork_copies
  assert_equal "$(grep -cF "before: [11, 25]" <<<"$output")" 2
  run -0 client ch10_multiprocess/fork_copies flush
  assert_equal "$(grep -cF "before: [11, 25]" <<<"$output")" 1
}

@test "a process may have the number 2" {
  unshare -rpf true 2>/dev/null || skip "private process numbers (unshare -rpf) are forbidden here"
  run -0 timeout 20 unshare -rpf --kill-child "$(program ch10_multiprocess/fork_copies)" flush
  assert_line --regexp '^parent 1: fork returned 2;'
  assert_line --regexp '^child 2: '
}

# hint: fork copies the descriptors, not the file or the socket. A close sends the end only if no other process has a copy.
# page: ch10_multiprocess/README.md#one-becomes-two
@test "an open file has one position for parent and child, and a connection ends with its last descriptor" {
  run -0 client ch10_multiprocess/fork_descriptors
  local socket=${lines[1]#the parent has }
  [[ $socket =~ ^socket:\[[0-9]+\]$ ]]
  assert_output "the child wrote 5 bytes, the parent is at 5
the parent has $socket
closed in the parent: nothing
the child still has $socket
the child has ended: the end of the stream"
  is_stranger ch10_multiprocess/fork_descriptors && return
  # The child writes, and the parent asks where it is itself, not where the file ends.
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=write,lseek,readlink,recvfrom
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/fork_descriptors)"
  run -0 sed -nE 's/^([0-9]+) +lseek\([0-9]+, 0, (SEEK_[A-Z]+)\) += (.*)/\1 \2 \3/p' "$BATS_TEST_TMPDIR/calls"
  local parent=${output%% *}
  assert_output "$parent SEEK_CUR 5"
  run -0 sed -nE 's/^([0-9]+) +write\([0-9]+, "hello", 5.*/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_output --regexp '^[0-9]+$'
  refute_output "$parent"
  # Each asks for the socket's name itself. The parent looks twice at the far end: nothing has come, and then the end.
  run -0 awk '/ readlink\(/ && /socket:/ { print $1 == '"$parent"' ? "parent" : "child" }
    / recvfrom\(/ { print $1 == '"$parent"' && / = -1 EAGAIN/ ? "nothing" : / = 0$/ ? "the end" : $0 }' "$BATS_TEST_TMPDIR/calls"
  assert_output "parent
nothing
child
the end"
}

# a_zombie: starts a parent that waits for Enter; sets parent and child.
a_zombie() {
  local place=$BATS_TEST_TMPDIR
  mkfifo "$place/keys"
  a_screen "$place/zombie"
  find_program ch10_multiprocess/zombie
  setpriv --pdeathsig TERM -- "$found" <"$place/keys" >"$place/zombie.screen" 2>&1 3>&- &
  parent=$!
  exec 8>"$place/keys"
  did "started ch10_multiprocess/zombie; its input is silent"
  eventually grep -q "^after " "$place/zombie.said" || { echo "it has not said what SIGKILL does; it said: $(<"$place/zombie.said")"; return 1; }
  child=$(sed -n 's/^process \([0-9]*\) of.*/\1/p' "$place/zombie.said")
}

@test "a process is a running program, with memory and a number of its own" {
  a_zombie
  refute [ "$child" = "$parent" ]
  assert_equal "$(basename "$(readlink "/proc/$parent/exe")")" zombie
  grep -qE '^VmRSS:\s+[1-9]' "/proc/$parent/status"
  run ! grep VmRSS "/proc/$child/status" # it does not run any more
  echo >&8
  wait "$parent"
  exec 8>&-
}

# hint: Look at the child after it has ended and before its status is collected: waitid with WNOWAIT waits and leaves it a zombie.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "a child that has ended is a zombie until its parent collects its status" {
  a_zombie
  run ps -o stat= -p "$child"
  [[ $output == Z* ]] || { echo "ps shows no zombie; the program said: $(<"$BATS_TEST_TMPDIR/zombie.said")"; return 1; }
  kill -0 "$child" # its number is still taken
  did "sent a newline"
  echo >&8
  wait "$parent"
  eventually grep -q "its status" "$BATS_TEST_TMPDIR/zombie.said" || true
  run -0 cat "$BATS_TEST_TMPDIR/zombie.said"
  assert_line --regexp '^State:.*Z \(zombie\); no VmSize$'
  assert_line --regexp '^after SIGKILL: State:.*Z \(zombie\)$'
  assert_line "its status was 3; it is gone"
  exec 8>&-
  is_stranger ch10_multiprocess/zombie && return
  # It says what the kernel tells it: three looks at the child, its status (here the kernel seems to say 5), and whether it
  # is gone (here it seems to be there).
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=openat,kill,wait4,waitid -e inject=wait4:poke_exit=@arg2=00050000 \
    -e inject=kill:retval=0:when=2
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/zombie)" </dev/null
  assert_line "its status was 5; it is still there"
  [[ ${lines[0]} =~ ^process\ ([0-9]+)\ of ]]
  run -0 sed -nE "s/^([a-z0-9]+)\\((.*[ /])?${BASH_REMATCH[1]}(,|\\/status\").*/\\1/p" "$BATS_TEST_TMPDIR/calls"
  assert_equal "${lines[*]}" "waitid openat openat kill openat wait4 kill"
}

@test "SIGCHLD to the parent does not remove a zombie, the end of the parent does" {
  a_zombie
  kill -CHLD "$parent"
  kill -KILL "$child"
  run -0 ps -o stat= -p "$child"
  assert_output --regexp '^Z'
  run -0 ps -eo stat=,pid=
  assert_line --regexp "^Z[^ ]* +$child\$" # a capital letter
  kill -KILL "$parent"
  wait "$parent" || true
  eventually process_is_gone "$child"
  exec 8>&-
  # The program sends SIGKILL too. It asks for its child by kill 0 when it has waited.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=kill,wait4
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/zombie)" </dev/null
  [[ ${lines[0]} =~ ^process\ ([0-9]+)\ of ]]
  child=${BASH_REMATCH[1]}
  run -0 sed -nE "s/^(kill|wait4)\\($child, (SIGKILL|0|\\[).* = (-?[0-9]+).*/\\1 \\2 \\3/p" "$BATS_TEST_TMPDIR/calls"
  assert_output "kill SIGKILL 0
wait4 [ $child
kill 0 -1"
  unshare -rpf --mount-proc true 2>/dev/null || skip "private process numbers (unshare -rpf) are forbidden here"
  run -0 adopts_a_zombie ch10_multiprocess/zombie
  assert_output "before: a zombie of its parent
its parent has ended: a zombie of process 1
process 1 has collected it: status 3"
}

# adopts_a_zombie PROGRAM: ends the program when it has a zombie. Here python is process 1, and reaps when it is told.
adopts_a_zombie() {
  timeout 20 unshare -rpf --mount-proc --kill-child python3 -c '
import os, subprocess, sys
parent = subprocess.Popen(sys.argv[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
child = int(parent.stdout.readline().split()[1])
while not parent.stdout.readline().startswith("after "):
    pass
def zombie_of():
    fields = dict(line.split(":\t", 1) for line in open(f"/proc/{child}/status"))
    of = int(fields["PPid"])
    return ("a zombie" if fields["State"][0] == "Z" else "alive") + " of " + ("its parent" if of == parent.pid else f"process {of}")
print("before:", zombie_of())
parent.kill()
parent.wait()
print("its parent has ended:", zombie_of())
print("process 1 has collected it: status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))' "$(program "$1")"
}

# hint: The new parent is the nearest ancestor that has declared itself a subreaper. It must do so before its child ends, and collect the orphan.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "a subreaper adopts the orphan, and reaps it" {
  run -0 client ch10_multiprocess/orphan subreaper
  local me=${lines[0]#I am }
  assert_line --regexp "^orphan [0-9]+: my parent was [0-9]+, now it is $me\$"
  assert_line --regexp '^adopted and reaped: [0-9]+$'
}

@test "an orphan is adopted by the nearest subreaper, or by process 1" {
  run -0 client ch10_multiprocess/orphan subreaper
  local me=${lines[0]#I am }
  assert_line --regexp "^orphan [0-9]+: my parent was [0-9]+, now it is $me\$"
  refute_output --partial "my parent was $me,"
  [[ $output =~ orphan\ ([0-9]+): ]]
  assert_line "adopted and reaped: ${BASH_REMATCH[1]}"
  # In a process namespace of its own, bash is process 1; cat ends when the orphan has ended too.
  unshare -rpf true 2>/dev/null || skip "private process numbers (unshare -rpf) are forbidden here"
  # shellcheck disable=SC2016  # for the other bash
  run -0 timeout 20 unshare -rpf --kill-child bash -c '"$1" | cat' - "$(program ch10_multiprocess/orphan)"
  refute_line "I am 1"
  assert_line --regexp '^orphan [0-9]+: my parent was [0-9]+, now it is 1$'
}

# hint: The child must still run when its parent has ended; only then does getppid return another number.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "without a subreaper an orphan gets another parent too" {
  run -0 client ch10_multiprocess/orphan
  local me=${lines[0]#I am }
  assert_line --regexp '^orphan [0-9]+: my parent was [0-9]+, now it is [0-9]+$'
  refute_line --regexp "now it is $me\$"
}

# numbers_of_children LINE: sets first and second, from the first line of wait_status or sigchld_handler.
numbers_of_children() {
  [[ $1 =~ ^'child 1 is '([0-9]+)', child 2 is '([0-9]+)$ ]]
  first=${BASH_REMATCH[1]} second=${BASH_REMATCH[2]}
  refute [ "$first" = "$second" ]
}

# hint: wait returns the number of the child that has ended, and that need not be the first. The value is a part of the status: a macro takes it out.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "wait returns the child that ends first, and its status has the value of return or exit" {
  run -0 client ch10_multiprocess/wait_status
  numbers_of_children "${lines[0]}"
  assert_line --index 1 "wait returned $second: status 1792, exited with 7"
  assert_line --index 2 "wait returned $first: status 768, exited with 3"
  assert_line "no child: wait: No child processes"
}

# hint: A status is a packed number. Ask first whether the child has exited or a signal has ended it; each has its own macro.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "the status of a child tells how it ended" {
  run -0 client ch10_multiprocess/wait_status
  assert_equal "${#lines[@]}" 8
  assert_line --index 1 --partial ": status $((7 << 8)), exited with 7"
  assert_line --index 2 --partial ": status $((3 << 8)), exited with 3"
  assert_line --index 4 "wait returned ${lines[3]#exit(256): child }: status 0, exited with 0"
  assert_line --index 6 "wait returned ${lines[5]#SIGKILL: child }: status 9, ended by signal 9"
  assert_line --index 7 "no child: wait: No child processes"
  is_stranger ch10_multiprocess/wait_status && return
  # Another signal, which leaves a core file (128): the kernel seems to say so.
  traced -o /dev/null -e trace=wait4 -e inject=wait4:poke_exit=@arg2=86000000:when=4
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/wait_status)"
  assert_line --index 6 --partial ": status $((128 + 6)), ended by signal 6"
}

# From the trace: what the processes gave to the kernel.
# judges: ch10_multiprocess/wait_status
@test "both return from main and exit hand the value to the kernel" {
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=close,read,exit_group
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/wait_status)"
  numbers_of_children "${lines[0]}"
  eventually grep -qE "^$first +exit_group\(3[ )]" "$BATS_TEST_TMPDIR/calls"
  eventually grep -qE "^$second +exit_group\(7[ )]" "$BATS_TEST_TMPDIR/calls"
  # The value of exit() that does not fit into 8 bits gets there whole; the parent gets 8 bits of it.
  eventually grep -qE '^[0-9]+ +exit_group\(256[ )]' "$BATS_TEST_TMPDIR/calls"
  assert_line "wait returned $first: status 768, exited with 3"
  assert_line "wait returned $second: status 1792, exited with 7"
  assert_line --index 4 --partial ": status 0, exited with 0"
  # It keeps the value until the parent asks, when the child has long ended.
  run -0 client ch10_multiprocess/zombie </dev/null
  assert_line --regexp '^State:.*Z \(zombie\)'
  assert_line "its status was 3; it is gone"
  is_stranger ch10_multiprocess/zombie || the_status_is_that_of_wait
  # Who returns from its functions closes what they opened; who calls exit leaves that to the kernel.
  is_stranger ch10_multiprocess/wait_status && return
  run -0 sed -nE "s/^$first +(close|exit_group)\\(([0-9]+).*/\\1 \\2/p" "$BATS_TEST_TMPDIR/calls"
  assert_line --index 1 --regexp '^close [0-9]+$' # the reader; before, the writer
  assert_line --index 2 "exit_group 3"
  run -0 sed -nE "s/^$second +(close|exit_group)\\(([0-9]+).*/\\1 \\2/p" "$BATS_TEST_TMPDIR/calls"
  assert_output "exit_group 7"
}

# the_status_is_that_of_wait: and not of a look at the zombie before it. (Here the kernel seems to say 9.)
the_status_is_that_of_wait() {
  traced -o /dev/null -e trace=wait4 -e inject=wait4:poke_exit=@arg2=00090000
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/zombie)" </dev/null
  assert_line "its status was 9; it is gone"
}

# A parent that asked again and again would call it more often.
@test "wait waits until a child has ended" {
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=wait4
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/wait_status)"
  numbers_of_children "${lines[0]}"
  assert_line --index 1 "wait returned $second: status 1792, exited with 7"
  assert_line --index 2 "wait returned $first: status 768, exited with 3"
  assert_line "no child: wait: No child processes"
  eventually grep -qE ' wait4\(-1, NULL, 0, NULL\) += -1 ECHILD' "$BATS_TEST_TMPDIR/calls"
  run ! grep WNOHANG "$BATS_TEST_TMPDIR/calls"
  # Four children that end by themselves, one for "no child", and that one's own call.
  assert_equal "$(grep -cF 'wait4(' "$BATS_TEST_TMPDIR/calls")" 6
}

# hint: Without WNOHANG waitpid waits. With it, it returns 0 while no child has ended, and the status means nothing then.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "a parent that asks with WNOHANG works meanwhile, and a later question brings the value" {
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=wait4,nanosleep,clock_nanosleep
  run -0 timeout "$client_limit" "${server_wrapper[@]}" "$(program ch10_multiprocess/waitpid_poll)"
  assert_line --index 0 "no child has ended: the parent works"
  assert_line --index 1 "no child has ended: the parent works"
  assert_line --index 2 "no child has ended: the parent works"
  assert_line --regexp '^child [0-9]+ has ended: it exited with 24$'
  refute_output --regexp 'sleep|sec' # it does not say how long it waits
  is_stranger ch10_multiprocess/waitpid_poll && return
  # After each question that brings nothing it waits (in the place of work), so it does not spin.
  eventually each_question_is_followed_by_a_wait
  local ended
  ended=$(sed -nE 's/.* wait4\(-1, .*, WNOHANG, NULL\) += ([1-9][0-9]*)$/\1/p' "$BATS_TEST_TMPDIR/calls")
  assert_line "child $ended has ended: it exited with 24"
  # It says the value that the kernel gives it: here that seems to be 5.
  traced -o /dev/null -e trace=wait4 -e inject=wait4:poke_exit=@arg2=00050000
  run -0 timeout "$client_limit" "${server_wrapper[@]}" "$(program ch10_multiprocess/waitpid_poll)"
  assert_line --regexp '^child [0-9]+ has ended: it exited with 5$'
  assert_line --regexp '^waited for child [0-9]+: it exited with 5$'
}
each_question_is_followed_by_a_wait() {
  [[ $(awk '/wait4\(-1, .*WNOHANG.* = 0$/ { asked++; pending = 1; next } pending && /nanosleep/ { waited++; pending = 0 }
    END { print asked, waited }' "$BATS_TEST_TMPDIR/calls") == "3 3" ]]
}

@test "waitpid waits, unless it is told not to" {
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=wait4
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/waitpid_poll)"
  assert_line --index 0 "no child has ended: the parent works"
  assert_line --regexp '^child [0-9]+ has ended: it exited with 24$'
  assert_line --regexp '^waited for child [0-9]+: it exited with 25$'
  local last=${lines[-1]#waited for child } ended=${lines[-2]#child }
  last=${last%%:*} ended=${ended%% *}
  eventually grep -qE "wait4\\(-1, .*, WNOHANG, NULL\\) += $ended\$" "$BATS_TEST_TMPDIR/calls"
  eventually grep -qF "wait4($last, " "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(grep -cF "wait4($last, " "$BATS_TEST_TMPDIR/calls")" 1
  (($(grep -cF 'wait4(-1, ' "$BATS_TEST_TMPDIR/calls") >= 4)) # three times there was nothing
  assert_equal "$(grep -cE 'wait4.*, WNOHANG, NULL\) += 0$' "$BATS_TEST_TMPDIR/calls")" 3
  eventually grep -qE "wait4.*, 0, NULL\) += $last\$" "$BATS_TEST_TMPDIR/calls" # without the option
}

# hint: Equal signals do not queue up: ten children may have ended when one SIGCHLD comes. Count what waitpid returns for each of the three ways.
# page: ch10_multiprocess/README.md#signals
@test "one waitpid for each signal reaps one child of ten, a loop all of them" {
  run -0 client ch10_multiprocess/reap_children once
  assert_output "signals: 1, reaped: 1, zombies left: 9"
  run -0 client ch10_multiprocess/reap_children loop
  assert_output "signals: 1, reaped: 10, zombies left: 0"
}

@test "of ten children one waitpid for each signal leaves nine zombies, a loop none" {
  run -0 client ch10_multiprocess/reap_children once
  assert_output "signals: 1, reaped: 1, zombies left: 9"
  run -0 client ch10_multiprocess/reap_children loop
  assert_output "signals: 1, reaped: 10, zombies left: 0"
  run -0 client ch10_multiprocess/reap_children ignore # so signals are counted
  assert_output "signals: 0, reaped: 0, zombies left: 0"
  # The handler only waits: it does not print. (That it restores errno, the program checks.)
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=wait4,write,rt_sigreturn
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/reap_children)" loop
  run -0 sed -n '/wait4(-1/,/rt_sigreturn/p; /rt_sigreturn/q' "$BATS_TEST_TMPDIR/calls"
  assert_output --partial rt_sigreturn
  refute_output --partial write
  # Ten children and the end, and no call waits: a child that lives would keep the handler waiting.
  assert_equal "$(grep -cE 'wait4\(-1, .*, WNOHANG, ' <<<"$output")" 11
  assert_equal "$(grep -c 'wait4(' <<<"$output")" 11
  # A wait that returns 0 has reaped nobody. (Here one seems to.)
  reaps_where_wait_returns_0 3 loop "signals: 1, reaped: 2, zombies left: 8"
  reaps_where_wait_returns_0 1 once "signals: 1, reaped: 0, zombies left: 10"
  # A handler that printed would not be heard in a pipe: its buffer is lost with the process.
  local how
  for how in loop once; do
    run -0 script -qefc "exec '$(program ch10_multiprocess/reap_children)' $how" /dev/null </dev/null
    assert_output --regexp $'^signals: 1, reaped: [0-9]+, zombies left: [0-9]\r?$'
  done
}
# reaps_where_wait_returns_0 CALL HOW OUTPUT
reaps_where_wait_returns_0() {
  traced -f -o /dev/null -e trace=wait4 -e inject=wait4:retval=0:when="$1"
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/reap_children)" "$2"
  assert_output "$3"
}

@test "a wait after fork, or a handler that waits, leaves no zombie" {
  run -0 client ch10_multiprocess/zombie </dev/null
  assert_line --regexp '^State:.*Z \(zombie\)'
  assert_line "its status was 3; it is gone"
  run -0 client ch10_multiprocess/reap_children loop
  assert_output "signals: 1, reaped: 10, zombies left: 0"
  run -0 client ch10_multiprocess/reap_children once # so a zombie that is left is counted
  assert_output "signals: 1, reaped: 1, zombies left: 9"
}

# after_a_child PROGRAM [ARGUMENT...]: it has a child from before exec, which has ended with status 9.
after_a_child() {
  timeout 60 python3 -c '
import os, sys
child = os.fork()
if child == 0:
    os._exit(9)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and its status is not collected
os.execv(sys.argv[1], sys.argv[1:])' "$(program "$1")" "${@:2}"
}

@test "a child that was there before exec is not taken for an own one" {
  run -0 after_a_child ch10_multiprocess/wait_status
  assert_line --index 1 --partial ", exited with 7"
  assert_line --index 2 --partial ", exited with 3"
  run -0 after_a_child ch10_multiprocess/waitpid_poll
  assert_line --index 0 "no child has ended: the parent works"
  assert_line --partial " has ended: it exited with 24"
  # shellcheck disable=SC2016  # variables of the other bash
  timeout 60 bash -c '(until grep -qs SIGKILL "$2"; do :; done) & exec "$1" >"$2"' - \
    "$(program ch10_multiprocess/wait_status)" "$BATS_TEST_TMPDIR/said"
  run -0 tail -n 1 "$BATS_TEST_TMPDIR/said"
  assert_output "no child: wait: No child processes"
  run -0 after_a_child ch10_multiprocess/reap_children once
  assert_output "signals: 1, reaped: 1, zombies left: 9"
  run -0 after_a_child ch10_multiprocess/reap_children loop
  assert_output "signals: 1, reaped: 10, zombies left: 0"
}

# after_living_children PROGRAM [ARGUMENT...]: it has forty children from before exec, which end while it runs.
after_living_children() {
  timeout 60 python3 -c '
import os, sys, time
for turn in range(40):
    if os.fork() == 0:
        time.sleep(turn / 4000)
        os._exit(9)
os.execv(sys.argv[1], sys.argv[1:])' "$(program "$1")" "${@:2}"
}

@test "a child from before exec that ends meanwhile does not count" {
  local turn
  for turn in {1..10}; do
    run -0 after_living_children ch10_multiprocess/reap_children once
    assert_output "signals: 1, reaped: 1, zombies left: 9"
    run -0 after_living_children ch10_multiprocess/reap_children loop
    assert_output "signals: 1, reaped: 10, zombies left: 0"
    run -0 after_living_children ch10_multiprocess/orphan subreaper
    assert_equal "${lines[2]#adopted and reaped: }" "$(sed -n 's/^orphan \([0-9]*\):.*/\1/p' <<<"$output")"
  done
}

@test "a child from before exec that goes on does not keep us waiting, and one that ends is not told" {
  # shellcheck disable=SC2016  # variables of the other bash
  run -0 timeout 20 bash -c 'read -rt 60 <>"$0" >/dev/null 2>&1 3>&- & exec "$1"' "$BUILD_DIR/tests/quiet" \
    "$(program ch10_multiprocess/wait_status)"
  assert_line "no child: wait: No child processes"
  run -0 after_living_children ch10_multiprocess/sigchld_handler
  assert_line --partial " sent 24"
  refute_line --partial " sent 9"
}

# hint: A handler ends the sleep of the program, once for each signal. Collect in it, and print when the sleep has returned.
# page: ch10_multiprocess/README.md#signals
@test "SIGCHLD cuts two of five sleeps short, and its handler collects 12 and 24" {
  is_stranger ch10_multiprocess/sigchld_handler ||
    traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=nanosleep,clock_nanosleep
  local begin=${EPOCHREALTIME/[.,]/}
  run -0 timeout "$client_limit" "${server_wrapper[@]}" "$(program ch10_multiprocess/sigchld_handler)"
  local passed=$((${EPOCHREALTIME/[.,]/} - begin))
  numbers_of_children "${lines[0]}"
  assert_equal "$(grep -cE '^sleep [1-5]: cut short$' <<<"$output")" 2
  assert_equal "$(grep -cE '^sleep [1-5]: a second$' <<<"$output")" 3
  # Each value follows the sleep that it cut short.
  assert_equal "$(grep -A 1 'cut short' <<<"$output" | grep '^  ')" "  child $first sent 12
  child $second sent 24"
  is_stranger ch10_multiprocess/sigchld_handler || together_is_at_most "${lines[-1]}" "$passed"
  is_stranger ch10_multiprocess/sigchld_handler ||
    assert_equal "$(grep -cE 'nanosleep\(.*\{tv_sec=1, tv_nsec=0\}' "$BATS_TEST_TMPDIR/calls")" 5

  # Two that end while the parent is stopped make one signal: one waitpid in the handler would leave a zombie.
  local said=$BATS_TEST_TMPDIR/said parent
  timeout "$client_limit" "$(program ch10_multiprocess/sigchld_handler)" >"$said" 3>&- &
  eventually grep -q '^child 1' "$said"
  numbers_of_children "$(head -n 1 "$said")"
  parent=$(ps -o ppid= -p "$first")
  kill -STOP "${parent// /}"
  eventually have_ended "$first" "$second"
  kill -CONT "${parent// /}"
  wait "$!"
  assert_equal "$(grep '^  ' "$said")" "  child $first sent 12
  child $second sent 24"
  # One signal cuts one sleep short, after three seconds; four more follow (or three, on a slow machine).
  (($(grep -c 'cut short$' "$said") <= 1))
  (($(sed -n 's/^together: \([0-9]*\) seconds$/\1/p' "$said") >= 5))
  is_stranger ch10_multiprocess/sigchld_handler && return

  # It says what the kernel told it the children sent: here that seems to be 5, and that its own child has failed.
  traced -f -o /dev/null -e trace=wait4 -e inject=wait4:poke_exit=@arg2=00050000
  run -1 timeout "$client_limit" "${server_wrapper[@]}" "$(program ch10_multiprocess/sigchld_handler)"
  assert_equal "$(grep -c '^  child [0-9]* sent 5$' <<<"$output")" 2
}
# together_is_at_most LINE MICROSECONDS: three whole sleeps and two parts, and not more than has passed.
together_is_at_most() {
  [[ $1 =~ ^together:\ ([0-9]+)\ seconds$ ]]
  ((BASH_REMATCH[1] >= 4 && BASH_REMATCH[1] * 1000000 <= $2))
}

# Ctrl-Z and fg: a child that stops or goes on makes a SIGCHLD too.
@test "no sleep is cut short by children that are stopped and go on" {
  local said=$BATS_TEST_TMPDIR/said
  timeout "$client_limit" "$(program ch10_multiprocess/sigchld_handler)" >"$said" 3>&- &
  eventually grep -q '^child 1' "$said"
  numbers_of_children "$(head -n 1 "$said")"
  kill -STOP "$first" "$second"
  eventually process_is_stopped "$first"
  eventually process_is_stopped "$second"
  kill -CONT "$first" "$second"
  wait "$!"
  # each that is cut short has a child after it
  assert_equal "$(grep -c 'cut short$' "$said")" "$(grep -A 1 'cut short$' "$said" | grep -c sent)"
}

have_ended() { [[ $(ps -o stat= -p "$1") == Z* && $(ps -o stat= -p "$2") == Z* ]]; }

# hint: Equal signals do not queue up, so collect in a loop. When SIGCHLD is ignored there is nothing to collect.
# page: ch10_multiprocess/README.md#signals
@test "a parent that ignores SIGCHLD has no zombies" {
  run -0 client ch10_multiprocess/reap_children once
  assert_output "signals: 1, reaped: 1, zombies left: 9" # there are ten children, and a zombie is counted
  run -0 client ch10_multiprocess/reap_children ignore
  assert_output "signals: 0, reaped: 0, zombies left: 0"
  is_stranger ch10_multiprocess/reap_children && return
  # It ignores the signal, and then there is nobody to wait for.
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=rt_sigaction,wait4
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/reap_children)" ignore
  eventually grep -qE ' rt_sigaction\(SIGCHLD, \{sa_handler=SIG_IGN, ' "$BATS_TEST_TMPDIR/calls"
  eventually grep -qE ' wait4\(-1, NULL, WNOHANG, NULL\) += -1 ECHILD' "$BATS_TEST_TMPDIR/calls"
}

@test "wrong arguments are wrong usage" {
  local arguments
  for arguments in "fork_copies now" "fork_descriptors x" "zombie x" "orphan x" "wait_status x" "waitpid_poll x" \
    "reap_children" "reap_children twice" "signal_alarm 0" "signal_alarm 1 x" "sigaction_alarm 0" "sigaction_alarm 1 default" "sigaction_flags x" \
    "sigchld_handler x"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 client ch10_multiprocess/$arguments
  done
}

# shellcheck disable=SC2016  # for the shells in the terminal
@test "ps au shows a zombie, and whether a program is in the foreground of its terminal" {
  cd "$BATS_TEST_TMPDIR"
  mkfifo keys go
  PROGRAM=$(program ch10_multiprocess/zombie) timeout 60 \
    script -qefc 'exec bash -mc "\"\$PROGRAM\" <keys >said 2>&1 & read -r <go; fg"' /dev/null </dev/null >terminal 2>&1 3>&- &
  exec 8>keys
  eventually grep -q "press Enter" said
  local child parent
  read -r child parent < <(sed -n 's/^process \([0-9]*\) of parent \([0-9]*\) .*/\1 \2/p' said)
  COLUMNS=500 run -0 ps au
  assert_line --index 0 --regexp '^USER +PID +%CPU +%MEM +VSZ +RSS +TTY +STAT +START +TIME +COMMAND$'
  assert_line --regexp "^[^ ]+ +$child .* Z[^ +]* +[^ ]+ +[0-9:]+ \\[zombie\\] <defunct>\$"
  assert_line --regexp "^[^ ]+ +$parent .* S[^ +]* +[^ ]+ +[0-9:]+ .*/zombie\$"
  echo >go
  eventually stat_is "$parent" 'S*+'
  stat_is "$child" 'Z*+'
  echo >&8
  eventually grep -q "it is gone" said
  exec 8>&-
}
# shellcheck disable=SC2053  # a pattern
stat_is() { [[ $(ps -o stat= -p "$1") == $2 ]]; }

# hint: Make a child do what its letter says before you ask ps: run, sleep, stop, end. A child that is traced stops with another letter.
# page: ch10_multiprocess/README.md#the-end-of-a-child
@test "each state of a process has its letter" {
  run -0 client ch10_multiprocess/process_states
  local letter
  for letter in R S T t Z; do
    assert_line --regexp "^$letter  $letter"
  done
  assert_line --regexp '^N  [^ ]*N'
  assert_line --regexp '^s  [^ ]*s'
  assert_line --regexp '^l  [^ ]*l'
}

@test "a state that cannot be reached is said to be so" {
  local without=()
  ((EUID)) || without=(setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock)
  run -0 prlimit --memlock=0 "${without[@]}" "$(program ch10_multiprocess/process_states)"
  assert_line --regexp '^L  [^ L]*  a page is locked in memory \(not reached\)$'
}

# Not every user may raise a priority; and one raised from a low priority may still not be high.
@test "ps shows a child in every state" {
  # A ps that notes what the true one says, how nice the process is, and how many children it has.
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nstat=$(%s "$@")\necho "$4 $stat $(%s -o ni= -p "$4") $(pgrep -c -P "$4")" >>"%s"\necho "$stat"\n' \
    "$(command -v ps)" "$(command -v ps)" "$BATS_TEST_TMPDIR/noted" >"$BATS_TEST_TMPDIR/bin/ps"
  chmod +x "$BATS_TEST_TMPDIR/bin/ps"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 client ch10_multiprocess/process_states
  assert_equal "$(awk '{ print $2 }' <<<"$output")" "$(awk '$1 != last { if (last) print stat; last = $1 } { stat = $2 } END { print stat }' "$BATS_TEST_TMPDIR/noted")"
  assert_line --regexp '^R  R[^ ]*  it computes$'
  assert_line --regexp '^S  S[^ ]*  it waits for a signal$'
  assert_line --regexp '^D  D[^ s]*  it has called vfork, and its child sleeps$' # who has a child has no s
  assert_line --regexp '^T  T[^ ]*  it was stopped$'
  assert_line --regexp '^t  t[^ ]*  it was stopped, and its parent traces it as a debugger does$'
  assert_line --regexp '^Z  Z[^ ]*  it has ended$'
  assert_line --regexp '^N  [^ ]*N[^ ]*  nice 5 or more: low priority$'
  (($(nice) > 5)) || grep -qE '^[0-9]+ [^ ]*N[^ ]* +5 ' "$BATS_TEST_TMPDIR/noted"
  assert_line --regexp '^<  [^ ]+  nice -5: high priority, for root only'
  if (($(nice -n -5 nice 2>/dev/null) < 0)); then
    assert_line --regexp '^<  [^ ]*<[^ ]*  .*, for root only$'
    grep -qE '^[0-9]+ [^ ]*<[^ ]* +-5 ' "$BATS_TEST_TMPDIR/noted"
  fi
  assert_line --regexp '^L  [^ ]*L[^ ]*  a page is locked in memory$'
  assert_line --regexp '^s  [^ ]*s[^ ]*  it leads a session, and has no children$'
  grep -qE '^[0-9]+ [^ ]*s[^ ]* .* 0$' "$BATS_TEST_TMPDIR/noted"
  assert_line --regexp '^l  [^ ]*l[^ ]*  it has a second thread$'
}

# one_at_a_time PID PID: each gets time on the processor, and together they get not more than has passed. (The kernel
# brings its numbers up to date at each tick only.)
one_at_a_time() {
  local begin first second
  begin=${EPOCHREALTIME/[.,]/}
  first=$(time_of "$1")
  second=$(time_of "$2")
  eventually have_run "$1" "$((first + 100000000))" "$2" "$((second + 100000000))"
  ((($(time_of "$1") - first + $(time_of "$2") - second) / 1000 <= ${EPOCHREALTIME/[.,]/} - begin + 40000))
}
time_of() { cut -d ' ' -f 1 "/proc/$1/schedstat"; } # in nanoseconds
have_run() { (($(time_of "$1") > $2 && $(time_of "$3") > $4)); }
# The other child is that ps: when it sleeps, the one that runs is the one that computes.
has_a_child_that_runs() { [[ $(pgrep -c -P "$1" -r S) == 1 ]] && child=$(pgrep -P "$1" -r R) && [[ $child =~ ^[0-9]+$ ]]; }

# The first child computes until ps has said something; this ps waits.
@test "two processes that compute on one processor take turns" {
  local place=$BATS_TEST_TMPDIR processor parents=() children=() child i
  mkdir "$place/bin"
  mkfifo "$place/never"
  printf '#!/usr/bin/env bash\nread -r line <%q\n' "$place/never" >"$place/bin/ps"
  chmod +x "$place/bin/ps"
  exec 8<>"$place/never"
  processor=$(taskset -cp "$BASHPID" | sed 's/.*: //; s/[-,].*//')
  for i in 0 1; do
    PATH=$place/bin:$PATH setpriv --pdeathsig TERM -- taskset -c "$processor" \
      "$(program ch10_multiprocess/process_states)" >/dev/null 2>&1 3>&- 8>&- &
    parents+=("$!")
    eventually has_a_child_that_runs "$!"
    children+=("$child")
  done
  one_at_a_time "${children[@]}"
  exec 8>&-
  wait "${parents[@]}" || true
}

@test "without ps the states cannot be shown, and that is an error" {
  run -1 env PATH=/nowhere "$(program ch10_multiprocess/process_states)"
  assert_line "process_states: ps is missing (Debian has it in the package procps)"
}

# As in a container without /proc.
@test "where ps knows nothing the states cannot be shown, and that is an error" {
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/ps"
  chmod +x "$BATS_TEST_TMPDIR/ps"
  PATH=$BATS_TEST_TMPDIR:$PATH run -1 client ch10_multiprocess/process_states
  assert_output --regexp '^process_states: ps knows nothing about process [0-9]+$'
}

# in_a_terminal COMMAND: a bash with job control runs it there; $PROGRAM is process_states.
in_a_terminal() {
  PROGRAM=$(program ch10_multiprocess/process_states) COMMAND=$1 \
    run -0 timeout 60 script -qefc 'exec bash -mc "$COMMAND"' /dev/null
}

# shellcheck disable=SC2016  # for the bash in the terminal
@test "a plus is for the foreground of a terminal, an s for the leader of a session" {
  in_a_terminal 'exec "$PROGRAM"'
  assert_output --regexp $'\n\\+  [^ ]*\\+  this process'
  assert_output --regexp $'\ns  S[^ +]*s[^ +]*  it leads a session'
  in_a_terminal '"$PROGRAM" & wait'
  assert_output --regexp $'\n\\+  [^ +]+  this process'
  assert_output --regexp $'\ns  S[^ +]*s[^ +]*  it leads a session, and has no children'
  assert_output --regexp $'\nD  [^ s]+  it has called vfork, and its child sleeps' # who has a child has no s
}
