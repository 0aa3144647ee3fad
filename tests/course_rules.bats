#!/usr/bin/env bats
# The course checks its own rules. Each test lists what breaks its rule.

setup() {
  load harness.bash
  cd "$BATS_TEST_DIRNAME/.." || return
  mapfile -t programs < <(./course list | sed 's/ .*/.cpp/')
}

# nothing_from COMMAND...: it prints no line that breaks a rule.
nothing_from() {
  run "$@"
  assert_output ""
}

@test "every top comment says in twelve lines what the program shows and how to use it" {
  check() {
    awk '
      function must(good, what) { if (!good) print FILENAME ": " what }
      function finish() {
        must(size <= 12, "more than 12 lines")
        must(look, "neither Look for nor Wrong on purpose")
        must(usage, "Usage")
        must(manual, "Manual")
        must(pair || name !~ /_(server|client|sender|receiver)(_|$)/, "no Pair")
      }
      FNR == 1 {
        name = FILENAME
        gsub(/^.*\/|\.cpp$/, "", name)
        size = look = usage = manual = pair = 0
        must(index($0, "// " name ".cpp - ") == 1 && /\.$/, "first line")
      }
      !/^\/\// { finish(); nextfile }
      { size++ }
      /^\/\/ (Look for|Wrong on purpose:)$/ { look = 1 }
      /^\/\/ Usage:   / && $3 == name { usage = 1 }
      /^\/\/ Manual:  [a-z_0-9]+\([0-9]\)/ { manual = 1 }
      /^\/\/ Pair: / {
        pair = 1
        sub(/,$/, "", $3)
        if ($3 ~ /\//) must((getline line <($3 ".cpp")) > 0, "there is no " $3)
      }' "${programs[@]}"
  }
  nothing_from check
}

@test "every numbered point of a header is again in the code" {
  check() {
    awk '
      function compare(    point) {
        for (point in said) if (!(point in shown)) print file ": " point " is not in the code"
        for (point in shown) if (!(point in said)) print file ": " point " is not in the header"
        split("", said)
        split("", shown)
      }
      FNR == 1 { compare(); file = FILENAME }
      /^\/\/   \[[0-9]\]/ { said[substr($2, 1, 3)] = 1; next }
      !/^\/\// && match($0, /\/\/ (\[[0-9]\] ?)+/) {
        points = substr($0, RSTART + 3, RLENGTH - 3)
        while (match(points, /\[[0-9]\]/)) {
          shown[substr(points, RSTART, 3)] = 1
          points = substr(points, RSTART + 3)
        }
      }
      END { compare() }' "${programs[@]}"
  }
  nothing_from check
}

@test "every program leads to the next one, and the last of all to none" {
  check() {
    ./course list | awk '
      function next_of(program,   file, line) {
        file = program ".cpp"
        while ((getline line <file) > 0)
          if (sub(/^\/\/ Next: +/, "", line)) { close(file); sub(/[;,].*/, "", line); return line }
        close(file)
        return "nothing"
      }
      NR > 1 && next_of(last) != $1 { print last " leads to " next_of(last) ", not to " $1 }
      { last = $1 }
      END { if (next_of(last) != "nothing") print last ": it is the last, and leads to " next_of(last) }'
  }
  nothing_from check
}

@test "every cpp file of a chapter is one of its programs or sources" {
  check() {
    local file
    for file in ch*/*.cpp; do
      grep -qwE "$(basename "$file")|$(basename "$file" .cpp)" "${file%/*}/CMakeLists.txt" || echo "$file"
    done
  }
  nothing_from check
}

# Statements end at a semicolon; what is in parentheses belongs to a call or to a condition.
@test "no ternary is used as a statement" {
  check() {
    awk '
      FNR == 1 { text = "" }
      {
        gsub(/\\./, ""); gsub(/"[^"]*"|\047[^\047]*\047/, ""); sub(/\/\/.*/, "")
        text = text $0
        while (gsub(/[A-Za-z0-9_>]\{[^{};]*\}/, "", text)) { } # an object, not a block
        while (match(text, /[;{}]/)) {
          statement = substr(text, 1, RSTART - 1)
          is_whole = substr(text, RSTART, 1) == ";"
          text = substr(text, RSTART + 1)
          while (gsub(/\([^()]*\)/, "", statement)) { }
          if (is_whole && statement ~ / \? / && statement !~ /[^=!<>]=[^=]|[(]|return|throw|^ *[,)]/)
            print FILENAME ":" FNR ": " statement
        }
      }' ch*/*.[ch]pp common/*.[ch]pp
  }
  nothing_from check
}

@test "no macro, new, using namespace or NOLINT in a chapter" {
  nothing_from grep -nE '^#define|(= |\(|return )new |using namespace|NOLINT' ch*/*.[ch]pp
}

@test "bare system calls are only in raw programs and in common" {
  check() { grep -nE '(^|[^A-Za-z0-9_>])::[a-z]' ch*/*.[ch]pp | grep -vE '_raw\.cpp:|:[0-9]+: *//'; }
  nothing_from check
}

