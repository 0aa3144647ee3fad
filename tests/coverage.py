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
names = {line.strip() for line in sys.stdin}


def blocks(path):
    """The test bodies and the functions of a shell file by name, and the rest of it under ''."""
    found, name = {"": ""}, ""
    for line in path.read_text().splitlines():
        if line.lstrip().startswith("#"):
            continue
        start = re.match(r'@test "(.*)" \{|(\w+)\(\) [{(]', line)
        if start:
            name = start[1] or start[2]
            found[name] = ""
        found[name] = found[name] + line + "\n"
        if start and line.rstrip().endswith(("}", ")")) or line in ("}", ")"):
            name = ""
    return found


def runs(test, program):
    """Whether the test's body, setup, or a function that these call names the program."""
    group, _, title = test.rpartition(".")
    group = group.replace(".", "/")
    path = tests / (group + ".bats")
    if not path.exists():  # the contract of all echo servers: its groups are the servers
        return group == program
    here = blocks(path)
    for helper in re.findall(r"\bload (\S+\.bash)", path.read_text()):
        here = {**blocks(path.parent / helper), **here}
    text, seen = "", {title, "setup"}
    waiting = ["", *seen]
    while waiting:
        body = here.get(waiting.pop(), "")
        text += body
        called = {word for word in re.findall(r"\w+", body) if word in here} - seen
        seen |= called
        waiting += called
    return re.search(rf"(?<![\w-]){program.split('/')[1]}(?![\w-])", text) is not None


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
