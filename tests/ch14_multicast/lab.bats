#!/usr/bin/env bats
# The routed lab itself: a command in it has the terminal, its status comes back, and nothing is
# left when the lab ends, however it ends.

setup() {
  load ../harness.bash
  load ../lab.bash
  use_lab routed
  private_networks_or_skip
  group=239.$((RANDOM % 256)).$((RANDOM % 256)).$((RANDOM % 254 + 1))
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  [[ -z ${lab_pid:-} ]] || kill -KILL -- "-$lab_pid" 2>/dev/null || true
}

# The tests look for receivers with this group in their command line.
receiver_line() { echo "multicast_receiver 0 $group --interface 0.0.0.0"; }
receiver_runs() { pgrep -f "multicast_receiver 0 $group" >/dev/null; }
# The screen shows the number of the lab's network namespace; no process may still hold it.
nothing_is_left() {
  ! receiver_runs && ! pgrep -f "lab_routed.bash $BUILD_DIR/ch14_multicast h1 -- bash -c .*$group" >/dev/null &&
    ! lsns -n -o NS | grep -qw "$(sed -n 's/.*net:\[\([0-9]*\)\].*/\1/p' screen)" &&
    [[ ! -e /run/lab && ! -e /run/netns/h1 ]]
}

# start_lab: in the background, in a process group of its own, with two receivers in it.
start_lab() {
  : >screen
  set -m
  "$BATS_TEST_DIRNAME/../../ch14_multicast/lab_routed.bash" "$BUILD_DIR/ch14_multicast" h1 -- \
    bash -c "readlink /proc/self/ns/net; setsid $(receiver_line) & exec $(receiver_line)" >screen 2>&1 3>&- 4>&- &
  lab_pid=$!
  set +m
  eventually both_listen
  receiver_runs
}
# ends_with STATUS PID
ends_with() {
  local status=0
  wait "$2" || status=$?
  assert_equal "$status" "$1"
}
both_listen() { (($(grep -c "^listening on" screen) == 2)); }

@test "a command runs in its folder with its arguments and input, and its status comes back" {
  # shellcheck disable=SC2016  # for the shell in there
  run -7 lab h2 -- bash -c 'read -r line; echo "$line $1 $LAB_HOST"; pwd; exit 7' - "a b" <<<"typed"
  assert_output "typed a b h2
$PWD"
}

@test "every host has its address and reaches the others through the router" {
  scene() {
    local host
    start h3 four "$(program ch04_tcp/echo_server)" 9190 10.1.3.2
    start h3 six "$(program ch04_tcp/echo_server)" 9190 fd00:3::2
    for host in h1 h2; do
      on "$host" "$(program ch04_tcp/echo_client)" 10.1.3.2 9190 <<<"$host over IPv4"
      on "$host" "$(program ch04_tcp/echo_client)" fd00:3::2 9190 <<<"$host over IPv6"
    done
    for host in h1 h2 h3 r; do
      echo "$host" "$(on "$host" ip -o address show scope global | awk '{ print $4 }' | xargs)"
    done
  }
  play scene
  assert_output "h1 over IPv4
h1 over IPv6
h2 over IPv4
h2 over IPv6
h1 10.1.1.2/24 fd00:1::2/64
h2 10.1.2.2/24 fd00:2::2/64
h3 10.1.3.2/24 fd00:3::2/64
r 10.1.1.1/24 fd00:1::1/64 10.1.2.1/24 fd00:2::1/64 10.1.3.1/24 fd00:3::1/64"
}

# judges: nobody
@test "when the command ends, all that still runs in the lab ends" {
  run -0 lab h1 -- bash -c "readlink /proc/self/ns/net; setsid $(receiver_line) >in 2>&1 & until grep -q listening in; do :; done"
  echo "$output" >screen
  grep -q listening in
  eventually nothing_is_left
}

# judges: nobody
@test "SIGTERM and SIGHUP end the lab and all that runs in it" {
  start_lab
  kill -TERM "$lab_pid"
  ends_with 143 "$lab_pid"
  eventually nothing_is_left
  start_lab
  kill -HUP "$lab_pid"
  ends_with 129 "$lab_pid"
  eventually nothing_is_left
}

# judges: nobody
@test "SIGKILL ends all that runs in the lab" {
  start_lab
  kill -KILL "$lab_pid"
  ends_with 137 "$lab_pid"
  eventually nothing_is_left
}

# judges: nobody
@test "Ctrl-C ends the command and the lab" {
  mkfifo keys
  : >screen
  exec 9<>keys
  set -m
  setpriv --pdeathsig TERM script -qefc "'$BATS_TEST_DIRNAME/../../ch14_multicast/lab_routed.bash' '$BUILD_DIR/ch14_multicast' h1 -- \
    bash -c 'readlink /proc/self/ns/net; setsid $(receiver_line) & exec $(receiver_line)'" /dev/null <keys >screen 2>&1 3>&- 4>&- &
  lab_pid=$!
  set +m
  eventually both_listen
  printf '\003' >&9
  ends_with 130 "$lab_pid"
  eventually nothing_is_left
}

# judges: nobody
@test "without a command there is a map and a shell at the terminal" {
  mkfifo keys
  : >screen
  exec 9<>keys
  set -m
  setpriv --pdeathsig TERM script -qefc "'$BATS_TEST_DIRNAME/../../ch14_multicast/lab_routed.bash' '$BUILD_DIR/ch14_multicast'" /dev/null \
    <keys >screen 2>&1 3>&- 4>&- &
  lab_pid=$!
  set +m
  eventually grep -q 'h1# ' screen
  grep -q '10.1.3.0/24' screen
  printf 'tty; readlink /proc/self/ns/net\n' >&9
  eventually grep -q '/dev/' screen
  printf 'on h2 %s\n' "$(receiver_line)" >&9
  eventually grep -q 'listening on' screen
  printf '\003' >&9 # ends the receiver, not the shell
  printf 'echo "status $?"; exit 5\n' >&9
  ends_with 5 "$lab_pid"
  grep -q 'status 130' screen
  eventually nothing_is_left
}

# As in a container: the kernel lets a process mount a proc only if it already sees a whole one, even
# one outside its chroot.
cover_every_proc() {
  awk '$3 == "proc" { print $2 "/uptime" }' /proc/self/mounts | while read -r file; do
    mount --bind /dev/null "$(printf %b "$file")" || exit
  done
}

@test "the lab works without a proc of its own too" {
  unshare -rm bash -c "$(declare -f cover_every_proc); cover_every_proc" || skip "nothing may be mounted over proc here"
  export BUILD_DIR BATS_TEST_DIRNAME
  run -0 unshare -rm bash -c "$(declare -f lab cover_every_proc); cover_every_proc
    ! unshare -rmpf --mount-proc true 2>/dev/null || exit 9; lab h2 -- ip -br -4 address show v2"
  assert_output --partial "10.1.2.2/24"
}

@test "if private networks are forbidden the lab says so" {
  mkdir bin
  printf '#!/bin/bash\nexit 1\n' >bin/unshare
  chmod +x bin/unshare
  PATH=$PWD/bin:$PATH run -1 lab h1 -- true
  assert_output --partial "private networks (unshare -rn) are forbidden here"
}

@test "wrong arguments are wrong usage" {
  run -2 lab h4
  assert_output "lab: there is no host 'h4': h1, h2, h3, r"
  run -2 lab h1 true
  run -2 lab h1 --
  run -2 lab h1 -- on h9 true
  assert_output "usage: on h1|h2|h3|r COMMAND..."
}
