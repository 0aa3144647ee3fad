"""check --solution: the difference between a student's file and our program, after asking."""

import difflib
import pydoc
import sys

import suite


def show(file, program, ask):
    if not sys.stdin.isatty():
        suite.refuse("--solution asks first, and there is no terminal to ask on")
    if not ask:
        return 0
    print(f"This shows all that is different in our {program}. Type yes to see it: ", end="", flush=True)
    if sys.stdin.readline().strip() != "yes":
        print("Not shown.")
        return 1
    ours = suite.root / f"{program}.cpp"
    text = "".join(difflib.unified_diff(
        file.read_text(errors="replace").splitlines(True), ours.read_text().splitlines(True), str(file), f"{program}.cpp"))
    if sys.stdout.isatty():
        pydoc.pager(text or "There is no difference.\n")
    else:
        sys.stdout.write(text)
    return 0
