#!/usr/bin/env bats
# signal_alarm, sigaction_alarm and sigaction_flags: handlers, and what they interrupt.

setup() {
  load ../harness.bash
  load ../screen.bash
  signal_alarm=$(program ch10_multiprocess/signal_alarm)
}

# begins PROGRAM ARGUMENT...: in the background; sets pid, and said, the file with its output.
begins() {
  said=$BATS_TEST_TMPDIR/it.said
  a_screen "${said%.said}"
  find_program "$1"
  did "started $*"
  set -m
  setpriv --pdeathsig TERM -- "$found" "${@:2}" >"${said%.said}.screen" 3>&- &
  set +m
  pid=$!
  eventually grep -q "^wait: " "$said" || { echo "it has not said that it waits"; return 1; }
}
woken_twice() { (($(grep -c "^woken" "$said") == 2)); }
sleeps() { [[ $(ps -o state= -p "$pid") == S ]]; }

# three_alarms PROGRAM: the handler sets the next alarm; each alarm ends one sleep.
three_alarms() {
  run -0 timeout 30 "$(program "$1")" 1
  each_alarm_ended_a_sleep
}
each_alarm_ended_a_sleep() {
  assert_line "before: the default, then: ours"
  run -0 grep -vE '^before|^alarm returned|^SIGINT in' <<<"$output"
  local round
  for round in 0 1 2; do
    assert_line --index $((3 * round)) "wait: an alarm will come"
    assert_line --index $((3 * round + 1)) "handler: time out"
    assert_line --index $((3 * round + 2)) --regexp '^woken with 9[0-9] seconds left$'
  done
  assert_equal "${#lines[@]}" 9
}

# every_two_seconds PROGRAM: without arguments each alarm comes after two seconds, from the trace.
every_two_seconds() {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=alarm,setitimer,nanosleep,clock_nanosleep,rt_sigaction
  run -0 timeout 60 "${server_wrapper[@]}" "$(program "$1")"
  each_alarm_ended_a_sleep
  run -0 sed -nE 's/^(alarm\(|setitimer\(.*it_value=\{tv_sec=)([0-9]+).*/\2/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(tail -n 4 <<<"$output")" $'2\n2\n2\n2'
  # Three sleeps of 100 seconds, and none of them goes on.
  run -0 sed -nE 's/^(clock_)?nanosleep.*\{tv_sec=([0-9]+), tv_nsec=0\}.*/\2/p' "$BATS_TEST_TMPDIR/calls"
  assert_output $'100\n100\n100'
}

# says_what_was_there PROGRAM CALLS: it says which handlers of SIGALRM the kernel told it were there before. Here the
# kernel seems to say SIG_IGN (1), both times. CALLS is a trace of it.
says_what_was_there() {
  local first
  first=$(grep -F 'rt_sigaction(' "$2" | grep -nE -m 1 'SIGALRM, \{sa_handler=0x' | cut -d : -f 1)
  traced -o /dev/null -e trace=rt_sigaction -e "inject=rt_sigaction:poke_exit=@arg3=0100000000000000:when=$first..$((first + 1))"
  run -0 timeout 30 "${server_wrapper[@]}" "$(program "$1")" 1
  assert_line "before: ignored, then: another"
}

# one_alarm PROGRAM: the second sleep has nobody to wake it. Our own signal shows how much was left of it.
one_alarm() {
  begins "$1" 1 once
  eventually grep -q "^wait: no alarm will come$" "$said" || { echo "it said: $(<"$said")"; return 1; }
  eventually sleeps
  did "sent SIGALRM while it slept, and no alarm was set"
  kill -ALRM "$pid"
  eventually woken_twice || { echo "it was not woken; it said: $(<"$said")"; return 1; }
  kill -KILL "$pid"
  run -0 grep -vE '^before|^alarm returned|^SIGINT in' "$said"
  assert_line --index 0 "wait: an alarm will come"
  assert_line --index 1 "handler: time out"
  assert_line --index 2 --regexp '^woken with 9[0-9] seconds left$'
  assert_line --index 3 "wait: no alarm will come"
  assert_line --index 4 "handler: time out"
  assert_line --index 5 --regexp '^woken with 9[0-9] seconds left$'
}

