#!/usr/bin/env bats
# Writing one's own program: a starting point, a verdict at each save, and what comes next. In a
# folder of its own, so that what the user of this clone has written stays out of it.

setup() {
  load harness.bash
  PATH=${PATH//\/usr\/libexec\/bats-core:/} # where bats finds itself, and the judge would find that
  root=$BATS_TEST_DIRNAME/..
  export COURSE_PRACTICE="$BATS_TEST_TMPDIR/练习 of mine"
  mine="$COURSE_PRACTICE/ch04_tcp/echo_server.cpp"
  cd "$BATS_TEST_TMPDIR" || return
}
teardown() {
  [[ -z ${watch_pid:-} ]] || kill -KILL -- "-$watch_pid" 2>/dev/null || true
}

# judge COMMAND WORD...: as ./course does it, but with the programs that are built already.
judge() { timeout 80 python3 "$root/judge/$1.py" "$BUILD_DIR" "${@:2}"; }

@test "practice lays a starting point and says what comes next" {
  run -0 judge practice ch04_tcp/echo_server
  assert_line --index 0 '练习 of mine/ch04_tcp/echo_server.cpp is yours: 4 functions to write, each says "not written yet".'
  assert_line --regexp '^Your program is judged by [0-9]+ behaviours:$'
  assert_line "  a line comes back"
  assert_line --regexp '^Next: .*course.? check ch04_tcp/echo_server '
}

@test "a starting point keeps the comment, signatures and main, and has a note for each point" {
  judge practice ./ch04_tcp/echo_server.cpp
  local ours=$root/ch04_tcp/echo_server.cpp
  diff <(sed '/^namespace {/,$d' "$ours") <(sed -e '/^namespace {/,$d' -e '/stdexcept/,/^$/d' "$mine")
  diff <(sed -n '/^int main/,$p' "$ours") <(sed -n '/^int main/,$p' "$mine")
  run -0 sed -n '/^void echo_until_closed/,/^}/p' "$mine"
  assert_output "void echo_until_closed(const net::Fd& client) {
    // [2] recv() returns 0 when the client has finished sending; that is not an error.
    // [3] send() may take only some of the bytes: offer it the rest.
    throw std::logic_error{\"echo_until_closed: not written yet\"};
}"
}

@test "practice never overwrites what is there, and says how to start again" {
  judge practice ch04_tcp/echo_server
  echo "// mine" >"$mine"
  run -1 judge practice ch04_tcp/echo_server
  assert_line --index 0 --partial "echo_server.cpp is there already, and stays as it is"
  assert_equal "$(<"$mine")" "// mine"
  bash -c "${lines[1]}"
  judge practice ch04_tcp/echo_server
  assert_equal "$(<"$mine.old")" "// mine"
}

# starting_points GLOB...: those of all programs of these chapters have a function to write and all their
# points, and compile without a warning. One compiler run for a chapter: most of the time goes into headers.
starting_points() {
  PYTHONPATH=$root/judge python3 - "$BUILD_DIR" "$@" <<'PYTHON'
import concurrent.futures, fnmatch, json, pathlib, re, shlex, subprocess, sys
import practice, suite

entries = json.loads(pathlib.Path(sys.argv[1], "compile_commands.json").read_text())
command = shlex.split(next(entry["command"] for entry in entries if entry["file"].endswith("ch04_tcp/echo_server.cpp")))
flags = [word for word in command[1:] if word.startswith(("-I", "-W", "-std"))]

def faults(chapter, programs):
    includes, bodies, found = set(), "", ""
    for program in programs:
        text = practice.skeleton(program)
        code = text[text.index("#include"):]
        missing = [point for point in practice.points(text) if point not in code]
        if missing or practice.unwritten + '"' not in code.replace("#include", "", 1):
            found += f"{program}: lacks {missing or 'a function to write'}\n"
        includes |= set(re.findall(r"^#include \S+", code, re.MULTILINE))
        bodies += f'namespace {program.replace("/", "_")} {{\n#line 1 "{program}"\n'
        bodies += re.sub(r"^#include .*", "", text, flags=re.MULTILINE) + "}\n"
    done = subprocess.run([command[0], *flags, f"-I{suite.root}", f"-I{suite.root / chapter}", "-Wno-unused", "-Wno-unused-parameter",
                           "-fsyntax-only", "-x", "c++", "-"], input="\n".join(sorted(includes)) + "\n" + bodies,
                          capture_output=True, text=True)
    return found + done.stderr

units = {}
for program in suite.programs():
    chapter = program.split("/")[0]
    if any(fnmatch.fnmatch(chapter, pattern) for pattern in sys.argv[2:]):
        kernels = "<linux/tcp.h>" in (suite.root / f"{program}.cpp").read_text()  # cannot be beside <netinet/tcp.h>
        units.setdefault((chapter, kernels), []).append(program)
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print("".join(pool.map(lambda unit: faults(unit[0][0], unit[1]), units.items())), end="")
PYTHON
}

@test "every starting point of chapters 1 to 6 compiles without a warning" {
  run -0 starting_points 'ch0[1-6]_*'
  assert_output ""
}

@test "every starting point of chapters 7 to 10 compiles without a warning" {
  run -0 starting_points 'ch0[7-9]_*' 'ch10_*'
  assert_output ""
}

@test "every starting point of chapters 11 to 18 compiles without a warning" {
  run -0 starting_points 'ch1[1-9]_*'
  assert_output ""
}

@test "check of an unwritten program says so, and progress keeps the result" {
  judge practice ch04_tcp/echo_server
  run -0 judge progress ch04_tcp
  assert_line --regexp '^ch04_tcp/echo_server +laid, nothing written yet$'
  echo "// begun" >>"$mine"
  run -0 judge progress ch04_tcp
  assert_line --regexp '^ch04_tcp/echo_server +written, not judged yet$'
  run -1 judge check ch04_tcp/echo_server
  assert_line --regexp '^FAILED +a line comes back$'
  assert_line --partial "echo_server: serve_one_after_another: not written yet"
  assert_line --regexp '^ch04_tcp/echo_server: 0 of [0-9]+ behaviours passed$'
  refute_output --partial "warning"
  run -0 judge progress ch04_tcp
  assert_line --regexp '^ch04_tcp/echo_server +failed: passed 0 of [0-9]+ on '
}

@test "a file that does not compile fails, and the compiler's message is kept" {
  judge practice ch04_tcp/echo_server
  sed -i 's/^void serve(.*{/& int x = "text";/' "$mine"
  run -1 judge check ch04_tcp/echo_server
  assert_line --partial "error: invalid conversion"
  assert_line "ch04_tcp/echo_server: it does not compile; the compiler's message is above"
  run -0 judge progress ch04_tcp
  assert_line --regexp '^ch04_tcp/echo_server +failed: passed 0 of '
}

# passes PROGRAM: our program is written there, and has passed.
passes() {
  mkdir -p "$COURSE_PRACTICE/${1%/*}"
  cp "$root/$1.cpp" "$COURSE_PRACTICE/$1.cpp"
  PYTHONPATH=$root/judge python3 -c 'import sys, practice, progress
progress.record(sys.argv[1], progress.digest(practice.path_of(sys.argv[1])), 3, 3)' "$1"
}

@test "a result counts only for the file that was judged" {
  passes ch04_tcp/echo_server
  run -0 judge progress ch04_tcp
  assert_line --regexp '^ch04_tcp/echo_server +passed, 3 of 3 on '
  run -0 judge progress
  assert_line --regexp '^ch04_tcp +[0-9]+ +1 +1 +0 +0$'
  ((${#lines[@]} <= 20))
  echo >>"$mine"
  run -0 judge progress ch04_tcp
  assert_line --regexp '^ch04_tcp/echo_server +changed since it was judged$'
  run -0 judge progress
  assert_line --regexp '^ch04_tcp +[0-9]+ +1 +0 +0 +1$'
}

@test "progress names the first program of the trail that does not pass" {
  run -0 judge progress ch04_tcp
  assert_line --regexp '^Next: .*course.? practice ch04_tcp/echo_server$'
  assert_line "  $(sed -n '1s/^.* - //p' "$root/ch04_tcp/echo_server.cpp")"
  passes ch04_tcp/echo_server
  run -0 judge progress ch04_tcp
  refute_line --regexp 'practice ch04_tcp/echo_server$'
  echo >>"$mine"
  run -0 judge progress ch04_tcp
  assert_line --regexp '^Next: .*course.? check ch04_tcp/echo_server +\(changed since it was judged\)$'
}

nothing_watches() { ! pgrep -f "inotifywait.*$BATS_TEST_TMPDIR" >/dev/null; }

# The waits are longer: each is for a compiler and some tests.
@test "watch judges again when the file is replaced or written, and Ctrl-C leaves nothing behind" {
  judge practice ch04_tcp/echo_server
  set -m
  env --default-signal=INT python3 "$root/judge/check.py" "$BUILD_DIR" ch04_tcp/echo_server --watch >screen 2>&1 3>&- 4>&- &
  watch_pid=$!
  patience=60
  set +m
  eventually grep -q 'Ctrl-C ends' screen
  grep -q '^FAILED  *a line comes back' screen # the first time the whole page
  sed 's/^void serve(.*{/& int x = "text";/' "$mine" >"$mine.new"
  mv "$mine.new" "$mine"
  eventually grep -q 'it does not compile: .*echo_server.cpp:.* error: invalid conversion' screen
  sed -i 's/ int x = "text";//' "$mine"
  eventually grep -q '^0 of [0-9]*, +0$' screen
  eventually grep -q '^next: "a line comes back": ' screen
  kill -INT "$watch_pid"
  wait "$watch_pid"
  eventually nothing_watches
  run ! grep Traceback screen
}

@test "the solution is shown to who says yes on a terminal" {
  judge practice ch04_tcp/echo_server
  run -2 judge check ch04_tcp/echo_server --solution </dev/null
  assert_output "course: --solution asks first, and there is no terminal to ask on"
  mkfifo keys
  exec 9<>keys
  ask() {
    echo "$1" >&9
    script -qefc "PAGER=cat python3 '$root/judge/check.py' '$BUILD_DIR' ch04_tcp/echo_server --solution" /dev/null <keys
  }
  run -1 ask no
  assert_line --partial "Not shown."
  refute_output --partial "net::recv"
  run -0 ask yes
  assert_line --regexp '^\+.*net::recv\(client, buffer\)'
}

@test "wrong words are refused before anything is built, and each command explains itself" {
  local command
  for command in practice check progress grade; do
    run -0 --separate-stderr timeout 20 "$root/course" "$command" --help
    assert_line --index 0 --partial "usage: ./course $command "
  done
  # - for the build: as ./course asks before it builds
  check() { python3 "$root/judge/check.py" - "$@"; }
  run -2 check ch04_tcp/eco_server
  assert_output --partial "there is no program 'ch04_tcp/eco_server'; there are: ch04_tcp/echo_server"
  run -2 check ch04_tcp/echo_server
  assert_output --regexp "^course: give a file or a command, or lay a starting point: .*course.? practice ch04_tcp/echo_server$"
  run -2 check ch04_tcp/echo_server --sometimes
  run -2 check ch04_tcp/echo_server "python3 x.py {port}" --watch
  assert_output --partial "--watch needs a file"
  run -2 judge practice nothing
  run -2 judge practice
  run -2 judge progress ch03_none
  assert_output --partial "there is no chapter 'ch03_none'; there are: ch01_basics"
}
