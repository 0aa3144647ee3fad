#!/usr/bin/env bats
# ./course grade: a folder a student, and what comes of it.

setup() {
  load harness.bash
  cd "$BATS_TEST_TMPDIR" || return
  export PYTHONDONTWRITEBYTECODE=1
}

grade() { python3 "$BATS_TEST_DIRNAME/../judge/grade.py" "$BUILD_DIR" "$@"; }

# hands_in STUDENT FILE: what comes on standard input.
hands_in() {
  mkdir -p "class/$1/ch04_tcp"
  cat >"class/$1/ch04_tcp/$2"
}

# A class of five: a right server, one whose lines come back as Xs, one that does not compile, nothing, and one
# who wants to run what another has written.
a_class() {
  private_networks_or_skip
  bwrap --unshare-user --unshare-net --unshare-pid --ro-bind / / --dev /dev --proc /proc true 2>/dev/null ||
    skip "bubblewrap is not there, or is forbidden"
  hands_in "chen li" echo_server.sh <<<'exec socat "TCP-LISTEN:$1,reuseaddr,fork" EXEC:cat'
  hands_in anna echo_server.sh <<<'exec socat "TCP-LISTEN:$1,reuseaddr,fork" "SYSTEM:sed -u s/[a-z]/X/g"'
  hands_in bo echo_server.cpp <<<'int main() { return nothing; }'
  mkdir class/dora
  hands_in eve echo_server.sh <<<"exec bash '$PWD/class/chen li/ch04_tcp/echo_server.sh' \"\$@\""
}

@test "each student gets a mark, a page, and files for other tools" {
  a_class
  printf 'ch04_tcp/echo_server\t*\t2\n' >class/weights.tsv
  run -0 grade class
  assert_line "5 students: grades/grades.csv, and a page for each"
  run -0 tr -d '\r' <grades/grades.csv
  assert_line --index 0 "student,ch04_tcp/echo_server,mean"
  assert_line --index 1 "anna,0,0"
  assert_line --index 2 "bo,0,0"
  assert_line --regexp '^chen li,(9[05]|100),' # socat ends where no descriptor is free
  assert_line "dora,0,0"
  assert_line "eve,0,0"
  run -0 cat grades/anna/report.md
  assert_line "- FAILED: a line comes back"
  assert_output --partial "XXX XXXXX"
  run -0 cat grades/bo/report.md
  assert_output --partial "'nothing' was not declared"
  run -0 cat grades/dora/report.md
  assert_output --partial "nothing was handed in"
  run -0 cat grades/eve/report.md
  assert_line --regexp '^it said: .*: No such file or directory$'
  run -0 python3 -c 'import json, sys, xml.etree.ElementTree as tree
results = json.load(open("grades/anna/results.json"))
print(results["score"], {test["max_score"] for test in results["tests"]}, {test["status"] for test in results["tests"]})
print(len(tree.parse("grades/chen li/ch04_tcp.echo_server/junit.rest.xml").getroot().findall("testcase")) > 10)'
  assert_output $'0.0 {2.0} {\'failed\'}\nTrue'
}

one_is_judged() { [[ -e grades/anna/ch04_tcp.echo_server/verdict.json && -e grades/bo/ch04_tcp.echo_server ]]; }
nothing_is_left() { ! pgrep -f "$BATS_TEST_TMPDIR/class" >/dev/null; }

# Programs that do not compile, because their verdicts take no time.
@test "what was interrupted goes on where it was, with the same result" {
  local student
  for student in anna bo carl; do
    hands_in "$student" echo_server.cpp <<<"int main() { return $student; }"
  done
  set -m
  (exec python3 "$BATS_TEST_DIRNAME/../judge/grade.py" "$BUILD_DIR" "$PWD/class" --jobs 1 >first 2>&1 3>&-) &
  local pid=$! status=0
  set +m
  eventually one_is_judged
  kill -KILL "$pid"
  wait "$pid" || status=$?
  assert_equal "$status" 137
  eventually nothing_is_left
  local before
  before=$(stat -c %y grades/anna/ch04_tcp.echo_server/verdict.json)
  run -0 grade class
  assert_equal "$(stat -c %y grades/anna/ch04_tcp.echo_server/verdict.json)" "$before"
  run -0 grade class --grades again
  run -0 diff -r -x verdict.json grades again
}

@test "what cannot be graded is wrong usage" {
  run -2 grade missing
  assert_output "course: there is no folder missing"
  mkdir empty
  run -2 grade empty
  assert_output "course: empty has no folder of a student"
  mkdir -p class/anna
  run -2 grade class
  assert_output --partial "say what to judge"
  run -2 grade class --program ch04_tcp/echo_sever
  assert_output --partial "there is no program 'ch04_tcp/echo_sever'"
  echo "ch04_tcp/echo_server" >class/programs.tsv
  run -2 grade class
  assert_output --partial "programs.tsv needs two columns"
}
