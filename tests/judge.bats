#!/usr/bin/env bats
# The judge as its user sees it: what is refused, what a verdict says, which forms a program may have, and
# that a hostile one gets a verdict too and leaves nothing.

setup() {
  load harness.bash
  judge=$BATS_TEST_DIRNAME/../judge
  cd "$BATS_TEST_TMPDIR" || return
  stranger=$BATS_TEST_TMPDIR/stranger.$BASHPID.py
}
# Nothing may stay: no process, and not the folder of the verdict.
teardown() {
  [[ -e $stranger ]] || return 0
  nothing_runs() { ! pgrep -f "$stranger" >/dev/null; }
  patience=5 eventually nothing_runs || { pgrep -af "$stranger"; pgrep -f "$stranger" | xargs -r kill -KILL; fail "it is still there"; }
  run grep -rlF "$stranger" "$BUILD_DIR/tmp" --include=program
  assert_output ""
}

boxes_or_skip() {
  private_networks_or_skip
  bwrap --unshare-user --unshare-net --unshare-pid --ro-bind / / --dev /dev --proc /proc true 2>/dev/null ||
    skip "bubblewrap is not there, or is forbidden"
}

# check STATUS WORD...: ./course check, when everything is built.
check() {
  run python3 "$judge/check.py" "$BUILD_DIR" "${@:2}"
  ((status == $1)) || fail "status $status, not $1; $output"
}
first="a line comes back"

# a_server [LINE...]: a right echo server, a thread for each client; these lines of Python come first.
a_server() {
  printf '%s\n' "$@" 'import socket, sys, threading, time' 'port = int(sys.argv[1]) if sys.argv[1:] else 9190' >"$stranger"
  cat >>"$stranger" <<'PYTHON'
def echo(client):
    try:
        while data := client.recv(4096):
            client.sendall(data)
    except OSError:
        pass
    client.close()

def serve():
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    while True:
        try:
            threading.Thread(target=echo, args=listener.accept()[:1], daemon=True).start()
        except OSError:
            time.sleep(0.05)
PYTHON
}
# and_then LINE...: what it does in the end.
and_then() { printf '%s\n' "$@" >>"$stranger"; }
# a_program LINE...: nothing but these lines.
a_program() { printf '%s\n' "$@" >"$stranger"; }

# ---- refused before any test

@test "an unknown or misspelt name is refused, and the right ones are named" {
  check 2 ch04_tcp/echo_sever "cat {port}"
  assert_output --partial "there is no program 'ch04_tcp/echo_sever'; there are: ch04_tcp/hello_client ch04_tcp/" ||
    assert_output --partial " ch04_tcp/echo_server "
  check 2 nothing "cat {port}"
  assert_output --partial "there is no program 'nothing'"
}

@test "a program that no behaviour judges is refused" {
  check 2 ch17_epoll/echo_server_edge_one_read "cat {port}"
  assert_output --partial "no behaviour of ch17_epoll/echo_server_edge_one_read can be judged"
}

@test "what cannot run is refused" {
  echo "not a program" >text
  check 2 ch04_tcp/echo_server text
  assert_output --partial "text cannot be run"
  check 2 ch04_tcp/echo_server no_such_command_here "{port}"
  check 2 ch04_tcp/echo_server "no_such_command_here {port}"
  assert_output --partial "there is no program 'no_such_command_here' here"
  check 2 ch04_tcp/echo_server missing.c
  assert_output --partial "there is no file missing.c"
  check 2 ch04_tcp/echo_server .
  assert_output --partial "is a folder"
  check 2 ch04_tcp/echo_server "python3 'echo.py {port}"
  assert_output --partial "No closing quotation"
}

@test "a source that does not compile fails with the compiler's message" {
  echo 'int main() { return nothing; }' >broken.cpp
  check 1 ch04_tcp/echo_server broken.cpp
  assert_output --partial "'nothing' was not declared"
  assert_line --partial "it does not compile"
}

# ---- the verdict

@test "a right program passes with status 0" {
  boxes_or_skip
  a_server
  and_then 'serve()'
  check 0 ch18_threads/echo_server "$stranger"
  refute_output --partial FAILED
  assert_line --regexp '^ch18_threads/echo_server: ([0-9]+) of \1 behaviours passed$'
}

