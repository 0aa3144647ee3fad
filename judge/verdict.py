"""Runs the suite's tests on a stranger, each in a box of its own, and says what each found.

The box is bubblewrap's: a network, a process tree and a file tree that nobody else sees, gone with the
test. Where that is forbidden the tests run without it, and only limits of the kernel (prlimit) hold.
The kernel does not count the processes of root: root's boxes run as a user of their own.
CTest runs the tests and writes the JUnit file.
"""

import dataclasses
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree

import suite
from candidate import sanitizer_options
from practice import unwritten
from suite import root

limit = 60  # seconds for one test
users = itertools.count(10**9 + os.getpid() % 10**6 * 1000)  # nobody's: one for each box of root's


def patience(promises):
    """Seconds that a test waits for an event: more on a busy machine, because what hangs and what is slow look alike.
    Some promises are about limits of ten seconds."""
    return 20 if promises else 8 if os.getloadavg()[0] > 2 * (os.cpu_count() or 1) else 4


@dataclasses.dataclass
class Outcome:
    behaviour: object
    result: str = "not asked"  # or passed, FAILED
    why: str = ""  # not asked: what it needs
    did: list = dataclasses.field(default_factory=list)
    by_hand: list = dataclasses.field(default_factory=list)  # the commands in it that a user can give too
    came: list = dataclasses.field(default_factory=list)
    said: list = dataclasses.field(default_factory=list)  # the last lines of the server
    who_said: str = "it said"


