#!/usr/bin/env python3
"""justice.py BUILD [WORD...]: judges the judge.

Each tests/mistakes/CHAPTER/PROGRAM.NAME.patch is a mistake that people make, on a program of ours. Its head:
  My server sends each piece once.        the mistake, in a student's words
  caught by: BEHAVIOUR                    it must turn red, first of all
  says: WORDS                             they must be in its report: the symptom
  also: BEHAVIOUR; BEHAVIOUR              what may turn red too, and nothing else may
Each line of tests/strangers.tsv is a right program by somebody else: nothing may turn red.
With words, only what has one of them in its name.
"""

import concurrent.futures
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import candidate
import suite
import verdict


@dataclasses.dataclass
class Case:
    name: str
    program: str
    head: dict = dataclasses.field(default_factory=dict)  # of a mistake
    patch: pathlib.Path | None = None
    command: str = ""  # of a stranger


def mistakes():
    folder = suite.tests / "mistakes"
    for patch in sorted(folder.glob("*/*.patch")):
        lines = patch.read_text().split("\n--- ")[0].splitlines()
        head = dict(re.findall(r"^(caught by|says|also): (.*)$", "\n".join(lines), re.MULTILINE))
        yield Case(f"{patch.parent.name}/{patch.stem}", f"{patch.parent.name}/{patch.stem.split('.')[0]}", head, patch)


def strangers():
    table = suite.tests / "strangers.tsv"
    for name, program, command in suite.rows(table) if table.exists() else []:
        yield Case(f"{name} as {program}", program, command=command)


def prepare(case, place, build):
    """Puts the case's program into PLACE; returns whether it has sanitizers."""
    if not case.patch:
        return candidate.prepare(case.command, case.program, place, build, suite.tests)
    chapter = case.program.split("/")[0]
    source = place / "source"
    shutil.copytree(suite.root / chapter, source / chapter)
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "-i", str(case.patch)], cwd=source, capture_output=True, text=True)
    if done.returncode:
        raise candidate.Refused("the patch no longer applies")
    touched = re.findall(r"^\+\+\+ b/(\S+\.cpp)", case.patch.read_text(), re.MULTILINE)
    files = [source / f"{case.program}.cpp", *(source / file for file in touched if file != f"{case.program}.cpp")]
    candidate.compile_sources(files, case.program, place, build, [source / chapter, source])
    candidate.write_program([str(place / "built"), "{arguments}"], place / "program")
    return True


def judge(case, build):
    """What is wrong with the verdict on the case, or nothing."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="judge.", dir=build / "tmp"))
    try:
        sanitized = prepare(case, place, build)
        behaviours = suite.judging(case.program, build)
        outcomes = verdict.run(behaviours, case.program, place, build, sanitized, [suite.root], jobs=4)
    except (candidate.Refused, candidate.DoesNotCompile) as why:
        return str(why)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    red = {one.behaviour.title: one for one in outcomes if one.result == "FAILED"}
    if not case.patch:
        return "; ".join(f"accused: {title} ({' '.join(one.came)[:200]})" for title, one in red.items())
    named = case.head.get("caught by", "")
    if named not in red:
        return f"not caught by: {named}" + (f"; red: {'; '.join(red)}" if red else "; nothing is red")
    if more := set(red) - {named, *case.head.get("also", "").split("; ")}:
        return f"also red: {'; '.join(sorted(more))}"
    said = " ".join(red[named].came + red[named].said)
    symptom = case.head.get("says", "")
    return "" if symptom and symptom in said else f"does not say: {symptom or '(no says: line)'}; it says: {said[:300]}"


def main(build, words):
    cases = [case for case in [*mistakes(), *strangers()] if not words or any(word in case.name for word in words)]
    if not cases:
        print(f"course: nothing is named {' or '.join(words)}", file=sys.stderr)
        return 2
    wrong = {True: 0, False: 0}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, fault in zip(cases, pool.map(lambda case: judge(case, build), cases)):
            wrong[case.patch is not None] += bool(fault)
            if fault:
                print(f"{case.name}: {fault}", flush=True)
    patches = sum(case.patch is not None for case in cases)
    print(f"caught {patches - wrong[True]} of {patches}, accused {wrong[False]} of {len(cases) - patches}")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