@test "a wrong program fails with what was done, what came, a hint and a page" {
  boxes_or_skip
  a_server
  and_then 'threading.Thread.start = lambda thread: thread._target(*thread._args)' \
    'socket.socket.sendall = lambda client, data: client.send(data.upper())' 'serve()'
  check 1 ch04_tcp/echo_server "$stranger"
  assert_line "FAILED     $first"
  assert_line --regexp "^not asked  .*: needs \"$first\"$"
  assert_line --partial "did      started ch04_tcp/echo_server"
  assert_line --regexp '^  came .*'
  assert_line --partial "TWO WORDS"
  assert_line --regexp '^  hint +[A-Z]'
  assert_line "  read     ch04_tcp/README.md#echo"
}

@test "a hint fits the chapter, and the way that the program failed" {
  boxes_or_skip
  a_server 'import os, signal'
  and_then 'echo = lambda client: os.kill(os.getpid(), signal.SIGPIPE)' 'signal.signal(signal.SIGPIPE, signal.SIG_DFL)' 'serve()'
  check 1 ch04_tcp/echo_server "$stranger" --why "$first"
  assert_line --partial "killed by SIGPIPE"
  assert_line "  read     ch01_basics/README.md#a-vanished-peer"
  a_server
  and_then 'echo = lambda client: client.sendall(b"no")' 'serve()'
  check 1 ch10_multiprocess/echo_server "$stranger" --why "$first"
  assert_line "  read     ch10_multiprocess/README.md#a-process-for-each-client"
  # Its second start fails, not its first.
  a_server 'import os' 'if os.path.exists("started"): sys.exit("once only")' 'open("started", "w").close()'
  sed -i '1i import sys' "$stranger"
  and_then 'serve()'
  check 1 ch18_threads/echo_server "$stranger" --why "it restarts at once"
  assert_line --partial "ended before it was ready"
  assert_line "  read     ch09_options/README.md#time-wait-and-so_reuseaddr"
}

@test "all failures are shown when asked for, or one behaviour alone" {
  boxes_or_skip
  a_server 'import signal' 'signal.signal(signal.SIGTERM, signal.SIG_IGN)' 'signal.signal(signal.SIGINT, signal.SIG_IGN)'
  and_then 'serve()'
  check 1 ch18_threads/echo_server "$stranger" --why "ends it"
  refute_line --partial "$first"
  assert_equal "$(grep -c '^  came     the server did not end' <<<"$output")" 2
  check 2 ch18_threads/echo_server "$stranger" --why "no such behaviour"
  assert_output --partial "$first"
}

@test "one behaviour alone comes with the commands to try it by hand, and what was compiled stays" {
  boxes_or_skip
  local kept port=9190
  kept=$(realpath --relative-to=. "$BUILD_DIR")/judged/ch17_epoll/echo_server_edge
  printf '%s\n' '#include <cstdio>' 'int main() { std::puts("this is mine"); }' >mine.cpp
  check 1 ch17_epoll/echo_server_edge mine.cpp --why "$first"
  assert_line "  by hand  # each in a terminal of its own:"
  assert_line "           $kept $port"
  assert_line "           socat - TCP:127.0.0.1:$port"
  run -0 "$kept" "$port"
  assert_output "this is mine"

  a_server 'import os'
  and_then 'echo = lambda client: os._exit(1)' 'serve()'
  check 1 ch18_threads/echo_server "python3 ${stranger##*/} {port}" --why "fifty resets"
  assert_line --regexp "^           python3 '?.*/${stranger##*/}'? $port\$" # in quotes if there is a space in it
  assert_line "           $(realpath --relative-to=. "$BUILD_DIR")/tests/clients 127.0.0.1 $port reset 50"
}

@test "a program that never listens fails one behaviour, and the rest is not asked" {
  boxes_or_skip
  a_program 'import signal' 'signal.pause()'
  local begin=$SECONDS
  check 1 ch04_tcp/echo_server "$stranger"
  ((SECONDS - begin < 30)) # six, but the machine may be busy
  assert_equal "$(grep -c ^FAILED <<<"$output")" 1
  assert_line --partial "was not ready in time"
  assert_line --regexp '^not asked  .*: needs a server that listens$'
}

@test "a program that ends at once is told so, and how it was killed" {
  boxes_or_skip
  a_program 'import os, signal' 'os.kill(os.getpid(), signal.SIGSEGV)'
  check 1 ch04_tcp/echo_server "$stranger"
  assert_line --partial "ended before it was ready: killed by SIGSEGV"
}

# ---- the forms of a program

# passes WHAT: so written it is judged, and found right.
passes() {
  check 0 ch18_threads/echo_server "$1" --why "${2:-$first}"
  assert_line --partial " behaviours passed"
}

