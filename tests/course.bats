#!/usr/bin/env bats
# The front door, tried on a copy with two chapters, in a folder with a space in
# its name. What was built there stays, so that only the first test pays for it.

setup() {
  load harness.bash
  unset CI
  PATH=${PATH//\/usr\/libexec\/bats-core:/} # where bats finds itself, and we would find that
  copy="$BUILD_DIR/tmp/a copy of the course"
  mkdir -p "$copy"
  chmod -R u+w "$copy" # the source may be read-only
  # A server that the last test had changed must be built again, although its source will be older than what was made of it.
  cmp -s "$copy/ch04_tcp/echo_server.cpp" "$BATS_TEST_DIRNAME/../ch04_tcp/echo_server.cpp" ||
    find "$copy" -path '*/ch04_tcp*' -name 'echo_server*.o' -delete
  find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  cd "$BATS_TEST_DIRNAME/.." || return
  cp -a course CMakeLists.txt CMakePresets.json cmake common "$copy"
  chmod -R u+w "$copy"
  # Of common only what these programs are made of: the rest would take twice the time.
  sed -i -E 's/ (nonblocking|processes|readiness|sys_descriptor|sys_epoll|sys_thread|tcp_pair|tcp_state|udp)\.cpp//g' \
    "$copy/common/CMakeLists.txt"
  mkdir -p "$copy"/{ch01_basics,ch04_tcp,tests/ch01_basics}
  cp -a ch01_basics/hello_{server,client}.cpp "$copy/ch01_basics"
  cp -a ch04_tcp/README.md ch04_tcp/echo_{server,client}.cpp "$copy/ch04_tcp"
  cp -a tests/{harness,eventually,echo}.bash "$copy/tests"
  echo 'course_chapter(hello_server hello_client)' >"$copy/ch01_basics/CMakeLists.txt"
  echo 'course_chapter(echo_server echo_client)' >"$copy/ch04_tcp/CMakeLists.txt"
  echo 'course_tests()' >"$copy/tests/CMakeLists.txt"
  sed '/^@test "the raw/,$d' tests/ch01_basics/hello.bats >"$copy/tests/ch01_basics/hello.bats"
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  [[ -z ${course_pid:-} ]] || kill -KILL -- "-$course_pid" 2>/dev/null || true
  rm -f "$copy"/build/dev/server.* # what is killed cannot do it, and the next test has the same copy
}

course() { timeout 80 "$copy/course" "$@"; }

# nothing_is_left: no server and no client of the copy runs any more.
nothing_is_left() { ! pgrep -f "$copy/build/dev/ch" >/dev/null && [[ -z $(ls "$copy"/build/dev/server.* 2>/dev/null) ]]; }

@test "without arguments it says what to type" {
  run -0 course
  assert_line --partial "./course run CHAPTER/PAIR"
  assert_line --regexp '^  ch04_tcp +Chapter 4: '
}

@test "list shows the sentence of each program's header" {
  run -0 course list ch04_tcp
  assert_line --index 1 "ch04_tcp/echo_client                 $(sed -n '1s/^.* - //p' "$copy/ch04_tcp/echo_client.cpp")"
  assert_equal "${#lines[@]}" 2
}

@test "list follows the order of the chapter's CMakeLists" {
  printf '%s\n' '# course_chapter(no program)' 'course_chapter(' '  echo_server # serves (one by one)' \
    '  echo_client' '  SOURCES spare.cpp)' 'add_subdirectory(peers)' >"$copy/ch04_tcp/CMakeLists.txt"
  run -0 course list ch04_tcp
  assert_line --index 0 --partial "ch04_tcp/echo_server "
  assert_line --index 1 --partial "ch04_tcp/echo_client "
  assert_equal "${#lines[@]}" 2
  run -2 course run ch04_tcp/spare
}

@test "each command answers help" {
  local command
  for command in run list test lab wire bench setup; do
    run -0 --separate-stderr course "$command" --help
    assert_line --partial "./course run CHAPTER/PAIR"
    assert_equal "$stderr" ""
  done
}

@test "run gives the client's output and nothing else on stdout" {
  run -0 --separate-stderr course run ch04_tcp/echo <<<"hello"
  assert_output hello
  [[ $stderr == *"server | listening on 127.0.0.1:"*"server | closed 127.0.0.1:"* ]]
  nothing_is_left
}

@test "run copies binary input from any folder" {
  head -c 100000 /dev/urandom >in
  course run ch04_tcp/echo <in >out 2>err
  cmp in out
}

@test "run takes a program in the place of a pair" {
  run -0 --separate-stderr course run ch04_tcp/echo_client <<<"hello"
  assert_output hello
}

@test "run takes a file as it is typed with Tab" {
  run -0 --separate-stderr course run ./ch04_tcp/echo_client.cpp <<<"hello"
  assert_output hello
}

@test "run passes arguments to the client and returns its exit status" {
  run -2 course run ch04_tcp/echo -- one-too-many </dev/null
  assert_line "echo_client: too many arguments: 'one-too-many'"
  nothing_is_left
}

@test "run finds the partner in another chapter" {
  cp "$copy/ch04_tcp/echo_server.cpp" "$copy/ch01_basics"
  echo 'course_chapter(echo_server)' >"$copy/ch01_basics/CMakeLists.txt"
  run -0 --separate-stderr course run ch01_basics/echo <<<"far away"
  assert_output "far away"
}

@test "run prints two command lines if each program needs a keyboard" {
  sed -i 's|^// Pair: .*|// Pair:    ch04_tcp/echo_client, each in its own terminal|' "$copy/ch04_tcp/echo_server.cpp"
  run -0 --separate-stderr course run ch04_tcp/echo
  assert_line --partial "build/dev/ch04_tcp/echo_server"
  assert_line --partial "build/dev/ch04_tcp/echo_client"
}

@test "on a terminal Ctrl-D ends the client and Ctrl-C leaves nothing behind" {
  mkfifo keys
  exec 9<>keys
  env --default-signal=INT script -qefc "'$copy/course' run ch04_tcp/echo" /dev/null <keys >screen 2>&1 3>&- 4>&- &
  local terminal=$!
  eventually grep -q 'listening on' screen
  printf 'typed\n' >&9
  eventually grep -q '^typed' screen
  grep -q $'\e\[36mserver |' screen
  printf '\004' >&9
  wait "$terminal"
  nothing_is_left

  env --default-signal=INT script -qefc "'$copy/course' run ch04_tcp/echo" /dev/null <keys >second 2>&1 3>&- 4>&- &
  terminal=$!
  eventually test -e second
  eventually grep -q 'connected' second
  printf '\003' >&9
  local status=0
  wait "$terminal" || status=$?
  assert_equal "$status" 130
  nothing_is_left
}

@test "run says so when the server ends before its client" {
  mkfifo keys
  exec 9<>keys
  "$copy/course" run ch04_tcp/echo <keys >out 2>&1 3>&- 4>&- 9>&- &
  course_pid=$!
  eventually grep -q connected out
  pkill -P "$course_pid" -x echo_server
  echo more >&9
  run ! wait "$course_pid"
  run -0 cat out
  assert_line "course: the server ended before its client"
}

# The server opens the gate to read before it says where it listens, and waits until somebody opens it to write.
a_server_behind_a_gate() {
  mkfifo gate
  sed -i -e '/^#include <array>/i #include <fstream>' -e "s|app::say(\"listening on|std::ifstream{\"$PWD/gate\"}; &|" \
    "$copy/ch04_tcp/echo_server.cpp"
}

@test "run says what it waits for when the server is late, once, and goes on waiting" {
  a_server_behind_a_gate
  "$copy/course" run ch04_tcp/echo <<<"hello" >out 2>err 3>&- 4>&- &
  course_pid=$!
  patience=60 eventually grep -q "waiting" err # it builds first
  : >gate
  wait "$course_pid"
  assert_equal "$(<out)" hello
  run -0 grep "^course: " err
  assert_output "course: waiting for the server's line 'listening on ADDRESS:PORT'"
}

@test "run gives up after half a minute when the server never says where it listens" {
  a_server_behind_a_gate
  run -1 timeout 200 "$copy/course" run ch04_tcp/echo </dev/null
  assert_line --partial "the server has not said 'listening on ADDRESS:PORT' for half a minute"
}

@test "a server that ends when it has served is no complaint" {
  run -0 --separate-stderr course run ch01_basics/hello
  assert_output "Hello!"
  [[ $stderr != *"course:"* ]]
}

@test "a signal to run ends server and client" {
  mkfifo keys
  exec 9<>keys
  set -m
  "$copy/course" run ch04_tcp/echo <keys >out 2>&1 3>&- 4>&- &
  course_pid=$!
  set +m
  patience=70 eventually grep -q connected out
  kill -TERM "$course_pid"
  local status=0
  wait "$course_pid" || status=$?
  assert_equal "$status" 143
  eventually nothing_is_left
}

# What segment_watch does, but it sees nothing.
@test "run --wire and wire show what passes in a network of their own" {
  private_networks_or_skip
  echo 'course_chapter(echo_server echo_client segment_watch)' >"$copy/ch04_tcp/CMakeLists.txt"
  cat >"$copy/ch04_tcp/segment_watch.cpp" <<'END'
// segment_watch.cpp - a stand-in.
#include <unistd.h>
#include <cstdio>
  int main(int argc, char* argv[]) {
    std::fprintf(stderr, "ready\n");
    std::printf("what passes on %s is seen%s\n", argv[2], argc > 3 ? argv[4] : "");
    std::fflush(stdout);
    pause();
  }
END
  run -0 --separate-stderr course run --wire ch04_tcp/echo <<<hello
  assert_output hello
  [[ $stderr == *"what passes on lo is seen"*"server | listening on 127.0.0.1:"* ]]
  run -3 --separate-stderr course wire --keep " and kept" -- bash -c 'ip -br address show lo; exit 3'
  assert_output --partial "127.0.0.1/8"
  [[ $stderr == *"what passes on lo is seen and kept" ]]
  run -2 course run --wire ch04_tcp/ecko
  assert_output --partial "there is no 'ecko' in ch04_tcp"
  local words
  for words in "" "--" "true" "--keep" "--keep file" "--keep file --"; do
    # shellcheck disable=SC2086  # words are wanted
    run -2 course wire $words
  done
  nothing_is_left
}

@test "lab builds its chapter and runs a command there" {
  unshare -rn true 2>/dev/null || skip "private networks (unshare -rn) are forbidden here"
  mkdir -p "$copy/ch14_multicast"
  cp -a "$BATS_TEST_DIRNAME"/../ch14_multicast/{lab_routed.bash,multicast.hpp,multicast_sender.cpp} "$copy/ch14_multicast"
  echo 'course_chapter(multicast_sender)' >"$copy/ch14_multicast/CMakeLists.txt"
  # shellcheck disable=SC2016  # for the shell in there
  run -7 --separate-stderr course lab routed h3 -- bash -c 'ip -br -4 address show v3; multicast_sender --help; pwd; exit 7'
  assert_line --index 0 --partial "10.1.3.2/24"
  assert_line --index 1 --partial "usage: multicast_sender"
  assert_line --index 2 "$PWD"
  run -2 course lab
  assert_output --partial "lab needs a name: routed"
  run -2 course lab roted
  assert_output "course: there is no lab 'roted'; there are: routed"
  run -2 course lab routed h4
  assert_output --partial "h1, h2, h3, r"
}

@test "for an unknown name it prints the names there are" {
  run -2 course run ch04_udp/echo
  assert_output "course: there is no chapter 'ch04_udp'; there are: ch01_basics ch04_tcp"
  run -2 course run ch04_tcp/eco
  assert_output "course: there is no 'eco' in ch04_tcp; there are: echo echo_client"
  run -2 course run ch04_tcp
  assert_output "course: which of ch04_tcp? echo echo_client"
  run -2 course run echo
  assert_output "course: run needs CHAPTER/PAIR, for example ch04_tcp/echo, not 'echo'"
  run -2 course tets
  assert_output --partial "there are: run list test"
  run -2 course test ch01_basics/helo
  assert_output "course: there is no tests/ch01_basics/helo.bats; there are: hello"
  run -2 course run
  run -2 course setup --now
}

@test "a build shows what the compiler says, and nothing else" {
  course run ch04_tcp/echo </dev/null
  run -0 course run ch04_tcp/echo </dev/null
  assert_line --index 0 "building ch04_tcp/echo ..."
  assert_line --index 1 --partial "server | listening on"
  sed -i 's/^int main(.*{$/& int spare;/' "$copy/ch04_tcp/echo_server.cpp"
  run -0 --separate-stderr course run ch04_tcp/echo <<<"hello"
  assert_output hello
  [[ $stderr == *"[-Wunused-variable]"* ]]
  sed -i 's/app::say(/app::sya(/' "$copy/ch04_tcp/echo_server.cpp"
  run -1 course run ch04_tcp/echo
  assert_line --regexp 'error: .sya. is not a member of .app.'
}

@test "test runs a pair's tests and says how many passed" {
  run -0 course test ch01_basics/hello
  assert_line 'Passed: 1 of 1 tests.'
}

@test "test takes a program, and words of a test's name" {
  printf '# a test\n@test "two words" {\n  true # ch01_basics/hello_client\n}\n@test "more" {\n  false\n}\n' \
    >"$copy/tests/ch01_basics/client.bats"
  printf '# a test\n@test "two words" {\n  false\n}\n' >"$copy/tests/ch01_basics/other.bats"
  run -0 course test ch01_basics/hello_client -- -R 'two words' -V
  assert_line 'Passed: 1 of 1 tests.'
  run -8 course test ch01_basics/hello_client
  run -2 course test ch01_basics/hello_clinet
}

@test "settings that the user's shell exports change nothing" {
  run -0 timeout 80 env SHELLOPTS=noclobber:noglob BASHOPTS=failglob CDPATH=/ CLICOLOR_FORCE=1 \
    CTEST_PROGRESS_OUTPUT=1 BATS_LIB_PATH=/nowhere "$copy/course" test ch01_basics/hello
  assert_line 'Passed: 1 of 1 tests.'
  run -0 --separate-stderr timeout 80 env SHELLOPTS=noclobber:noglob "$copy/course" run ch04_tcp/echo <<<"hello"
  assert_output hello
  run -0 --separate-stderr timeout 80 env POSIXLY_CORRECT=1 "$copy/course" run ch04_tcp/echo <<<"hello"
  assert_output hello
}

@test "a closed terminal is not replaced by a socket" {
  course run ch04_tcp/echo <&- >out 2>err
  grep -q 'server | closed' err
  course run ch04_tcp/echo <<<"hello" >&- 2>err
  grep -q 'server | closed' err
  course run ch04_tcp/echo <<<"hello" >out 2>&-
  assert_equal "$(<out)" hello
  run -1 sh -c '"$0" list ch04_tcp >/dev/full' "$copy/course"
  nothing_is_left
}

@test "test says what to do about a failure" {
  printf '# a test\nsetup() { load ../harness.bash; }\n@test "a right one" {\n  true\n}\n@test "a wrong one" {\n  true\n  false\n}\n' \
    >"$copy/tests/ch01_basics/wrong.bats"
  run -8 course test ch01_basics/wrong
  assert_line --partial "tests/ch01_basics/wrong.bats, line 8)"
  assert_line --partial "Failed: 1 of 2 tests"
  assert_line --partial "./course test CHAPTER/PAIR"
}

@test "test refuses to run no test" {
  run -8 course test ch01_basics -- -R 'there is none such'
  refute_output --partial "passed"
}

@test "a test name that a filter cannot use is refused by CMake" {
  printf '# a test\n@test "what (and why)?" {\n  true\n}\n' >"$copy/tests/ch01_basics/wrong.bats"
  run -1 course test ch01_basics
  assert_output --partial "keep a test's name to letters"
}

@test "the plain way builds and tests a chapter" {
  cd "$copy"
  rm -f build/plain/ch04_tcp/echo_server
  cmake -S . -B build/plain
  cmake --build build/plain --parallel 2 --target ch01_basics
  run ! ls build/plain/ch04_tcp/echo_server
  cmake --build build/plain --parallel 2
  ls build/plain/ch04_tcp/echo_server build/plain/compile_commands.json
  ctest --test-dir build/plain -j 2 --output-on-failure --no-tests=error
}

@test "without bats the programs still build" {
  cd "$copy"
  sed -i 's/find_program(BATS bats)/find_program(BATS no-bats-here)/' cmake/course.cmake
  run -0 cmake -S . -B build/untested
  assert_line --partial "is missing: the programs build, their tests do not run"
}

@test "a build inside the source folder is refused" {
  cd "$copy"
  run -1 cmake .
  assert_output --partial "Build in a folder of its own"
  rm -r CMakeCache.txt CMakeFiles
}

@test "another system than Linux is refused" {
  cd "$copy"
  sed -i '1a set(CMAKE_HOST_SYSTEM_NAME Darwin)' CMakeLists.txt
  run -1 cmake -S . -B build/elsewhere
  assert_output --partial "sockets on Linux; this is Darwin"
}
