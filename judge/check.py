#!/usr/bin/env python3
"""check.py BUILD CHAPTER/PROGRAM [FILE | COMMAND] [--all | --why BEHAVIOUR] [--promises]: judges somebody's program."""

import argparse
import pathlib
import shutil
import sys
import tempfile

import candidate
import suite
import verdict


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
    return parser.parse_args(words)


def refuse(why):
    print(f"course: {why}", file=sys.stderr)
    sys.exit(2)


def show(outcome):
    """What was done, what came, and the likely cause."""
    print(f"\n{outcome.behaviour.title}")
    for what, lines in (("did", outcome.did[-6:]), ("came", outcome.came[:12]), ("it said", outcome.said[-5:]),
                        ("hint", [outcome.behaviour.hint]), ("read", [outcome.behaviour.page])):
        for number, line in enumerate(filter(None, lines)):
            print(f"  {what if not number else '':8} {line[:200]}")


def main(build, words):
    options = parse(words)
    program = options.program.removeprefix("./").removesuffix(".cpp")
    if program not in suite.programs():
        near = [name for name in suite.programs() if name.startswith(program.split("/")[0] + "/")]
        refuse(f"there is no program '{program}'; " + (f"there are: {' '.join(near)}" if near else "see ./course list"))
    behaviours = suite.judging(program, build, options.promises)
    if not behaviours:
        refuse(f"no behaviour of {program} can be judged" + ("" if options.promises else "; try --promises"))
    if options.why:
        known = behaviours
        behaviours = [one for one in known if options.why in one.title]
        if not behaviours:
            refuse(f"no behaviour has '{options.why}' in its name; there are:\n  " + "\n  ".join(b.title for b in known))
    what = options.what or str(suite.root / "practice" / f"{program}.cpp")
    if not options.what and not pathlib.Path(what).exists():
        refuse(f"give a file or a command, or lay a starting point: ./course practice {program}")
    place = pathlib.Path(tempfile.mkdtemp(prefix="judge.", dir=build / "tmp"))
    try:
        sanitized = candidate.prepare(what, program, place, build)
        file = pathlib.Path(what).resolve()
        seen = [pathlib.Path.cwd(), *[file][: file.is_file()]]  # the box has a /tmp of its own
        warnings = (place / "compiler").read_text() if sanitized else ""
        if warnings:
            print(warnings)
        outcomes = verdict.run(behaviours, program, place, build, sanitized, seen, options.promises)
        return report(outcomes, options, program)
    except candidate.Refused as why:
        refuse(str(why))
    except candidate.DoesNotCompile as error:
        print(error)
        print(f"{program}: it does not compile; the compiler's message is above")
        return 1
    finally:
        shutil.rmtree(place, ignore_errors=True)


def report(outcomes, options, program):
    outcomes = [one for one in outcomes if one.why != "does not use it"]
    for one in outcomes:
        print(f"{one.result:9}  {one.behaviour.title}" + (f": {one.why}" if one.why else ""))
    failed = [one for one in outcomes if one.result == "FAILED"]
    for one in failed if options.all or options.why else failed[:1]:
        show(one)
    passed = sum(one.result == "passed" for one in outcomes)
    print(f"\n{program}: {passed} of {len(outcomes)} behaviours passed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