@test "a command has its port where it says, and paths from the folder where it was typed" {
  boxes_or_skip
  a_server
  and_then 'serve()'
  mkdir "a folder" && ln "$stranger" "a folder/echo.py"
  passes "python3 'a folder/echo.py' {port}"
  passes "a folder/echo.py"
  passes "./${stranger##*/}"
}

@test "a script needs no run bit if its first line names what runs it" {
  boxes_or_skip
  a_server
  and_then 'serve()'
  { echo '#!/usr/bin/env python3'; cat "$stranger"; } >script
  passes script
  passes "./script {port}"
}

@test "a command that listens where it wants is found, and can restart there" {
  boxes_or_skip
  a_server
  and_then 'serve()'
  passes "python3 '$stranger'"
  passes "python3 '$stranger'" "it restarts at once"
  passes "python3 '$stranger'" "SIGTERM ends it"
}

@test "a wrapper may stay between the judge and the program" {
  boxes_or_skip
  a_server
  and_then 'serve()'
  passes "bash -c 'python3 \"$stranger\" {port}; true'"
  passes "bash -c 'python3 \"$stranger\" {port}; true'" "descriptor"
  passes "bash -c 'python3 \"$stranger\" {port}; true'" "ends it"
}

@test "workers may share a port, and their parent may have none" {
  boxes_or_skip
  a_server
  and_then 'import os' \
    'for worker in range(2):' '    if os.fork() == 0:' \
    '        socket.create_server = lambda address, backlog, make=socket.create_server: make(address, backlog=backlog, reuse_port=True)' \
    '        serve()' 'os.wait()'
  passes "$stranger"
  passes "$stranger" "descriptor"
  passes "$stranger" "ends it"
}

@test "a daemon is judged, and does not survive" {
  boxes_or_skip
  a_server
  and_then 'import os' 'if os.fork(): os._exit(0)' 'os.setsid()' 'serve()'
  passes "$stranger"
  passes "$stranger" "ends it"
}

@test "socat is judged as it is" {
  boxes_or_skip
  passes "socat TCP-LISTEN:{port},reuseaddr,fork EXEC:cat"
}

@test "a server and a client are judged together, and talk to each other" {
  check 0 ch04_tcp/echo "$BATS_TEST_DIRNAME/strangers/blocking.py" "$BATS_TEST_DIRNAME/strangers/client.py"
  assert_line --regexp '^ch04_tcp/echo_server: ([0-9]+) of \1 behaviours passed$'
  assert_line --regexp '^ch04_tcp/echo_client: ([0-9]+) of \1 behaviours passed$'

  # Its client meets this server, not ours.
  a_program 'import socket, sys' 'listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))' \
    'print("here is the wrong one", file=sys.stderr, flush=True)' 'while True:' '    listener.accept()[0].sendall(b"hello")'
  check 1 ch04_tcp/echo "$stranger" "$BATS_TEST_DIRNAME/strangers/client.py"
  run -0 sed '1,/^ch04_tcp.echo_server: 0 of /d' <<<"$output"
  assert_line --regexp '^FAILED '
  assert_line --partial "here is the wrong one"
}

@test "a pair needs two files, and has no --watch" {
  check 2 ch04_tcp/echo one.py
  assert_output "course: ch04_tcp/echo needs a server and a client: two files or commands"
  check 2 ch04_tcp/echo_server one.py 8080
  assert_output "course: ch04_tcp/echo_server needs one file or command; put quotes around a command"
  check 2 ch04_tcp/echo one.py two.py --watch
  assert_output "course: --watch takes one program, not a pair"
}

@test "a reader that leaves early ends the verdict without a complaint" {
  boxes_or_skip
  a_program 'pass'
  run -0 bash -c 'set -o pipefail; python3 "$1/check.py" "$2" ch04_tcp/echo_server "$3" | true; ((PIPESTATUS[0] == 141))' - \
    "$judge" "$BUILD_DIR" "$stranger"
  assert_output ""
}

# ---- hostile programs

# gets_a_verdict WORDS: within seconds, and they are in it.
gets_a_verdict() {
  boxes_or_skip
  local begin=$SECONDS
  check 1 ch04_tcp/echo_server "$stranger"
  assert_output --partial "$1"
  ((SECONDS - begin < 40)) # three to six, but the machine may be busy
}

@test "a program that forks without end is ended and told so" {
  a_program 'import os' 'while True:' '    try: os.fork()' '    except OSError: pass'
  gets_a_verdict "it has started "
}

