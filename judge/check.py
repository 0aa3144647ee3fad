#!/usr/bin/env python3
"""check.py BUILD CHAPTER/PROGRAM [FILE | COMMAND] [OPTION...]: judges somebody's program.
check.py BUILD CHAPTER/PAIR [FILE | COMMAND, twice]: judges his server and his client, which talk to each other.

With - for BUILD it only says what is wrong with the words, before anything is built.
"""

import argparse
import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import sys
import tempfile
import textwrap

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
               "Without either the file is practice/CHAPTER/PROGRAM.cpp. With the name of a pair, such as ch04_tcp/line, "
               "your server talks to your client; give both, the server first.")
    parser.add_argument("program", metavar="CHAPTER/PROGRAM")
    parser.add_argument("what", metavar="FILE | COMMAND", nargs="*")
    parser.add_argument("--all", action="store_true", help="show all failures, not only the first")
    parser.add_argument("--why", metavar="BEHAVIOUR", help="judge this one only (a part of its name will do), and say how to try it by hand")
    parser.add_argument("--promises", action="store_true",
                        help="also judge what only our programs promise: words, arguments, exit statuses")
    parser.add_argument("--watch", action="store_true", help="judge FILE again at each save, until Ctrl-C")
    parser.add_argument("--solution", action="store_true", help="show what is different in our program, after asking")
    parser.add_argument("--record", metavar="FOLDER", type=pathlib.Path,
                        help="also write the verdict (JSON) and CTest's JUnit files there")
    parser.add_argument("--hide", metavar="FOLDER", type=lambda folder: pathlib.Path(folder).resolve(), action="append", default=[],
                        help="the program may not see this folder; more than one: say it again")
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


def show(outcome, by_hand=False):
    """What was done, what came, the likely cause, and how to try it by hand, each command in a terminal of its own."""
    print(f"\n{outcome.behaviour.title}")
    parts = [("did", cut(outcome.did[-6:])), ("came", cut(outcome.came[:12])), (outcome.who_said, cut(outcome.said[-5:])),
             ("hint", textwrap.wrap(outcome.behaviour.hint, 100)), ("read", [outcome.behaviour.page])]
    for what, lines in (parts if outcome.result == "FAILED" else []) + [("by hand", outcome.by_hand if by_hand else [])]:
        for number, line in enumerate(filter(None, lines)):
            print(f"  {what if not number else '':8} {line}")


def cut(lines):
    return [line[:200] for line in lines]


def judge(given, options, build):
    """{program: Verdict} for {program: (file or command, behaviours)}; two are each other's partners. Of one that does not
    compile there is a Verdict, and of no other. That on a file in practice/ is kept for ./course progress."""
    mark = practised(given)
    with contextlib.ExitStack() as stack:
        def new_place():
            return pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="judge.", dir=build / "tmp", ignore_cleanup_errors=True)))
        try:
            # Some promises are about where memory ends, which sanitizers change.
            ready = [candidate.prepare(what, program, new_place(), build, sanitized=not options.promises)
                     for program, (what, _) in given.items()]
            print("\n".join(one.warnings for one in ready if one.warnings), end="")
            found = {}
            for one, beside in zip(ready, ready[::-1] if ready[1:] else [None]):
                outcomes = verdict.run(given[one.program][1], one, build, options.promises, beside, options.hide)
                found[one.program] = Verdict(outcomes)
                for outcome in outcomes:
                    outcome.by_hand = commands(outcome.by_hand, ready, build)
                if options.record:
                    record(found[one.program], one.place, options.record)
                else:
                    one.keep(build)
        except candidate.DoesNotCompile as error:
            found = {error.program: Verdict(compiler_error=error.message)}
    if mark and not options.why and not options.promises:
        (program, one), = found.items()
        # What could not be tried on this machine is no failure.
        whole = one.passed if one.passed and not one.failed else len(one.outcomes or given[program][1])
        progress.record(program, mark, one.passed, whole)
    return found


def commands(lines, candidates, build):
    """The commands of a test as a user gives them: his programs, and ours, from where he is, a terminal for each."""
    found, is_server = [], False
    names = [line.partition(" ")[0] for line in lines]
    # Some tests start the client with a pipe or a tracer of their own.
    lines = lines + [f"{one.program} 127.0.0.1 PORT" for one in candidates
                     if lines and one.program not in names and re.search("client|sender|query", one.program)]
    for line in dict.fromkeys(lines):
        name, _, arguments = line.partition(" ")
        own = [one for one in candidates if one.program == name]
        if own:
            is_server = arguments.startswith("PORT")
            line = own[0].by_hand(arguments, build)
        elif (build / name).is_file():
            line = f"{shlex.quote(os.path.relpath(build / name))} {arguments}"
        found.append(line)
    if is_server and len(found) == 1:
        kind = "UDP" if "SOCK_DGRAM" in (suite.root / f"{candidates[0].program}.cpp").read_text() else "TCP"
        found.append(f"socat - {kind}:127.0.0.1:PORT")
    if found[1:]:
        found.insert(0, "# each in a terminal of its own:")
    return [line.replace("PORT", "9190") for line in found[:9]]


