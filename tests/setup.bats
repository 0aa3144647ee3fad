#!/usr/bin/env bats
# `./course setup` on machines that lack something: a folder of links replaces
# the installed programs, and apt-get writes down how it is called.

setup() {
  load harness.bash
  unset CI
  bin=$BATS_TEST_TMPDIR/bin
  mkdir "$bin"
  local name
  for name in awk basename bash cat cut dirname env find grep head nproc paste readlink sed sort tr \
    cmake c++ make python3 bats ss ip setpriv unshare prlimit script ps inotifywait socat strace dig ipcalc curl tshark bwrap patch; do
    ln -s "$(command -v "$name")" "$bin/$name"
  done
  fake apt-get "printf 'apt-get %s\n' \"\$*\" >>'$BATS_TEST_TMPDIR/calls'"
}

fake() { rm -f "$bin/$1"; printf '#!/bin/bash\n%s\n' "$2" >"$bin/$1"; chmod +x "$bin/$1"; }

# In a session of its own there is no terminal to ask on.
change=()
course() { setsid -w "${change[@]}" env PATH="$bin" "$BATS_TEST_DIRNAME/../course" "$@"; }

# become root|user: from now on course is called by root, or by an ordinary user. The other one
# seems to be so, and has no rights over the system.
become() {
  case $1$((EUID == 0)) in
    root0) change=(unshare --map-user=0) ;;
    user1) change=(unshare --map-user=1000) ;;
  esac
  "${change[@]}" true 2>/dev/null || skip "for $1, and user namespaces are forbidden here"
}

@test "when nothing is missing it says so" {
  run -0 course setup
  assert_output "Everything the course needs is installed."
}

@test "root without a terminal is not asked" {
  become root
  rm "$bin/socat" "$bin/cmake"
  run -0 course setup
  assert_line "Missing: cmake socat"
  assert_line "  apt-get install --yes --no-install-recommends cmake socat"
  run -0 tail -n 1 "$BATS_TEST_TMPDIR/calls"
  assert_output "apt-get install --yes --no-install-recommends cmake socat"
}

@test "on a terminal it asks, and no means no" {
  rm "$bin/socat"
  ((EUID == 0)) || fake sudo 'true'
  mkfifo "$BATS_TEST_TMPDIR/keys"
  exec 9<>"$BATS_TEST_TMPDIR/keys"
  printf 'n\n' >&9
  run -1 script -qefc "PATH='$bin' '$BATS_TEST_DIRNAME/../course' setup" /dev/null <"$BATS_TEST_TMPDIR/keys"
  assert_output --partial "Run it now? [Y/n]"
  assert_output --partial "nothing was installed"
  [ ! -e "$BATS_TEST_TMPDIR/calls" ]
}

@test "yes on the command line and CI are not asked" {
  rm "$bin/socat"
  ((EUID == 0)) || fake sudo "exec \"\$@\""
  run -0 script -qefc "PATH='$bin' '$BATS_TEST_DIRNAME/../course' setup --yes" /dev/null
  refute_output --partial "Run it now?"
  run -0 script -qefc "CI=true PATH='$bin' '$BATS_TEST_DIRNAME/../course' setup" /dev/null
  refute_output --partial "Run it now?"
  run -0 grep -c 'install.*socat' "$BATS_TEST_TMPDIR/calls"
  assert_output 2
}

@test "without lists apt-get update comes first" {
  become root
  rm "$bin/socat"
  fake find 'true'
  run -0 course setup
  run -0 cat "$BATS_TEST_TMPDIR/calls"
  assert_line --index 0 "apt-get update"
  assert_line --index 1 --partial "apt-get install"
}

@test "a failing apt-get is not taken for success" {
  become root
  rm "$bin/socat"
  fake apt-get 'echo E: no such thing >&2; exit 100'
  run -1 course setup
  assert_line "E: no such thing"
  assert_line --partial "apt-get failed"
}

@test "on another system it lists what is missing" {
  rm "$bin/socat" "$bin/apt-get"
  run -1 course setup
  assert_line "Missing: socat"
  assert_line --partial "not Debian"
}

@test "for Fedora, Arch and Alpine it names their packages, untried" {
  rm "$bin/apt-get" "$bin"/{c++,python3,socat,unshare,ipcalc,tshark}
  local line lines_of=("dnf install gcc-c++ python3 socat util-linux wireshark-cli" "pacman -S gcc ipcalc python socat util-linux wireshark-cli"
    "apk add g++ python3 setpriv socat tshark util-linux-misc")
  for line in "${lines_of[@]}"; do
    fake "${line%% *}" "echo it ran"
    run -1 course setup --yes
    assert_line "Missing: g++ ipcalc python3 socat tshark util-linux"
    assert_line --partial "we have not tried it"
    assert_line "  $line"
    if [[ $line == *ipcalc* ]]; then refute_line --partial "no package"; else assert_line "We know of no package there for: ipcalc"; fi
    refute_line "it ran"
    rm "$bin/${line%% *}"
  done
}

@test "a user without sudo is shown the command" {
  become user
  rm "$bin/socat"
  run -1 course setup --yes
  assert_line "  sudo apt-get install --yes --no-install-recommends socat"
  assert_line --partial "there is no sudo"
}

@test "a user with sudo installs through it" {
  become user
  rm "$bin/socat"
  fake sudo "printf 'sudo ' >>'$BATS_TEST_TMPDIR/calls'; exec \"\$@\""
  run -0 course setup --yes
  run -0 cat "$BATS_TEST_TMPDIR/calls"
  assert_output --partial "sudo apt-get install --yes --no-install-recommends socat"
}

@test "a build does not need what only tests need" {
  rm "$bin/bats" "$bin/strace" "$bin/socat" "$bin/apt-get"
  run -2 course run ch04_tcp/no_such_program
  refute_output --partial Missing
}