# hint: An alarm comes once: the handler must set the next one. A sleep that it has cut short returns the seconds that were left.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/signal_alarm
@test "a handler is called when the time is over, and ends the sleep" {
  three_alarms ch10_multiprocess/signal_alarm
  # Each time it is the handler, from the signal to its return, that sets the next alarm.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=alarm,setitimer,rt_sigaction,rt_sigreturn,nanosleep,clock_nanosleep -e signal=SIGALRM
  run -0 timeout 60 "${server_wrapper[@]}" "$(program ch10_multiprocess/signal_alarm)" 2
  assert_line "before: the default, then: ours"
  local left
  left=$(sed -nE 's/^woken with ([0-9]+) seconds left$/\1/p' <<<"$output")
  # What the kernel said is left of each of the three sleeps.
  run -0 sed -nE 's/^(clock_)?nanosleep\(.*\{tv_sec=100, tv_nsec=0\}, \{tv_sec=([0-9]+), .* = \? ERESTART.*/\2/p' "$BATS_TEST_TMPDIR/calls"
  assert_output "$left"
  assert_equal "${#lines[@]} $(grep -c nanosleep "$BATS_TEST_TMPDIR/calls")" "3 3"
  run -0 sed -nE 's/^(--- SIGALRM|rt_sigreturn).*/\1/p; s/^(alarm\(|setitimer\(ITIMER_REAL, \{it_interval=\{tv_sec=0, ).*/alarm/p' "$BATS_TEST_TMPDIR/calls"
  assert_equal "$(tail -n 9 <<<"$output" | paste -sd ' ')" \
    "--- SIGALRM alarm rt_sigreturn --- SIGALRM alarm rt_sigreturn --- SIGALRM alarm rt_sigreturn"
  says_what_was_there ch10_multiprocess/signal_alarm "$BATS_TEST_TMPDIR/calls"
}

@test "with sigaction the timer does the same" {
  every_two_seconds ch10_multiprocess/sigaction_alarm
  # signal would set SA_RESTART, and put SIGALRM into the mask.
  grep -qE 'rt_sigaction\(SIGALRM, \{sa_handler=0x[0-9a-f]+, sa_mask=\[\], sa_flags=(0|SA_RESTORER)[,}]' "$BATS_TEST_TMPDIR/calls"
}

# hint: Fill the whole structure: the handler, an empty mask, and flags. An alarm comes once: the handler must set the next one.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/sigaction_alarm
@test "with sigaction each of three alarms ends a sleep" {
  three_alarms ch10_multiprocess/sigaction_alarm
}

# hint: With once the handler must not set the next alarm. A signal by somebody else ends the sleep too.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/signal_alarm
@test "if the handler sets no new alarm, nobody wakes the second sleep" {
  one_alarm ch10_multiprocess/signal_alarm
}

# hint: With once the handler must not set the next alarm. A signal by somebody else ends the sleep too.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/sigaction_alarm
@test "with sigaction an alarm comes once too" {
  one_alarm ch10_multiprocess/sigaction_alarm
}

# hint: There is one alarm for a process: a new one replaces it, and alarm returns the seconds that the old one had left.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/signal_alarm
@test "a new alarm replaces the old one and returns what it had left" {
  run -0 client ch10_multiprocess/signal_alarm 1
  assert_line --index 1 "alarm returned 0, 10, 5; no alarm will come"
}