def practised(given):
    """The digest of the one given file, if it is that of practice/."""
    (program, (what, _)), *others = given.items()
    file = pathlib.Path(what)
    return not others and file.is_file() and file.resolve() == practice.path_of(program) and progress.digest(file)


def record(found, place, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for junit in place.glob("junit.*.xml"):
        shutil.copy(junit, folder)
    kept = [{**dataclasses.asdict(one), **dataclasses.asdict(one.behaviour)} for one in found.outcomes]
    (folder / "recorded.json").write_text(json.dumps({"outcomes": kept}))


def report(found, program, every=False, by_hand=False, only_failure=False):
    """Prints the page."""
    if found.compiler_error:
        if not only_failure:
            print(found.compiler_error)
            print(f"{program}: it does not compile; the compiler's message is above")
        return
    asked = [one for one in found.outcomes if one.result != "not asked"]
    for one in asked if not only_failure else []:
        print(f"{one.result:9}  {one.behaviour.title}")
    for why, count in collections.Counter(one.why for one in found.outcomes if one not in asked and not only_failure).items():
        print(f"not asked  {count} more: {why}")
    for one in asked if by_hand else found.failed if every else found.failed[:1]:
        show(one, by_hand)
    if only_failure:
        return
    if found.failed and not by_hand:
        print(f"\n--why WORDS judges one behaviour and tells how to try it by hand{'' if every else '; --all shows all failures'}.")
    print(f"\n{program}: {found.passed} of {found.of} behaviours passed")


def main(build, words):
    options = parse(words)
    programs = suite.pair(options.program) or [suite.named(options.program)]
    whats = options.what or [str(practice.path_of(program)) for program in programs]
    if len(whats) != len(programs):
        suite.refuse(f"{options.program} needs " + ("a server and a client: two files or commands" if programs[1:] else
                     "one file or command; put quotes around a command"))
    for program, what in zip(programs, whats):
        if not options.what and not pathlib.Path(what).exists():
            suite.refuse(f"give a file or a command, or lay a starting point: {practice.front_door()} practice {program}")
    for option in filter(vars(options).get, ("watch", "solution", "record")):
        if programs[1:]:
            suite.refuse(f"--{option} takes one program, not a pair")
        if option != "record" and not pathlib.Path(whats[0]).is_file():
            suite.refuse(f"--{option} needs a file, and there is no file {whats[0]}")
    if options.solution:
        return solution.show(pathlib.Path(whats[0]), programs[0], bool(build))
    if not build:
        return 0
    behaviours = asked(programs, options, build)
    given = {program: (what, behaviours[program]) for program, what in zip(programs, whats)}

    def show_pages(found, only_failure=False):
        for program, one in found.items():
            if one.outcomes or one.compiler_error or not programs[1:]:
                if program != programs[0]:
                    print()
                if programs[1:]:
                    print(f"{program}:")
                report(one, program, options.all or options.why, bool(options.why), only_failure)
        sys.stdout.flush()

    for ended in (signal.SIGTERM, signal.SIGHUP):  # the place of the judging goes in any case
        signal.signal(ended, lambda number, _: sys.exit(128 + number))
    try:
        if options.watch:
            return watch.watch(pathlib.Path(whats[0]).absolute(), lambda: judge(given, options, build), show_pages)
        found = judge(given, options, build)
        show_pages(found)
    except candidate.Refused as why:
        suite.refuse(str(why))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # ./course check ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    return 1 if any(one.failed for one in found.values()) or not any(one.passed for one in found.values()) else 0


def asked(programs, options, build):
    """The behaviours to judge of each program."""
    known = {program: suite.judging(program, build, options.promises) for program in programs}
    for program in programs:
        if not known[program]:
            suite.refuse(f"no behaviour of {program} can be judged" + ("" if options.promises else "; try --promises"))
    if not options.why:
        return known
    chosen = {program: [one for one in known[program] if options.why in one.title] for program in programs}
    if not any(chosen.values()):
        titles = "\n  ".join(one.title for program in programs for one in known[program])
        suite.refuse(f"no behaviour has '{options.why}' in its name; there are:\n  {titles}")
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] != "-" and pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
