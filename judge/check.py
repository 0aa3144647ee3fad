#!/usr/bin/env python3
"""check.py BUILD CHAPTER/PROGRAM [FILE | COMMAND] [OPTION...]: judges somebody's program.

With - for BUILD it only says what is wrong with the words, before anything is built.
"""

import argparse
import dataclasses
import json
import pathlib
import shutil
import signal
import sys
import tempfile

import candidate
import practice
import progress
import solution
import suite
import verdict
import watch


def parse(words):
    parser = argparse.ArgumentParser(
        prog="./course check", allow_abbrev=False,
        description="Puts your program in the place of one of ours and runs the tests of its behaviours.",
        epilog='FILE is a C or C++ source, a script or a program. COMMAND has {port} in it: "python3 echo.py {port}". '
               "Without either the file is practice/CHAPTER/PROGRAM.cpp.")
    parser.add_argument("program", metavar="CHAPTER/PROGRAM")
    parser.add_argument("what", metavar="FILE | COMMAND", nargs="?")
    parser.add_argument("--all", action="store_true", help="show all failures, not only the first")
    parser.add_argument("--why", metavar="BEHAVIOUR", help="judge and show this one only (a part of its name will do)")
    parser.add_argument("--promises", action="store_true",
                        help="also judge what only our programs promise: words, arguments, exit statuses")
    parser.add_argument("--watch", action="store_true", help="judge FILE again at each save, until Ctrl-C")
    parser.add_argument("--solution", action="store_true", help="show what is different in our program, after asking")
    parser.add_argument("--record", metavar="FOLDER", type=pathlib.Path,
                        help="also write the verdict (JSON) and CTest's JUnit files there")
    return parser.parse_args(words)


@dataclasses.dataclass
class Verdict:
    outcomes: list = dataclasses.field(default_factory=list)
    compiler_error: str = ""

    @property
    def failed(self):
        return [one for one in self.outcomes if one.result == "FAILED"]

    @property
    def passed(self):
        return sum(one.result == "passed" for one in self.outcomes)

    @property
    def of(self):
        return len(self.outcomes)


def show(outcome):
    """What was done, what came, and the likely cause."""
    print(f"\n{outcome.behaviour.title}")
    for what, lines in (("did", outcome.did[-6:]), ("came", outcome.came[:12]), ("it said", outcome.said[-5:]),
                        ("hint", [outcome.behaviour.hint]), ("read", [outcome.behaviour.page])):
        for number, line in enumerate(filter(None, lines)):
            print(f"  {what if not number else '':8} {line[:200]}")


def judge(what, program, behaviours, options, build):
    """A Verdict. That on the file in practice/ is kept for ./course progress."""
    file = pathlib.Path(what)
    judged = file.is_file() and file.resolve() == practice.path_of(program) and progress.digest(file)
    place = pathlib.Path(tempfile.mkdtemp(prefix="judge.", dir=build / "tmp"))
    try:
        sanitized = candidate.prepare(what, program, place, build)
        warnings = (place / "compiler").read_text() if sanitized else ""
        if warnings:
            print(warnings)
        outcomes = verdict.run(behaviours, program, place, build, sanitized, candidate.files_of(what), options.promises)
        found = Verdict([one for one in outcomes if one.why != "does not use it"])
        if options.record:
            record(found, place, options.record)
    except candidate.DoesNotCompile as error:
        found = Verdict(compiler_error=str(error))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if judged and not options.why and not options.promises:
        # What could not be tried on this machine is no failure.
        whole = found.passed if found.passed and not found.failed else len(found.outcomes or behaviours)
        progress.record(program, judged, found.passed, whole)
    return found


def record(found, place, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for junit in place.glob("junit.*.xml"):
        shutil.copy(junit, folder)
    kept = [{**dataclasses.asdict(one), **dataclasses.asdict(one.behaviour)} for one in found.outcomes]
    (folder / "recorded.json").write_text(json.dumps({"outcomes": kept}))


def report(found, program, every=False, only_failure=False):
    """Prints the page."""
    if found.compiler_error:
        if not only_failure:
            print(found.compiler_error)
            print(f"{program}: it does not compile; the compiler's message is above")
        return
    for one in found.outcomes if not only_failure else []:
        print(f"{one.result:9}  {one.behaviour.title}" + (f": {one.why}" if one.why else ""))
    for one in found.failed if every else found.failed[:1]:
        show(one)
    if not only_failure:
        print(f"\n{program}: {found.passed} of {found.of} behaviours passed")


def main(build, words):
    options = parse(words)
    program = suite.named(options.program)
    what = options.what or str(practice.path_of(program))
    if not options.what and not pathlib.Path(what).exists():
        suite.refuse(f"give a file or a command, or lay a starting point: {practice.front_door()} practice {program}")
    if (options.watch or options.solution) and not pathlib.Path(what).is_file():
        suite.refuse(f"--{'watch' if options.watch else 'solution'} needs a file, and there is no file {what}")
    if options.solution:
        return solution.show(pathlib.Path(what), program, bool(build))
    if not build:
        return 0
    behaviours = suite.judging(program, build, options.promises)
    if not behaviours:
        suite.refuse(f"no behaviour of {program} can be judged" + ("" if options.promises else "; try --promises"))
    if options.why:
        known = behaviours
        behaviours = [one for one in known if options.why in one.title]
        if not behaviours:
            suite.refuse(f"no behaviour has '{options.why}' in its name; there are:\n  " + "\n  ".join(b.title for b in known))

    def judge_now():
        return judge(what, program, behaviours, options, build)

    def show_page(found, only_failure=False):
        report(found, program, options.all or options.why, only_failure)

    for ended in (signal.SIGTERM, signal.SIGHUP):  # the place of the judging goes in any case
        signal.signal(ended, lambda number, _: sys.exit(128 + number))
    try:
        if options.watch:
            return watch.watch(pathlib.Path(what).absolute(), judge_now, show_page)
        found = judge_now()
    except candidate.Refused as why:
        suite.refuse(str(why))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    show_page(found)
    return 1 if found.failed or not found.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] != "-" and pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