@test "alarm returns what an earlier one had left, and 0 cancels it" {
  run -0 timeout 30 "$signal_alarm" 1
  assert_line --index 1 "alarm returned 0, 10, 5; no alarm will come"
  assert_line --index 2 "wait: an alarm will come"
  assert_line --index 3 "handler: time out"
  assert_line --index 4 --regexp '^woken with 9[0-9] seconds left$'
  # After a second, not earlier. It may be later on a busy machine, so the call tells which second was asked for.
  [[ ${lines[4]} =~ ^woken\ with\ ([0-9]+) ]]
  ((BASH_REMATCH[1] <= 99))
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=alarm,setitimer
  run -142 timeout 30 "${server_wrapper[@]}" "$signal_alarm" 1 default
  run -0 sed -E 's/^(alarm\(|setitimer\(.*it_value=\{tv_sec=)([0-9]+).*/\2/' "$BATS_TEST_TMPDIR/calls"
  assert_output $'10\n5\n0\n1'
  # The kernel seems to answer 7 three times, and then that an alarm is set. (In some machines alarm is setitimer.)
  local none
  none=$(printf '%016d' 0)
  traced -o /dev/null -e trace=alarm,setitimer,getitimer -e inject=alarm:retval=7:when=1..3 \
    -e "inject=setitimer:poke_exit=@arg3=$none${none}0700000000000000$none:when=1..3" \
    -e "inject=getitimer:poke_exit=@arg2=$none${none}0100000000000000$none:when=1"
  run -142 timeout 30 "${server_wrapper[@]}" "$signal_alarm" 1 default
  assert_line --index 0 "alarm returned 7, 7, 7; an alarm will come"
}

# hint: With default no handler is installed, and SIGALRM ends the process.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/signal_alarm
@test "without a handler the alarm ends the program" {
  run -142 "$signal_alarm" 1 default
  refute_output --partial "woken"
  is_stranger ch10_multiprocess/signal_alarm && return
  # It is the alarm that ends it, in its sleep, and bash calls that by its name.
  run -142 env LC_ALL=C bash -c '"$1" 1 default; exit' - "$signal_alarm"
  assert_line "wait: an alarm will come"
  assert_output --partial "Alarm clock"
}

# Typed in a terminal: the terminal makes a signal of the key.
@test "the time, Ctrl-C and the end of a child have a signal each" {
  every_two_seconds ch10_multiprocess/signal_alarm
  # The signal says which child has ended, and with what. (On a slow machine both may have.)
  traced -f -o "$BATS_TEST_TMPDIR/calls" -e trace=none -e signal=SIGCHLD
  run -0 timeout 60 "${server_wrapper[@]}" "$(program ch10_multiprocess/sigchld_handler)"
  assert_line --regexp '^sleep [1-5]: cut short$'
  [[ ${lines[0]} =~ ^'child 1 is '([0-9]+)', child 2 is '([0-9]+)$ ]]
  local first=${BASH_REMATCH[1]} second=${BASH_REMATCH[2]}
  run -0 sed -nE 's/.*SIGCHLD \{.*si_code=CLD_EXITED, si_pid=([0-9]+),.* si_status=([0-9]+),.*/\1 \2/p' "$BATS_TEST_TMPDIR/calls"
  assert_line --regexp "^($first 12|$second 24)\$"

  local seen=$BATS_TEST_TMPDIR/seen
  mkfifo "$BATS_TEST_TMPDIR/keys"
  # shellcheck disable=SC2016  # a variable of the other shell
  PROGRAM=$signal_alarm setpriv --pdeathsig TERM -- script -qefc 'exec "$PROGRAM" 90' /dev/null \
    <"$BATS_TEST_TMPDIR/keys" >"$seen" 2>&1 3>&- &
  exec 8>"$BATS_TEST_TMPDIR/keys"
  eventually grep -q "^wait: " "$seen"
  printf '\003' >&8
  eventually grep -q "handler: Ctrl-C" "$seen"
  kill "$!"
  exec 8>&-
}

# hint: Install a handler for SIGINT too. sleep returns when it has run.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/signal_alarm
@test "a signal whose handler is ours does not end the program, but its sleep" {
  begins ch10_multiprocess/signal_alarm 90
  eventually sleeps
  kill -INT "$pid"
  eventually grep -q "^handler: Ctrl-C$" "$said"
  eventually grep -q "^woken with 9[0-9] seconds left$" "$said"
  kill -KILL "$pid"
}

@test "sigaction takes a function, a mask and flags, and returns what was there before" {
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=rt_sigaction
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/sigaction_alarm)" 1
  assert_line "SIGINT in the mask: 1, then: 0"
  assert_line "before: the default, then: ours"
  local ours='\{sa_handler=(0x[0-9a-f]+), sa_mask=\[\], sa_flags=(0|SA_RESTORER)[,}]'
  run -0 grep -E "rt_sigaction\\(SIGALRM, $ours.*, \\{sa_handler=SIG_DFL" "$BATS_TEST_TMPDIR/calls"
  [[ $output =~ sa_handler=(0x[0-9a-f]+) ]]
  run -0 grep -E "rt_sigaction\\(SIGALRM, $ours.*, \\{sa_handler=${BASH_REMATCH[1]}," "$BATS_TEST_TMPDIR/calls"
  says_what_was_there ch10_multiprocess/sigaction_alarm "$BATS_TEST_TMPDIR/calls"
}