def boxes(build, place, seen, hidden):
    """The ways to put a command into a box, best first: the words before it for the user UID. In it all files are
    there, read only; below HIDDEN and the folders for temporary files those that the test needs, and SEEN."""
    box = ["--die-with-parent", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--ro-bind", "/", "/",
           "--dev", "/dev", *room("/dev/shm", 64), "--remount-ro", "/dev", "--proc", "/proc",
           "--tmpfs", "/run", "--remount-ro", "/run", *room("/tmp", 256), *room("/var/tmp", 256),
           *(word for path in (root, build, place) for word in shown(path)),
           *(word for path in hidden for word in ("--tmpfs", str(path))),
           *(word for path in seen for word in shown(path, hidden)),
           "--bind", str(place / "quiet"), str(build / "tests/quiet"),
           "--chdir", "/tmp", "--setenv", "TMPDIR", "/var/tmp", "--setenv", "HOME", "/tmp", "--setenv", "PRIVATE", "yes"]
    user = ["bwrap", "--unshare-user", *box]
    if os.getuid():
        return [lambda uid: user]
    reads_all = [f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    return [lambda uid: ["bwrap", "--cap-add", "ALL", *box, *as_user(uid), "--no-new-privs", *reads_all],
            lambda uid: [*as_user(uid), *user],
            lambda uid: user]


def shown(path, hidden=()):
    """What is below a hidden folder, and the way there (which bwrap would make for root alone)."""
    hidden = [pathlib.Path(folder) for folder in ("/tmp", "/var/tmp", "/run", "/dev/shm", *hidden)]
    if not (above := [folder for folder in hidden if folder in path.parents]):
        return []
    way = [word for parent in reversed(path.parents) if above[0] in parent.parents
           for word in ("--perms", "0755", "--dir", str(parent))]
    return [*way, "--ro-bind", str(path), str(path)]


def room(folder, megabytes):
    return ["--perms", "1777", "--size", str(megabytes << 20), "--tmpfs", folder]


def as_user(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


def choose_box(build, place, seen, hidden):
    """The first way that works here."""
    asked = ["cat", str(build / "tests/entries"), str(place / "program")]
    ways = boxes(build, place, seen, hidden) if shutil.which("bwrap") else []
    for way in ways:
        if not subprocess.run([*way(next(users)), *asked], capture_output=True).returncode:
            if way is ways[-1] and not os.getuid():
                print("The programs run as root here, whose processes the kernel does not count.", file=sys.stderr)
            return way
    print("Without bubblewrap or user namespaces there is no box here: programs run as you, with limits only.",
          file=sys.stderr)
    return None


def limits(processes, sanitized, promises):
    """The tests need some processes too. A program's threads have stacks of 2 MiB. Some promises are about 100 MiB."""
    words = ["prlimit", f"--nproc={processes + 100}", f"--fsize={200 << 20 if promises else 32 << 20}", "--core=0", "--stack=2097152:"]
    # A sanitizer reserves terabytes. It has a limit of its own. Promises set limits themselves.
    return words if sanitized or promises else [*words, f"--data={4 << 30 if processes > 1000 else 1 << 30}"]


def processes_for(behaviour, boxed):
    """How many processes and threads a program may have. The kernel counts all of the user's, in a box those there."""
    mine = 0 if boxed else len(subprocess.run(["ps", "-L", "-o", "lwp=", "-u", str(os.getuid())],
                                              capture_output=True, check=False).stdout.splitlines())
    return mine + (2500 if "crowd" in behaviour.tags else 200)


def quoted(text):
    return f"[==[{text}]==]"


def write_entries(path, behaviours, candidate, beside, build, way, promises):
    """A CTestTestfile.cmake: the suite's entries for these behaviours, with the strangers in the place of ours."""
    entries = {f"{group}.{title}": (file, variables.split()) for group, title, file, variables in suite.entries(build)}
    lines = []
    for behaviour in behaviours:
        file, variables = entries[behaviour.name]
        story = candidate.place / behaviour_file(behaviour)
        boxed = []
        if way:
            boxed = way(next(users))
            for kept in (story, story.with_name(story.name + ".log")):
                kept.touch()
                kept.chmod(0o666)
                at = boxed.index("--chdir")
                boxed = [*boxed[:at], "--bind", str(kept), str(kept), *boxed[at:]]
        processes = processes_for(behaviour, boxed)
        sanitized = candidate.sanitized or beside and beside.sanitized
        command = [*boxed, *limits(processes, sanitized, promises), "setpriv", "--pdeathsig", "TERM", "--", "timeout", "-s", "INT",
                   "-k", "3", str(limit), "bats", "--tap", "--print-output-on-failure", f"{build}/tests/cut/{file}"]
        environment = [f"BUILD_DIR={build}", "LC_ALL=C", *variables,
                       f"COURSE_PROGRAM={chr(10).join(one.replaces for one in (candidate, beside) if one)}",
                       f"JUDGED={candidate.file}", f"STORY={story}", f"PROCESSES={processes}",
                       f"ASAN_OPTIONS={sanitizer_options}", "UBSAN_OPTIONS=exitcode=66",
                       f"patience={patience(promises)}", f"client_limit={2 * patience(promises)}"]
        if not boxed:
            environment.append(f"TMPDIR={candidate.place}")
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


def run(behaviours, candidate, build, promises=False, beside=None, hidden=(), jobs=8):
    """An Outcome for each behaviour. The candidate's place gets what the run leaves. BESIDE is its partner, if that is a
    candidate too. HIDDEN are folders that it may not see."""
    place = candidate.place
    seen = [*candidate.files, *([beside.place, *beside.files] if beside else [])]
    for one in (candidate, beside):
        if one:
            one.place.chmod(0o755)
    os.mkfifo(place / "quiet")
    (place / "quiet").chmod(0o666)
    way = choose_box(build, place, seen, hidden)
    if not way and not re.search(r'\$port|"\$@"', candidate.file.read_text().rsplit("exec ")[-1]):
        jobs = 1  # its port is fixed, and there is one network
    try:
        return run_in_turn(behaviours, candidate, beside, build, way, promises, jobs)
    finally:
        if not way:
            kill_what_is_left(place)


def run_in_turn(behaviours, candidate, beside, build, way, promises, jobs):
    """First what the others need."""
    first = [one for one in behaviours if "first" in one.tags] or behaviours[:1]
    rest = [one for one in behaviours if one not in first]
    outcomes = run_some("first", first, candidate, beside, build, way, promises, jobs)
    needs = next((outcome.behaviour.title for outcome in outcomes
                  if outcome.result == "FAILED" and "first" in outcome.behaviour.tags), "")
    if any(map(never_ready, outcomes)):
        needs = "a server that listens"
    if needs:
        return outcomes + [Outcome(one, why=f'needs "{needs}"' if needs in [b.title for b in first] else f"needs {needs}")
                           for one in rest]
    return outcomes + run_some("rest", rest, candidate, beside, build, way, promises, jobs)


def kill_what_is_left(place):
    """What left its process group still has the environment of the test."""
    mark = f"JUDGED={place}/program".encode()
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environment.read_bytes().split(b"\0"):
                os.kill(int(environment.parent.name), signal.SIGKILL)
        except OSError:
            pass  # another's, or gone


def run_some(which, behaviours, candidate, beside, build, way, promises, jobs):
    if not behaviours:
        return []
    place = candidate.place
    write_entries(place / "CTestTestfile.cmake", behaviours, candidate, beside, build, way, promises)
    subprocess.run(["ctest", "--test-dir", str(place), "--parallel", str(jobs), "--output-junit", f"junit.{which}.xml"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    cases = {case.get("name"): case
             for case in xml.etree.ElementTree.parse(place / f"junit.{which}.xml").getroot().iter("testcase")}
    return [outcome(behaviour, cases[behaviour.name], candidate, promises) for behaviour in behaviours]


def outcome(behaviour, case, candidate, promises):
    story = candidate.place / behaviour_file(behaviour)
    did = story.read_text(errors="replace").splitlines() if story.exists() else []
    log = story.with_name(story.name + ".log")
    said = visible(log.read_bytes()[-4000:]).splitlines() if log.exists() else []
    output = case.findtext("system-out") or ""
    found = Outcome(behaviour, did=[line for line in did if not line.startswith(("used ", "$ "))], said=said,
                    by_hand=[line[2:] for line in did if line.startswith("$ ")])
    if any(line.startswith("started ") for line in did) and f"started {candidate.program}" not in did:
        found.who_said = "server"
    if case.get("status") == "run":
        found.result = "passed"
    elif case.get("status") == "fail":
        found.result = "FAILED"
        found.came = what_came(output)
        hint, page = cause(found, output)
        if promises and hint:
            hint = f"Our own words count here, too: see what is missing. {hint}"
        found.behaviour = dataclasses.replace(behaviour, hint=hint, page=page)
        if "\nnot ok" not in output and "\nok" not in output:
            found.came.append("the test was killed with all that ran beside it, or took too long")
        if "No space left on device" in output:
            found.came.append("it has filled the disk that it was given")
    else:
        reason = re.search(r"# skip ?(.*)", output)
        found.why = reason[1] if reason else "could not be run here"
    # A test that put a stand-in of its own in the program's place says nothing about it.
    if f"used {candidate.program}" not in did and found.result != "not asked":
        found.result, found.why = "not asked", "its test did not get to it"
    return found


def cause(found, output):
    """The hint and the page: of the behaviour, unless the way that it failed says more."""
    hint, page = found.behaviour.hint, found.behaviour.page
    if any(line.endswith(f": {unwritten}") for line in found.said):
        return ("Write the function that it names: the page, and the numbers in the skeleton, say what it does.",
                "README.md#write-your-own")
    if never_ready(found):
        return ("No socket of it listens on the port that it was given. A server binds one before it does anything else.",
                "ch01_basics/README.md#a-greeting")
    if "killed by SIGPIPE" in output or any("BrokenPipeError" in line for line in found.said):
        return ("The client has gone. A send to it is an error (Python: BrokenPipeError), and raises SIGPIPE, which ends a "
                "process unless it ignores the signal or sends with MSG_NOSIGNAL. End this conversation, not the server.",
                "ch01_basics/README.md#a-vanished-peer")
    if re.search(r"runtime error: |AddressSanitizer", "\n".join(found.said) + output):
        return "It has crashed: a sanitizer names the line above. Mend that first.", page
    if "the server had ended" in output and found.said:
        return f"The server has ended: its last line may say why. {hint}", page
    return hint, page


def never_ready(found):
    """It has not even started once. (That it cannot start again has causes of its own.)"""
    return "never ready" in found.did and sum(line.startswith("started ") for line in found.did) == 1


def what_came(output):
    """The lines of a failure that are about the program, each once, and not about the test's own lines."""
    lines = [line[2:] for line in output.splitlines() if line.startswith("# ") and not line.startswith("# tags: ")]
    lines = [line for line in lines if not re.match(r"\(from function|\(in test file| from function| in test file|"
                                                    r" {2}`|Last output:|/\S+: line \d+: .*(Killed|Terminated|Aborted|null byte)|"
                                                    r"-- (values do not equal|output differs|command failed) --|--$", line)]
    if not any(lines) and (status := re.search(r"expected exit code \d+, got (\d+)", output)):
        lines = ["its client waited in vain" if status[1] == "124" else f"its client ended with status {status[1]}"]
    for pattern, words in in_our_words:
        lines = [re.sub(pattern, words, line) for line in lines]
    # The first of each; but in what was printed each line counts, the empty one too. bats writes those with two spaces.
    lines = [line for at, line in enumerate(lines) if line.startswith("  ") or line.strip() not in map(str.strip, lines[:at])]
    lines = [line if line.strip() or not line else "  (an empty line)" for line in lines]
    return visible("\n".join(lines).encode()).splitlines()


# The words of bats-assert, and ours.
in_our_words = [(r"^\S+/tests/\S+: line \d+: ", ""),
                (r"^-- output does not contain line --$", "a line is missing:"),
                (r"^-- no output line matches regular expression --$", "no line has this form:"),
                (r"^status : 124$", "the client did not end in time"), (r"^status : (\d+)$", r"the client ended with status \1"),
                (r"^output \(\d+ lines\):$", "it printed:"), (r"^output : ", "it printed: "),
                (r"^(expected|actual) \(\d+ lines\):$", r"\1:")]


def visible(data):
    """Text with every byte that is no printable character written as \\xNN."""
    text = data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in text)
