#!/usr/bin/env python3
"""progress.py BUILD [CHAPTER]: what is written in practice/, what passes, and what comes next.

check.py adds to practice/results.tsv what it found: program, hash of the file that it judged, passed, of, date. A
result counts only for a file that still has this hash.
"""

import argparse
import collections
import datetime
import hashlib
import os
import pathlib
import re
import signal
import sys

import practice
import suite

results = practice.folder / "results.tsv"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def known():
    """program: [hash, passed, of, date]"""
    return {program: rest for program, *rest in suite.rows(results)} if results.exists() else {}


def record(program, judged, passed, of):
    """Replaces the file as a whole, so that a reader or an interruption never meets half of it."""
    rows = known()
    rows[program] = [judged, str(passed), str(of), datetime.date.today().isoformat()]
    new = results.with_suffix(f".{os.getpid()}")
    new.write_text("# program\thash of the judged file\tpassed\tof\tdate\n"
                   + "".join("\t".join([name, *rest]) + "\n" for name, rest in sorted(rows.items())))
    new.replace(results)


def state(program, rows):
    """A kind, for counting, and the words for a reader."""
    path = practice.path_of(program)
    if not path.exists():
        return "", ""
    if path.read_text(errors="replace") == practice.skeleton(program):
        return "not judged", "laid, nothing written yet"
    judged, passed, of, date = rows.get(program, ["", "0", "0", ""])
    if judged != digest(path):
        return "not judged", "changed since it was judged" if judged else "written, not judged yet"
    if passed == of != "0":
        return "passing", f"passed, {passed} of {of} on {date}"
    return "failing", f"failed: passed {passed} of {of} on {date}"


def next_step(programs, states, build):
    """What is begun, or else the first that is not. The trail (Next: in each program) has the order of the chapters'
    lists; a rule of the suite keeps it so."""
    left = [program for program in programs if states[program][0] != "passing"]
    has_tests = (build / "tests/entries").exists()
    for program in sorted(left, key=lambda program: not states[program][0]):
        if has_tests and not suite.judging(program, build):
            continue
        kind, words = states[program]
        what = re.sub(r"\n// (?!\n)", " ", (suite.root / f"{program}.cpp").read_text().split("\n//\n")[0]).split(" - ", 1)[1]
        command = "check" if kind else "practice"
        return f"Next: {practice.front_door()} {command} {program}" + (f"    ({words})" if kind else "") + f"\n  {what}"
    if left:
        return f"All that behaviours can judge pass. Of the {len(left)} others, check --promises judges what ours print."
    return "Nothing is left: all of them pass."


def main(build, words):
    parser = argparse.ArgumentParser(prog="./course progress", allow_abbrev=False,
                                     description="What you have written in practice/, what passes, and what comes next.")
    parser.add_argument("chapter", metavar="CHAPTER", nargs="?", help="a line for each program of this chapter")
    chosen = parser.parse_args(words).chapter
    chapters = sorted({program.split("/")[0] for program in suite.programs()})
    if chosen and chosen.rstrip("/") not in chapters:
        suite.refuse(f"there is no chapter '{chosen}'; there are: {' '.join(chapters)}")
    programs = [one for one in suite.programs() if not chosen or one.startswith(chosen.rstrip("/") + "/")]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ./course progress | head
    rows = known()
    states = {program: state(program, rows) for program in programs}
    if chosen:
        for program in programs:
            print(f"{program:36} {states[program][1] or '-'}")
    else:
        kinds = ("passing", "failing", "not judged")
        print(f"{'chapter':18} {'programs':>8} {'written':>8}" + "".join(f"{kind:>12}" for kind in kinds))
        for chapter in [*chapters, "all"]:
            count = collections.Counter(states[one][0] for one in programs if chapter in (one.split("/")[0], "all"))
            total = sum(count.values())
            print(f"{chapter:18} {total:8} {total - count['']:8}" + "".join(f"{count[kind]:12}" for kind in kinds))
        if (practice.folder / "quiz.tsv").exists():
            answers = suite.rows(practice.folder / "quiz.tsv")
            print(f"\nquiz: {sum(int(right) for _, _, right in answers)} of {sum(int(of) for _, of, _ in answers)} answers right")
    print(f"\n{next_step(programs, states, build)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
