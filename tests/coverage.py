"""coverage.py TSV <NAMES: prints what is wrong with the rows of tests/coverage.tsv.

NAMES are the programs (ch01_basics/byte_order) and the tests (as CTest names them), one a line.
A row: a claim of the notes (C001) or an erratum (E001), the notes' heading, a program, and what holds it:
  test     the name of a test that runs the program
  compile  FILE: PHRASE, source that would not compile if the claim were false
  page     PAGE.md: PHRASE, a sentence that says what no program can show
"""

import pathlib
import re
import sys

tests = pathlib.Path(__file__).parent
sys.path.insert(0, str(tests.parent / "judge"))
from suite import runs  # noqa: E402

names = {line.strip() for line in sys.stdin}


def fault(fields, seen):
    if len(fields) != 5 or not all(fields) or not re.fullmatch(r"[CE]\d{3}", fields[0]) or fields[0] in seen:
        return "malformed, or twice"
    _, _, program, kind, proof = fields
    if program not in names:
        return f"there is no {program}"
    if kind == "test":
        if proof not in names:
            return f"there is no test {proof}"
        return "" if runs(proof, program) else f"its test does not run {program}"
    file, _, phrase = proof.partition(": ")
    if kind not in ("compile", "page") or not file.endswith((".md",) if kind == "page" else (".cpp", ".hpp")):
        return f"{kind} does not fit {file}"
    path = tests.parent / file
    there = path.exists() and " ".join(phrase.split()) in " ".join(path.read_text().split())
    return "" if phrase and there else f"{file} does not say: {phrase}"


seen = set()
for row in pathlib.Path(sys.argv[1]).read_text().splitlines():
    if not row.startswith("#"):
        fields = row.split("\t")
        if wrong := fault(fields, seen):
            print(f"{fields[0]}: {wrong}")
        seen.add(fields[0])