@test "a program that fills the disk is ended and told so" {
  a_program 'import os' 'n = 0' 'while True:' '    n += 1' '    try: open(str(n), "wb").write(bytes(10**7))' '    except OSError: pass'
  gets_a_verdict "it has filled the disk"
  assert_equal "$(find . -type f | wc -l)" 1
}

@test "a program that writes without end is ended and told so" {
  a_program 'import os' 'while True:' '    try: os.write(1, b"y\n" * 5000)' '    except OSError: pass'
  gets_a_verdict "it has written 33 MB"
}

@test "a program that eats memory is ended and told so" {
  a_program 'eaten = []' 'while True: eaten.append(bytearray(10**7))'
  gets_a_verdict "it has used all the memory"
}

@test "a program that ignores SIGTERM, with its children, is ended and told so" {
  boxes_or_skip
  a_server 'import os, signal' 'signal.signal(signal.SIGTERM, signal.SIG_IGN)' 'os.fork() or signal.pause()'
  and_then 'serve()'
  check 1 ch18_threads/echo_server "$stranger" --why "SIGTERM ends it"
  assert_line --partial "the server did not end"
}

@test "a program that leaves its process group does not survive" {
  a_program 'import os, signal' 'if os.fork() == 0: os.setsid()' 'signal.pause()'
  gets_a_verdict "was not ready in time"
}

@test "a program that kills everything it sees kills its own test only" {
  a_program 'import os' 'os.kill(-1, 9)'
  gets_a_verdict "the test was killed with all that ran beside it"
}

# ---- without a box

@test "without bubblewrap a program is judged all the same, and nothing stays" {
  mkdir bin
  printf '%s\n' '#!/bin/sh' 'exit 1' >bin/bwrap
  chmod +x bin/bwrap
  PATH=$PWD/bin:$PATH
  a_server
  and_then 'serve()'
  passes "$stranger"
  assert_line --partial "there is no box here"
  a_server
  and_then 'import os' 'if os.fork(): os._exit(0)' 'os.setsid()' 'serve()'
  passes "$stranger"
  a_program 'import os, signal' 'if os.fork() == 0: os.setsid()' 'signal.pause()'
  check 1 ch04_tcp/echo_server "$stranger"
  assert_line --partial "was not ready in time"
}

# ---- the judge of the judge

# a_mistake FROM TO HEAD...: a patch of chapter 4's server that changes a line, for justice.
a_mistake() {
  local file=ch04_tcp/echo_server
  mkdir -p ch04_tcp a/ch04_tcp b/ch04_tcp
  cp "$judge/../$file.cpp" a/ch04_tcp
  sed "s/$1/$2/" a/$file.cpp >b/$file.cpp
  { printf '%s\n' "${@:3}" '' && diff -u a/$file.cpp b/$file.cpp; } >$file.mine.patch || true
}
justice() { run "-$1" python3 "$judge/justice.py" "$BUILD_DIR" ch04_tcp/echo_server.mine.patch; }

@test "a patch that no longer applies is reported" {
  a_mistake 'while (const auto count' 'if (const auto count' "caught by: $first" "says: x"
  sed -i 's/while (const auto count/while (const int count/' ch04_tcp/echo_server.mine.patch
  justice 1
  assert_line "ch04_tcp/echo_server.mine: the patch no longer applies"
  assert_line "caught 0 of 1, accused 0 of 0"
}

@test "a mistake that nothing catches is reported" {
  boxes_or_skip
  a_mistake 'std::array<std::byte, 4096> buffer' 'std::array<std::byte, 4095> buffer' "caught by: $first" "says: x"
  justice 1
  assert_line "ch04_tcp/echo_server.mine: not caught by: $first; nothing is red"
}

@test "a mistake that is caught must be named by its symptom" {
  boxes_or_skip
  a_mistake 'net::send(client, rest)' 'rest.size()' "caught by: $first" "says: the moon"
  justice 1
  assert_line --partial "does not say: the moon"
}

@test "justice takes a part of the cases, and refuses what is no part" {
  boxes_or_skip
  cases() { run -"$1" python3 "$judge/justice.py" "$BUILD_DIR" --part "$2" 'as ch04_tcp/calculator_server' no_such_case; }
  cases 0 0/1
  assert_output "caught 0 of 0, accused 0 of 1"
  cases 2 1/2
  assert_output "course: nothing is named as ch04_tcp/calculator_server or no_such_case"
  for part in 0/0 a 1 1/; do
    cases 2 "$part"
    assert_line --partial "not K/N: $part"
  done
}
