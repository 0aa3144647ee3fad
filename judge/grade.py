#!/usr/bin/env python3
"""grade.py BUILD DIR [--program CHAPTER/PROGRAM]...: judges what a course has handed in, a folder a student.

A program is found by its name below the student's folder (echo_server.cpp, ch04_tcp/echo_server.py), or by a line
of DIR/programs.tsv: CHAPTER/PROGRAM, then a FILE or COMMAND in the student's folder. DIR/weights.tsv gives weights:
CHAPTER/PROGRAM, a behaviour or *, a number; without a line a behaviour weighs 1.

For each student it writes GRADES/STUDENT/: report.md, results.json (Gradescope's), and for each program verdict.json
and CTest's JUnit files. A verdict is used again as long as the files are the same: what was interrupted goes on.
"""

import argparse
import concurrent.futures
import csv
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import candidate
import suite

suffixes = [*candidate.compilers, *candidate.interpreters, ".go", ""]


def parse(words):
    parser = argparse.ArgumentParser(prog="./course grade", allow_abbrev=False,
                                     description="Judges what a course has handed in: DIR has a folder a student.")
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--program", metavar="CHAPTER/PROGRAM", action="append", default=[],
                        help="what to judge (more than one: say it again); without it what programs.tsv or file names say")
    parser.add_argument("--grades", metavar="FOLDER", default="grades", help="where the results go (grades)")
    parser.add_argument("--limit", metavar="SECONDS", type=int, default=120, help="for one program of one student (120)")
    parser.add_argument("--jobs", metavar="N", type=int, default=max(1, (os.cpu_count() or 1) // 2),
                        help="students at once (half of the processors)")
    return parser.parse_args(words)


def found_for(student, programs, table):
    """What the student has handed in: the program, and its file or command."""
    for program in programs:
        if program in table:
            yield program, table[program]
            continue
        names = {program.split("/")[1] + suffix for suffix in suffixes}
        files = sorted(path for path in student.rglob("*") if path.is_file() and path.name in names)
        chapter = [path for path in files if path.parent.name == program.split("/")[0]]
        others = [path for path in files if not path.parent.name.startswith("ch") or path.parent == student]
        yield program, str((chapter or others or [pathlib.Path()])[0].relative_to(student)) if chapter or others else ""


def digest(student, what, build):
    """Of all files of the student, because a program may need others beside it, and of what judges it."""
    sum = hashlib.sha256(what.encode() + (build / "tests/entries").read_bytes())
    for path in sorted(path for path in student.rglob("*") if path.is_file()):
        sum.update(str(path.relative_to(student)).encode() + b"\0" + path.read_bytes())
    return sum.hexdigest()


def judge(student, program, what, kept, options, build):
    """The verdict as check.py records it, with `error` if there is none. An old one is used if nothing has changed."""
    mark = digest(student, what, build)
    file = kept / "verdict.json"
    if file.exists() and (old := json.loads(file.read_text())).get("digest") == mark:
        return old
    verdict = {"outcomes": []}
    if not what:
        verdict["error"] = "nothing was handed in"
    else:
        kept.mkdir(parents=True, exist_ok=True)
        check = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", sys.executable,
                                  pathlib.Path(__file__).parent / "check.py", build, program, what, "--all", "--record", kept,
                                  "--hide", student.parent.resolve(), "--hide", pathlib.Path(options.grades).resolve()],
                                 cwd=student, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                 start_new_session=True)
        try:
            page = check.communicate(timeout=options.limit)[0]
            recorded = kept / "recorded.json"
            verdict = json.loads(recorded.read_text()) if recorded.exists() else verdict
            if not verdict["outcomes"]:
                verdict["error"] = page.strip()[-2000:]
        except subprocess.TimeoutExpired:
            os.killpg(check.pid, signal.SIGTERM)
            check.communicate()
            verdict["error"] = f"no verdict within {options.limit} seconds"
    kept.mkdir(parents=True, exist_ok=True)
    verdict["digest"] = mark
    new = kept / "verdict.new"
    new.write_text(json.dumps(verdict, indent=1))
    new.replace(file)
    return verdict


def weight_of(weights, program, title):
    return weights.get((program, title), weights.get((program, "*"), 1.0))


