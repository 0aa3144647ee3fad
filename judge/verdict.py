"""Runs the suite's tests on a stranger, each in a box of its own, and says what each found.

The box is bubblewrap's: a network, a process tree and a file tree that nobody else sees, gone with the
test. Where that is forbidden the tests run without it, and only limits of the kernel (prlimit) hold.
CTest runs the tests and writes the JUnit file.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

import candidate
from suite import root

patience = 4  # seconds that a test waits for an event
limit = 30  # seconds for one test


@dataclasses.dataclass
class Outcome:
    behaviour: object
    result: str = "not asked"  # or passed, FAILED
    why: str = ""  # not asked: what it needs
    did: list = dataclasses.field(default_factory=list)
    came: list = dataclasses.field(default_factory=list)
    said: list = dataclasses.field(default_factory=list)  # the program's own last lines


def box(build, place, seen):
    """The words before a command that put it into a box, or none. In it the folders SEEN are there, read only."""
    words = ["bwrap", "--die-with-parent", "--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc",
             "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--size", "268435456", "--tmpfs", "/tmp",
             *(word for folder in (root, build, *seen) for word in ("--ro-bind", str(folder), str(folder))),
             "--bind", str(place), str(place),
             "--chdir", "/tmp", "--setenv", "TMPDIR", "/tmp", "--setenv", "HOME", "/tmp", "--setenv", "PRIVATE", "yes"]
    works = shutil.which("bwrap") and not subprocess.run([*words, "true"], capture_output=True).returncode
    return words if works else []


def limits(sanitized):
    """A thousand clients are a thousand threads at most, each with a stack of 2 MiB."""
    words = ["prlimit", "--nproc=2500", "--fsize=33554432", "--core=0", "--stack=2097152:"]
    # A sanitizer reserves terabytes. It has a limit of its own.
    return words if sanitized else [*words, "--data=4294967296"]


def quoted(text):
    return f"[==[{text}]==]"


def write_entries(path, behaviours, program, place, build, boxed, sanitized, promises):
    """A CTestTestfile.cmake: the suite's entries for these behaviours, with the stranger in the place of ours."""
    entries = {}
    for line in (build / "tests/entries").read_text().splitlines():
        group, title, file, variables = line.split("|")
        entries[f"{group}.{title}"] = file, variables.split()
    lines = []
    for number, behaviour in enumerate(behaviours):
        file, variables = entries[behaviour.name]
        command = [*boxed, *limits(sanitized), "setpriv", "--pdeathsig", "TERM", "--", "timeout", "-s", "INT", "-k", "3",
                   str(limit), "bats", "--tap", "--print-output-on-failure", f"{build}/tests/cut/{file}"]
        environment = [f"BUILD_DIR={build}", "LC_ALL=C", *variables, f"COURSE_PROGRAM={program}={place}/program",
                       f"JUDGED={place}/program", f"STORY={place}/{behaviour_file(behaviour)}",
                       f"ASAN_OPTIONS={candidate.sanitizer_options}", "UBSAN_OPTIONS=exitcode=66",
                       f"patience={patience}", f"client_limit={2 * patience}"]
        if not boxed:
            environment.append(f"TMPDIR={place}")
        if promises:
            environment.append("PROMISES=yes")
        name = quoted(behaviour.name)
        lines.append(f"add_test({name} {' '.join(map(quoted, command))})")
        lines.append(f"set_tests_properties({name} PROPERTIES TIMEOUT {limit + 5} ENVIRONMENT "
                     f"{quoted(';'.join(environment))} SKIP_REGULAR_EXPRESSION {quoted(skipped)})")
    path.write_text("\n".join(lines) + "\n")


skipped = "\nok 1 [^\n]* # skip"


def behaviour_file(behaviour):
    return "story." + re.sub(r"[^\w.-]", "_", behaviour.name)


def run(behaviours, program, place, build, sanitized, seen=(), promises=False, jobs=8):
    """An Outcome for each behaviour. PLACE holds the program (see candidate.py) and gets what the run leaves."""
    boxed = box(build, place, seen)
    first = [one for one in behaviours if "first" in one.tags] or behaviours[:1]
    rest = [one for one in behaviours if one not in first]
    outcomes = run_some(first, program, place, build, boxed, sanitized, promises, jobs)
    needs = next((outcome.behaviour.title for outcome in outcomes
                  if outcome.result == "FAILED" and "first" in outcome.behaviour.tags), "")
    if any("never ready" in outcome.did for outcome in outcomes):
        needs = "a server that listens"
    if needs:
        return outcomes + [Outcome(one, why=f'needs "{needs}"' if needs in [b.title for b in first] else f"needs {needs}")
                           for one in rest]
    return outcomes + run_some(rest, program, place, build, boxed, sanitized, promises, jobs)


def run_some(behaviours, program, place, build, boxed, sanitized, promises, jobs):
    if not behaviours:
        return []
    write_entries(place / "CTestTestfile.cmake", behaviours, program, place, build, boxed, sanitized, promises)
    subprocess.run(["ctest", "--test-dir", str(place), "--parallel", str(jobs), "--output-junit", "junit.xml"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    cases = {case.get("name"): case
             for case in xml.etree.ElementTree.parse(place / "junit.xml").getroot().iter("testcase")}
    return [outcome(behaviour, cases[behaviour.name], place) for behaviour in behaviours]


def outcome(behaviour, case, place):
    story = place / behaviour_file(behaviour)
    did = story.read_text(errors="replace").splitlines() if story.exists() else []
    log = story.with_name(story.name + ".log")
    said = visible(log.read_bytes()[-4000:]).splitlines() if log.exists() else []
    output = case.findtext("system-out") or ""
    found = Outcome(behaviour, did=[line for line in did if not line.startswith("used ")], said=said)
    if case.get("status") == "run":
        found.result = "passed"
    elif case.get("status") == "fail":
        found.result = "FAILED"
        found.came = what_came(output)
    else:
        reason = re.search(r"# skip ?(.*)", output)
        found.why = reason[1] if reason else "could not be run here"
    # A test that put a stand-in of its own in the program's place says nothing about it.
    if not any(line.startswith("used ") for line in did) and found.result != "not asked":
        found.result, found.why = "not asked", "does not use it"
    return found


def what_came(output):
    """The lines of a failure that are about the program, and not about the test's own lines."""
    lines = [line[2:] for line in output.splitlines() if line.startswith("# ")]
    lines = [line for line in lines if not re.match(r"\(from function|\(in test file| from function| in test file|"
                                                    r" {2}`|Last output:|/\S+: line \d+: .*(Killed|Terminated)", line)]
    return visible("\n".join(lines).encode()).splitlines()


def visible(data):
    """Text with every byte that is no printable character written as \\xNN."""
    text = data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in text)
