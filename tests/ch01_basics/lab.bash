# lab.bash - tests on the hosts of ch01_basics/lab_lan.bash.

frame_build() { client ch01_basics/frame_build "$@"; }
frame_parse() { client ch01_basics/frame_parse "$@"; }

# lab FUNCTION: runs it on "here", in the test's folder; what it left running ends with it.
lab() {
  timeout -k 1 60 "$BATS_TEST_DIRNAME/../../ch01_basics/lab_lan.bash" "$BUILD_DIR/ch01_basics" here -- bash -c "$(declare -f)
    BUILD_DIR='$BUILD_DIR' COURSE_PROGRAM='${COURSE_PROGRAM:-}'
    cd '$BATS_TEST_TMPDIR'
    $1" 3>&-
}

# in_background HOST FILE COMMAND...: what it says goes to the file.
in_background() {
  : >"$2"
  on "$1" setpriv --pdeathsig TERM "${@:3}" >"$2" 2>&1 &
}

# watch HOST INTERFACE: from now on its frames are in the file HOST.frames.
watch() {
  in_background "$1" "$1.frames" "$(program ch01_basics/frame_parse)" live "$2" 1000 30
  eventually grep -q '^ready$' "$1.frames"
}

# seen FILE PATTERN [COUNT]: until so many lines (1) are like that.
seen() { eventually has_lines "$@" || { cat "$1"; echo "never seen: $2"; return 1; }; }
has_lines() { (($(grep -cE -- "$2" "$1") >= ${3:-1})); }

# values NAME <FRAMES: what the field of that name had, frame by frame.
values() { sed -nE "s/.* $1=([^ ]*).*/\\1/p"; }