def points(program, verdict, weights, build):
    """What the student gets, and what the program is worth: the weights of its behaviours."""
    passed = sum(weight_of(weights, program, one["title"]) for one in verdict["outcomes"] if one["result"] == "passed")
    titles = [one["title"] for one in verdict["outcomes"]] or [one.title for one in suite.judging(program, build)]
    return passed, sum(weight_of(weights, program, title) for title in titles)


def report(name, judged):
    """A page for the student."""
    lines = [f"# {name}", ""]
    for program, verdict, passed, worth in judged:
        lines += [f"## {program}: {passed:g} of {worth:g}", ""]
        if "error" in verdict:
            lines += ["```text", verdict["error"], "```", ""]
        for one in verdict["outcomes"]:
            lines.append(f"- {one['result']}: {one['title']}" + (f" ({one['why']})" if one["why"] else ""))
        for one in verdict["outcomes"]:
            if one["result"] == "FAILED":
                lines += ["", f"### {one['title']}", "", "```text", *one["did"][-6:], "", *one["came"][:12],
                          *(f"it said: {line}" for line in one["said"][-5:]), "```", "",
                          f"{one['hint']} Read {one['page']}."]
        lines.append("")
    return "\n".join(lines)


def gradescope(judged, weights):
    """results.json as Gradescope's autograder wants it."""
    tests = []
    for program, verdict, _, worth in judged:
        for one in verdict["outcomes"]:
            passed, weight = one["result"] == "passed", weight_of(weights, program, one["title"])
            tests.append({"name": f"{program}: {one['title']}", "score": weight * passed, "max_score": weight,
                          "status": "passed" if passed else "failed",
                          "output": "" if passed else "\n".join([*one["came"][:12], one["why"] or one["hint"]])})
        if "error" in verdict:
            tests.append({"name": program, "score": 0.0, "max_score": worth, "status": "failed", "output": verdict["error"]})
    return {"score": sum((passed for _, _, passed, _ in judged), 0.0), "tests": tests}


def grade(student, programs, table, weights, options, build):
    kept = pathlib.Path(options.grades).absolute() / student.name
    judged = []
    for program, what in found_for(student, programs, table):
        verdict = judge(student, program, what, kept / program.replace("/", "."), options, build)
        judged.append((program, verdict, *points(program, verdict, weights, build)))
    (kept / "report.md").write_text(report(student.name, judged))
    (kept / "results.json").write_text(json.dumps(gradescope(judged, weights), indent=1))
    return judged


def main(build, words):
    options = parse(words)
    folder = pathlib.Path(options.folder)
    if not folder.is_dir():
        suite.refuse(f"there is no folder {options.folder}")
    students = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not students:
        suite.refuse(f"{options.folder} has no folder of a student")
    tables = [suite.rows(path) if path.exists() else [] for path in (folder / "programs.tsv", folder / "weights.tsv")]
    try:
        table = {suite.named(program): what for program, what in tables[0]}
        weights = {(suite.named(program), behaviour): float(weight) for program, behaviour, weight in tables[1]}
    except ValueError as error:
        suite.refuse(f"programs.tsv needs two columns, and weights.tsv three: {error}")
    programs = [suite.named(program) for program in options.program] or list(table) or \
        [program for program in suite.programs()
         if any(path.stem == program.split("/")[1] and path.parent.name == program.split("/")[0]
                for student in students for path in student.glob("*/*"))]
    if not programs:
        suite.refuse("say what to judge: --program CHAPTER/PROGRAM, or a line in programs.tsv")
    if not build:
        return 0
    for program in programs:
        if not suite.judging(program, build):
            suite.refuse(f"no behaviour of {program} can be judged")
    rows = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        graded = pool.map(lambda student: grade(student, programs, table, weights, options, build), students)
        for student, judged in zip(students, graded):
            marks = [round(100 * passed / worth) if worth else 0 for _, _, passed, worth in judged]
            rows.append([student.name, *marks, round(sum(marks) / len(marks))])
            print(f"{student.name:24} " + "  ".join(f"{program} {mark}%" for program, mark in zip(programs, marks)), flush=True)
    with (pathlib.Path(options.grades) / "grades.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["student", *programs, "mean"], *rows])
    print(f"{len(rows)} students: {options.grades}/grades.csv, and a page for each")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] != "-" and pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it was", file=sys.stderr)
        os._exit(130)
