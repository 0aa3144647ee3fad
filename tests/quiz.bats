#!/usr/bin/env bats
# ./course quiz: what it asks about is captured on the spot, and tshark knows the same answers.

setup() {
  load harness.bash
  private_networks_or_skip
  cd "$BATS_TEST_TMPDIR" || return
  export COURSE_PRACTICE=$PWD/practice
}

quiz() { python3 "$BATS_TEST_DIRNAME/../judge/quiz.py" "$BUILD_DIR" "$@"; }
# replies FILE ARGUMENT...: the quiz, with the lines of a file typed.
replies() { quiz "${@:2}" <"$1"; }

@test "a hundred answers are those of tshark" {
  quiz --seed 7 --questions 100 --keep kept.pcap --answers >answers
  assert_equal "$(wc -l <answers)" 100
  run -0 awk -F '\t' '{ count[$2]++ } END { for (kind in count) if (count[kind] > 9) print kind }' answers
  assert_equal "$(sort <<<"$output" | paste -sd ' ')" "ack bytes flags order seq"
  # Its columns: frame, flags, seq, ack, length.
  python3 "$BATS_TEST_DIRNAME/tools/tshark_segments.py" kept.pcap | cut -f 1-5 >theirs
  run -0 awk -F '\t' 'NR == FNR { flags[$1] = $2; seq[$1] = $3; ack[$1] = $4; bytes[$1] = $5; next }
    $2 == "flags" && $3 != flags[$1] || $2 == "seq" && $3 != seq[$1] || $2 == "ack" && $3 != ack[$1] ||
    $2 == "bytes" && $3 != bytes[$1] { print "we: " $0 ", tshark: " flags[$1], seq[$1], ack[$1], bytes[$1] }' theirs answers
  assert_output ""
}

@test "wrong answers are explained by the page, and all are counted" {
  # What is captured differs from time to time, so a right answer is possible, too.
  mkfifo typed
  exec 9<>typed
  replies typed --seed 8 --questions 12 >said 3>&- 9>&- &
  local quiz_pid=$! number
  for number in {1..12}; do
    eventually grep -q "^$number of 12" said
    if tail -n 2 said | grep -q '^In which'; then printf '12345\n' >&9; else printf 'URG 999999999\n' >&9; fi
  done
  wait "$quiz_pid"
  local right
  right=$(grep -c '^> Right' said) || true
  ((right < 6)) # orders only
  assert_equal "$(grep -c '^> It is' said)" $((12 - right))
  run -0 cat said
  assert_line --partial "This is quiz 8."
  assert_line "$right of 12 right."
  assert_equal "$(grep -oF '(ch04_tcp/wire.md)' said | wc -l)" $((12 - right))
}

# with_fixed_questions [STDIN] <PROGRAM: Python that has quiz, sent (segments of a conversation) and Fixed (dice that fall as wanted).
with_fixed_questions() {
  cat >"$BATS_TEST_TMPDIR/program.py"
  python3 -c "$fixed_questions" "$BATS_TEST_DIRNAME/../judge" "$BATS_TEST_TMPDIR/program.py" <"${1:-/dev/null}"
}
fixed_questions='import sys
sys.path.insert(0, sys.argv[1])
import quiz

def segment(is_client, flags, seq, ack, length="0"):
    one = quiz.Segment({"frame": "1", "flags": flags, "seq": seq, "ack": ack, "length": length}, is_client)
    one.is_client = is_client
    return one

syn, answer = segment(True, "SYN", "0", ""), segment(False, "SYN ACK", "0", "1")
third, data, acked = segment(True, "ACK", "1", "1"), segment(True, "PSH ACK", "1", "1", "9"), segment(False, "ACK", "1", "10")
more = segment(True, "PSH ACK", "10", "1", "5")

class Fixed:
    """Dice that always fall alike."""
    def __init__(self, kind, at, order=()):
        self.kind, self.at, self.order = kind, at, order
    def randrange(self, _): return self.at
    def randint(self, low, _): return low
    def choice(self, _): return self.kind
    def sample(self, segments, _): return [segments[at] for at in self.order]

sent = [syn, answer, third, data, acked, more]
exec(open(sys.argv[2]).read())
'

@test "an answer may be written as one likes, and another order that is possible is right too" {
  run -0 with_fixed_questions <<'PYTHON'
flags = quiz.Question(Fixed("flags", 1), sent)
print(flags.is_right("ack, syn"), flags.is_right("SYN+ACK"), flags.is_right("SYN"), flags.is_right(""), flags.is_right("what"))
number = quiz.Question(Fixed("ack", 4), sent)
print(number.is_right(" 10 "), number.is_right("10 bytes"), number.is_right("9"), number.is_right("ten"))
print(quiz.Question(Fixed("bytes", 3), sent).is_right("9"), quiz.Question(Fixed("seq", 5), sent).is_right("10"))
order = quiz.Question(Fixed("order", 2, (4, 3, 2, 1, 0)), [answer, third, data, acked, more])
print(order.answer, order.is_right("5 4 3 2 1"), order.is_right("54321"), order.is_right("5,4,3,1,2"), order.is_right("5 4 2 3 1"),
      order.is_right("1 2 3 4 5"), order.is_right("5 4 3 2"))
PYTHON
  assert_output "True True False None None
True True False None
True True
5 4 3 2 1 True True True False False None"
}

@test "Ctrl-D ends it, and what was answered is in the progress, and what is no answer is asked again" {
  printf '%s\n' '' 'what?' fin 10 >typed
  run -0 with_fixed_questions typed <<'PYTHON'
print(quiz.ask([quiz.Question(Fixed("flags", 1), sent), quiz.Question(Fixed("ack", 4), sent), quiz.Question(Fixed("seq", 5), sent)]))
PYTHON
  assert_equal "$(grep -c '^> Type flags, such as SYN ACK' <<<"$output")" 2
  assert_line "1 of 2 right."
  assert_line 0
  run -0 python3 "$BATS_TEST_DIRNAME/../judge/progress.py" "$BUILD_DIR"
  assert_line "quiz: 1 of 2 answers right"
  run -0 replies /dev/null --questions 5
  refute_line --partial " right."
}

@test "each explanation is a point of the page" {
  run -0 python3 - "$BATS_TEST_DIRNAME/../judge" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import quiz
text = (quiz.suite.root / quiz.page).read_text()
print(*[point for point in quiz.points.values() if text.count(f"\n- {point}") != 1])
PYTHON
  assert_output ""
}

@test "wrong words are wrong usage" {
  run -2 quiz --questions 0
  assert_line --partial "not a number from 1 to 1000: 0"
  run -2 quiz --seed x
  run -2 quiz more
}
