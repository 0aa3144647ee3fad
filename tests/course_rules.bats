#!/usr/bin/env bats
# The course checks its own rules. Each test lists what breaks its rule.

setup() {
  load harness.bash
  cd "$BATS_TEST_DIRNAME/.." || return
  programs=(ch*/*.cpp)
}

# header FILE: the top comment without its slashes.
header() { sed '/^\/\//!q; s/^\/\/ \{0,1\}//' "$1" | sed '$d'; }

# nothing_from COMMAND...: it prints no line that breaks a rule.
nothing_from() {
  run "$@"
  assert_output ""
}

@test "every program says in twelve lines what it shows and how it is used" {
  check() {
    local file name pair
    for file in "${programs[@]}"; do
      name=$(basename "$file" .cpp)
      header "$file" | head -n 1 | grep -q "^$name\.cpp - .*\.$" || echo "$file: first line"
      (($(header "$file" | wc -l) <= 12)) || echo "$file: more than 12 lines"
      header "$file" | grep -qxE 'Look for|Wrong on purpose:' || echo "$file: neither Look for nor Wrong on purpose"
      header "$file" | grep -qE "^Usage:   $name( |\$)" || echo "$file: Usage"
      header "$file" | grep -qE '^Manual:  [a-z_0-9]+\([0-9]\)' || echo "$file: Manual"
      pair=$(header "$file" | sed -nE 's/^Pair: +([^, ]*).*/\1/p')
      [[ $pair != */* || -e $pair.cpp ]] || echo "$file: there is no $pair"
      [[ ! $name =~ _(server|client|sender|receiver)(_|$) || -n $pair ]] || echo "$file: no Pair"
    done
  }
  nothing_from check
}

@test "every numbered point of a header stands again in the code" {
  check() {
    local file
    for file in "${programs[@]}"; do
      diff <(header "$file" | grep -oE '^  \[[0-9]\]' | tr -d ' ' | sort -u) \
        <(sed '/^\/\//d' "$file" | grep -oE '// (\[[0-9]\] ?)+' | grep -oE '\[[0-9]\]' | sort -u) >/dev/null || echo "$file"
    done
  }
  nothing_from check
}

# The includes do not count: nobody is to leave one out for the sake of a number.
@test "no program has more than 120 lines of code" {
  check() {
    local file count
    for file in "${programs[@]}"; do
      count=$(grep -cvE '^[[:space:]]*(//.*)?$|^#include ' "$file")
      ((count <= 120)) || echo "$file: $count"
    done
  }
  nothing_from check
}

@test "no macro, new, using namespace or NOLINT in a chapter" {
  nothing_from grep -nE '^#define|(= |\(|return )new |using namespace|NOLINT' "${programs[@]}"
}

@test "bare system calls stand only in raw programs and in common" {
  check() { grep -nE '(^|[^A-Za-z0-9_>])::[a-z]' "${programs[@]}" | grep -vE '_raw\.cpp:|:[0-9]+: *//'; }
  nothing_from check
}

@test "heavy headers stay out of common's headers" {
  nothing_from grep -nE '<(iostream|sstream|functional|memory|filesystem|regex|thread)>' common/*.hpp
}

@test "every program has a test and a row in its chapter's README" {
  check() {
    local file name
    for file in "${programs[@]}"; do
      name=${file%.cpp}
      grep -rqE "$name( |\"|\$|\))" tests --include='*.bats' --include='*contract.bash' || echo "$name: no test"
      grep -q "^| \`${name#*/}\` |" "${name%/*}/README.md" || echo "$name: no row"
    done
  }
  nothing_from check
}

@test "every test is an entry of CTest" {
  local written entered
  written=$(grep -rhcE '^(@test|TEST_CASE)' tests --include='*.bats' --include='*_test.cpp' | paste -sd + | tr -d ' ')
  entered=$(ctest --test-dir "$BUILD_DIR" -N | sed -n 's/^Total Tests: //p')
  assert_equal "$entered" "$((written))"
}

@test "no test sleeps or takes a fixed port" {
  nothing_from grep -rnE '(^|[;&|[:space:]])sleep [0-9]|127\.0\.0\.1[: ][0-9]{4,}' tests --include='*.bats' --include='*.bash'
}

# tests/twins.tsv: two programs and how many lines diff may show.
@test "twins differ in no more lines than their lesson takes" {
  check() {
    local one other most count
    while IFS=$'\t' read -r one other most; do
      count=$(diff <(sed '/^\/\//d' "$one.cpp") <(sed '/^\/\//d' "$other.cpp") | grep -c '^[<>]')
      ((count <= most)) || echo "$one $other: $count lines, $most allowed"
    done < <(grep -v '^#' tests/twins.tsv)
  }
  nothing_from check
}

# tests/coverage.tsv: claim, the notes' heading, program, and what holds it: a test
# by its CTest name or an anchor of a README.
@test "every covered claim names a program and a test or a line that exists" {
  check() {
    local claim heading program proof
    ctest --test-dir "$BUILD_DIR" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$BATS_TEST_TMPDIR/tests"
    while IFS=$'\t' read -r claim heading program proof; do
      [[ $claim =~ ^C[0-9]{3}$ && -n $heading ]] || echo "$claim: malformed"
      [[ -e $program.cpp ]] || echo "$claim: there is no $program"
      case $proof in
        *README.md#*) anchors "${proof%#*}" | grep -qxF -- "${proof#*#}" || echo "$claim: no anchor $proof" ;;
        *) grep -qxF -- "$proof" "$BATS_TEST_TMPDIR/tests" || echo "$claim: no test '$proof'" ;;
      esac
    done < <(grep -v '^#' tests/coverage.tsv)
    cut -f 1 tests/coverage.tsv | sort | uniq -d
  }
  # An anchor is the heading in small letters, spaces as hyphens, no punctuation.
  anchors() { sed -n 's/^##* *//p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-'; }
  nothing_from check
}

@test "every README links only to what exists" {
  check() {
    local file target
    for file in README.md ch*/README.md; do
      while read -r target; do
        [[ -e $(dirname "$file")/$target ]] || echo "$file: $target"
      done < <(grep -oE '\]\([^)#:]+' "$file" | cut -c 3-)
    done
  }
  nothing_from check
}

@test "the map shows every chapter that exists and every program is in one" {
  check() {
    local chapter
    for chapter in ch*/; do
      grep -q "](${chapter}README.md)" README.md || echo "$chapter is not in the map"
    done
  }
  nothing_from check
}
