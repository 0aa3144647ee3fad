#!/usr/bin/env python3
"""justice.py BUILD [--part K/N] [WORD...]: judges the judge.

Each tests/mistakes/CHAPTER/PROGRAM.NAME.patch is a mistake that people make, on a program of ours. Its head:
  My server sends each piece once.        the mistake, in a student's words
  caught by: BEHAVIOUR                    it must turn red, first of all
  says: WORDS                             they must be in its report: the symptom
  also: BEHAVIOUR; BEHAVIOUR              what may turn red too, and nothing else may
Each line of tests/strangers.tsv is a right program by somebody else: nothing may turn red but what the line names.
With words, only what has one of them in its name; a word may also be the file of a patch. --part 3/8 takes each eighth
case, the third first. What is misjudged on a busy machine may be right the second time; it is named then.
"""

import argparse
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
    faults: str = ""  # its own, if it has some


def mistake(patch):
    lines = patch.read_text().split("\n--- ")[0].splitlines()
    head = dict(re.findall(r"^(caught by|says|also): (.*)$", "\n".join(lines), re.MULTILINE))
    return Case(f"{patch.parent.name}/{patch.stem}", f"{patch.parent.name}/{patch.stem.split('.')[0]}", head, patch)


def strangers():
    table = suite.tests / "strangers.tsv"
    for name, program, command, *faults in suite.rows(table):
        yield Case(f"{name} as {program}", program, command=command, faults="".join(faults))


def prepare(case, place, build):
    """Its Candidate."""
    if not case.patch:
        return candidate.prepare(case.command.replace("{build}", str(build)), case.program, place, build, suite.tests)
    chapter = case.program.split("/")[0]
    source = place / "source"
    shutil.copytree(suite.root / chapter, source / chapter)
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "-i", str(case.patch)], cwd=source, capture_output=True, text=True)
    if done.returncode:
        raise candidate.Refused("the patch no longer applies")
    touched = re.findall(r"^\+\+\+ b/(\S+\.cpp)", case.patch.read_text(), re.MULTILINE)
    files = [source / f"{case.program}.cpp", *(source / file for file in touched if file != f"{case.program}.cpp")]
    candidate.compile_sources(files, case.program, place, build, [source / chapter, source])
    return candidate.Candidate(case.program, place, [str(candidate.built(place, case.program)), "{arguments}"], sanitized=True)


def judge(case, build):
    """What is wrong with the verdict on the case, or nothing."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="judge.", dir=build / "tmp"))
    try:
        outcomes = verdict.run(suite.judging(case.program, build), prepare(case, place, build), build, jobs=4)
    except candidate.NotHere as why:
        return f"not tried: {why}"
    except candidate.Refused as why:
        return str(why)
    except candidate.DoesNotCompile as error:
        return error.message
    finally:
        shutil.rmtree(place, ignore_errors=True)
    red = {one.behaviour.title: one for one in outcomes if one.result == "FAILED"}
    if not case.patch:
        own = set(filter(None, case.faults.split("; ")))
        accused = [f"accused: {title} ({' '.join(one.came)[:200]})" for title, one in red.items() if title not in own]
        return "; ".join(accused) or ("" if not own or own & set(red) else f"not caught: {case.faults}")
    named = case.head.get("caught by", "")
    if named not in red:
        return f"not caught by: {named}" + (f"; red: {'; '.join(red)}" if red else "; nothing is red")
    if more := set(red) - {named, *case.head.get("also", "").split("; ")}:
        return f"also red: {'; '.join(sorted(more))}"
    said = " ".join(red[named].came + red[named].said)
    symptom = case.head.get("says", "")
    return "" if symptom and symptom in said else f"does not say: {symptom or '(no says: line)'}; it says: {said[:300]}"


def part(text):
    found = re.fullmatch(r"(\d+)/([1-9]\d*)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"not K/N: {text}")
    return int(found[1]) % int(found[2]), int(found[2])


def judge_twice(case, build):
    """What is wrong with the verdict both times, and what it was the first time only."""
    first = judge(case, build)
    if not first or first.startswith("not tried: "):
        return first, ""
    second = judge(case, build)
    return second, "" if second else first


def main(build, words):
    parser = argparse.ArgumentParser(prog="./course justice", allow_abbrev=False, description="Judges the judge.")
    parser.add_argument("--part", metavar="K/N", type=part, default=(0, 1), help="each Nth case only, beginning with the Kth")
    parser.add_argument("words", metavar="WORD", nargs="*", help="only what has this in its name")
    options = parser.parse_args(words)
    words = options.words
    cases = [mistake(patch) for patch in sorted((suite.tests / "mistakes").glob("*/*.patch"))] + list(strangers())
    files = [pathlib.Path(word).resolve() for word in words if word.endswith(".patch") and pathlib.Path(word).is_file()]
    if words:
        cases = [case for case in cases if any(word in case.name for word in words)] + list(map(mistake, files))
    cases = cases[options.part[0]::options.part[1]]
    if not cases:
        print(f"course: nothing is named {' or '.join(words)}", file=sys.stderr)
        return 2
    wrong, untried = {True: 0, False: 0}, 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, (fault, once) in zip(cases, pool.map(lambda case: judge_twice(case, build), cases)):
            if once:
                print(f"needed a second try: {case.name}: {once}", flush=True)
            if fault:
                print(f"{case.name}: {fault}", flush=True)
            if not case.patch and fault.startswith("not tried: "):
                untried += 1
            else:
                wrong[case.patch is not None] += bool(fault)
    patches = sum(case.patch is not None for case in cases)
    print(f"caught {patches - wrong[True]} of {patches}, accused {wrong[False]} of {len(cases) - patches - untried}")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