# hint: Without SA_RESTART a read that waits fails with EINTR when the handler has run. Ask what signal has installed; do not guess.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/sigaction_flags
@test "the restart flag decides whether a handler ends a read" {
  run -0 client ch10_multiprocess/sigaction_flags
  assert_line "sa_flags 0: read returned -1, Interrupted system call"
  assert_line "SA_RESTART: read returned 1"
  assert_line "signal(): SA_RESTART"
  assert_line "signal() of System V: no SA_RESTART, SA_RESETHAND"
  is_stranger ch10_multiprocess/sigaction_flags && return
  # What the five calls ask the kernel for: three of sigaction, then the two kinds of signal.
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=rt_sigaction,read
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/sigaction_flags)"
  run -0 sed -nE 's/SA_RESTORER\|//; s/SA_RESTORER/0/; s/\|0xf+0+//
    s/^rt_sigaction\(SIGALRM, \{sa_handler=0x[0-9a-f]+, (sa_mask=\[[A-Z]*\], sa_flags=[A-Z0_|]+).*/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_output "sa_mask=[], sa_flags=0
sa_mask=[], sa_flags=SA_RESTART
sa_mask=[], sa_flags=0
sa_mask=[ALRM], sa_flags=SA_RESTART
sa_mask=[], sa_flags=SA_INTERRUPT|SA_NODEFER|SA_RESETHAND"
  # The handler interrupts both reads, and one of them is made again.
  run -0 sed -nE 's/^read\([0-9]+, .*, 1\) += (1$|\? ERESTARTSYS).*/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_output "? ERESTARTSYS
? ERESTARTSYS
1"
  # It says which error it got: here the kernel seems to give it another one.
  local first
  first=$(grep '^read(' "$BATS_TEST_TMPDIR/calls" | grep -nm 1 ERESTARTSYS | cut -d : -f 1)
  traced -o /dev/null -e trace=read -e "inject=read:error=EIO:when=$first"
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/sigaction_flags)"
  assert_line "sa_flags 0: read returned -1, Input/output error"
  # And which flags the last handler has: here the kernel seems to say only SA_NODEFER.
  local last
  last=$(grep '^rt_sigaction(' "$BATS_TEST_TMPDIR/calls" | grep -n '^rt_sigaction(SIGALRM, NULL, ' | tail -n 1 | cut -d : -f 1)
  traced -o /dev/null -e trace=rt_sigaction -e "inject=rt_sigaction:poke_exit=@arg3=00000000000000000000004000000000:when=$last"
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/sigaction_flags)"
  assert_line "signal() of System V: no SA_RESTART"
}

# hint: A signal in sa_mask waits until the handler has returned; another one interrupts it. A handler notes its step, and main prints.
# page: ch10_multiprocess/README.md#signals
# judges: ch10_multiprocess/sigaction_flags
@test "a signal in the mask waits for the handler, another interrupts it" {
  run -0 client ch10_multiprocess/sigaction_flags
  assert_line "masked: 1 2 3"
  assert_line "not masked: 1 3 2"
}

@test "a masked signal waits until the handler has returned" {
  run -0 client ch10_multiprocess/sigaction_flags
  assert_line "masked: 1 2 3"
  assert_line "not masked: 1 3 2"
  traced -o "$BATS_TEST_TMPDIR/calls" -e trace=rt_sigaction
  run -0 timeout 30 "${server_wrapper[@]}" "$(program ch10_multiprocess/sigaction_flags)"
  run -0 sed -nE 's/^rt_sigaction\(SIGUSR1, \{.*sa_mask=(\[[A-Z0-9]*\]).*/\1/p' "$BATS_TEST_TMPDIR/calls"
  assert_output $'[USR2]\n[]'
}
