# trail.bash - the programs of the course; a .bats file in tests/ loads it after harness.bash.

# trail: the programs in reading order, as the chapters' CMakeLists.txt list them.
trail() {
  local file
  for file in "$BATS_TEST_DIRNAME"/../ch*/CMakeLists.txt; do
    sed -n '/^course_chapter(/,/)/p' "$file" | sed 's/course_chapter(//; s/).*//' |
      tr -s ' ' '\n' | sed '/^SOURCES$/,$d; /^$/d' | sed "s|^|$(basename "${file%/*}")/|"
  done
}