@test "heavy headers stay out of common's headers" {
  nothing_from grep -nE '<(iostream|sstream|functional|memory|filesystem|regex|thread)>' common/*.hpp
}

# The floors of common: sys and net know nothing of app, and common nothing of a chapter. A chapter has
# namespaces of its own.
@test "each namespace is in its place" {
  check() {
    grep -lE '^namespace (sys|net) ' common/*.[ch]pp | xargs grep -nE 'app::|common/(program|options|run_in_child)\.hpp'
    grep -nE '#include "ch[0-9]+_|10\.0\.' common/*.[ch]pp
    grep -nE '^namespace (sys|net|app) ' ch*/*.[ch]pp
  }
  nothing_from check
}

# What a header of common declares, by the names that begin in its first column or that a class begins.
@test "every helper of common has its line in common's README" {
  check() {
    local name
    sed -nE 's/^(\[\[nodiscard\]\] |inline |constexpr )*(enum class|struct|class) ([A-Za-z_]+)( : .*)? \{$/\3/p
      /^(namespace|using|struct [^s]|class|enum|template|return|#|\/\/)/!s/^[^ ].* [*&]?([a-z_0-9]+)\(.*/\1/p' common/*.hpp |
      sort -u | while read -r name; do grep -qE "\`$name\`" common/README.md || echo "$name"; done
  }
  nothing_from check
}

@test "every program has a test and a row in its chapter's README" {
  check() {
    printf '%s\n' "${programs[@]%.cpp}" | sort >"$BATS_TEST_TMPDIR/programs"
    grep -rohE 'ch[0-9]+_[a-z]+/[a-z0-9_]+' tests --include='*.bats' --include=echo_servers.tsv |
      sort -u | comm -23 "$BATS_TEST_TMPDIR/programs" - | sed 's/$/: no test/'
    awk -F '`' '/^\| `/ { sub(/README.md$/, "", FILENAME); print FILENAME $2 }' ch*/README.md |
      sort -u | comm -23 "$BATS_TEST_TMPDIR/programs" - | sed 's/$/: no row/'
  }
  nothing_from check
}

# entries: what CTest lists. (Asked in the build itself, it would empty the log of the tests that run.)
entries() {
  mkdir "$BATS_TEST_TMPDIR/list"
  printf 'subdirs("%s")\n' "$BUILD_DIR" >"$BATS_TEST_TMPDIR/list/CTestTestfile.cmake"
  ctest --test-dir "$BATS_TEST_TMPDIR/list" -N | sed -n 's/^ *Test *#[0-9]*: //p'
}

# Those of the contract are entries of each server.
@test "every test is an entry of CTest" {
  entries | sort >"$BATS_TEST_TMPDIR/entries"
  local written entered
  written=$(grep -rhcE '^(@test|TEST_CASE)' tests --include='*.bats' --include='*_test.cpp' | paste -sd + | tr -d ' ')
  written=$((written - $(grep -c '^@test' tests/echo_contract.bats)))
  entered=$(grep -vcE "^($(grep -v '^#' tests/echo_servers.tsv | cut -f 1 | paste -sd '|'))\.($(
    sed -n 's/^@test "\(.*\)" {$/\1/p' tests/echo_contract.bats | paste -sd '|'))$" "$BATS_TEST_TMPDIR/entries")
  assert_equal "$entered" "$written"
  grep -v '^#' tests/echo_servers.tsv | cut -f 1 | sed 's/$/.a line comes back/' | sort |
    comm -23 - "$BATS_TEST_TMPDIR/entries" >"$BATS_TEST_TMPDIR/missing"
  assert_equal "$(<"$BATS_TEST_TMPDIR/missing")" ""
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

@test "every claim of the notes has a program, and a test that runs it or a line that says it" {
  check() { { entries && printf '%s\n' "${programs[@]%.cpp}"; } | python3 tests/coverage.py tests/coverage.tsv; }
  nothing_from check
}

# Whether the tests catch them is what ./course justice looks at.
@test "every mistake's patch applies to our program" {
  check() {
    local patch
    for patch in tests/mistakes/*/*.patch; do
      patch --dry-run --silent -p1 --fuzz=0 -i "$patch" >/dev/null || echo "$patch does not apply"
    done
  }
  nothing_from check
}

@test "every README links only to what exists" {
  check() {
    local file target
    for file in *.md ch*/*.md; do
      while read -r target; do
        [[ -e $(dirname "$file")/$target ]] || echo "$file: $target"
      done < <(grep -oE '\]\([^)#]+' "$file" | cut -c 3- | grep -v '://')
    done
  }
  nothing_from check
}

@test "the page of the notes names every program, and only programs, under its chapter" {
  check() {
    awk '/^### / { chapter = $2 } /^## From listings/ { exit }
      /^\| / { n = split($0, part, "`"); for (i = 2; i < n; i += 2) print chapter "/" part[i] }' NOTES.md | sort -u |
      diff - <(printf '%s\n' "${programs[@]%.cpp}" | sort)
    awk -F '`' '/^## / { inside = /From listings/ } inside { for (i = 2; i < NF; i += 2) print $i }' NOTES.md | sort -u |
      comm -23 - <(printf '%s\n' "${programs[@]%.cpp}" | sort)
  }
  nothing_from check
}

@test "the errata are in order, each once" {
  check() { sed -nE 's/^\| (E[0-9]+).*/\1/p' NOTES.md | sort -uc 2>&1; }
  nothing_from check
}

@test "the map shows every chapter" {
  check() {
    local chapter
    for chapter in ch*/; do
      grep -q "](${chapter}README.md)" README.md || echo "$chapter is not in the map"
    done
  }
  nothing_from check
}
