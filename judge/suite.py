"""The suite as the judge sees it: which of its tests run a program, and what a test says of itself.

A test of tests/*.bats with a hint above it is a behaviour, and judges anybody's program. One without is
about what only our programs promise (words, arguments, exit statuses), and judges with --promises.
  # hint: TEXT                the likely cause of a failure, without the code
  # page: FILE#ANCHOR         where it is explained
  # hint ch10_multiprocess: TEXT   instead, for a program of that chapter; so may be the page
  # judges: CHAPTER/PROGRAM   which of the programs that it runs (without this line all; or nobody)
  # bats test_tags=first      what the other tests of the file need: judged first
"""

import dataclasses
import functools
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
tests = root / "tests"


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
    """Whether the test (its CTest name), its setup, or a function that these call names the program."""
    group, _, title = test.rpartition(".")
    path = tests / (group.replace(".", "/") + ".bats")
    if not path.exists():  # the contract of all echo servers: its groups are the servers
        return servers().get(group, "") == program
    return re.search(rf"(?<![\w-]){program.split('/')[1]}(?![\w-])", text_of(path, title)) is not None


@functools.cache
def text_of(path, title):
    """The lines that a test runs: its own, and those of the functions that it calls."""
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
    return text


def rows(table):
    return [line.split("\t") for line in table.read_text().splitlines() if line and not line.startswith("#")]


@functools.cache
def servers():
    """The group of each echo server's tests, and the server."""
    return {group: program for group, program, *_ in rows(tests / "echo_servers.tsv")}


@functools.cache
def programs():
    """chapter/program, in reading order, of all chapters."""
    found = []
    for path in sorted(root.glob("ch*/CMakeLists.txt")):
        listed = re.search(r"course_chapter\(([^)]*)\)", re.sub(r"#.*", "", path.read_text()))
        found += [f"{path.parent.name}/{name}" for name in listed[1].split("SOURCES")[0].split()]
    return found


def refuse(why):
    print(f"course: {why}", file=sys.stderr)
    sys.exit(2)


def named(word):
    """The program that the user means by "./ch04_tcp/echo_server.cpp"; there must be one."""
    program = word.removeprefix("./").removesuffix(".cpp")
    if program not in programs():
        near = [name for name in programs() if name.startswith(program.split("/")[0] + "/")]
        refuse(f"there is no program '{program}'; " + (f"there are: {' '.join(near)}" if near else "see ./course list"))
    return program


def pair(word):
    """The server and the client of a pair that is named as ./course run wants it: ch04_tcp/echo. Else nothing."""
    word = word.removeprefix("./")
    for server in (f"{word}_server", f"{word}_receiver") if word not in programs() else ():
        if server in programs():
            client = re.search(r"^// Pair: *([\w/]+)", (root / f"{server}.cpp").read_text(), re.MULTILINE)
            return [server, client[1]] if client and client[1] in programs() else []
    return []


@functools.cache
def owners(group):
    """The programs whose promises stand in a group of tests: ch04_tcp.line is about line_server and line_client."""
    chapter, _, name = group.partition(".")
    role = r"_(server|receiver|client|sender)(?=_|$)"
    found = [program for program in programs() if program in (f"{chapter}/{name}", servers().get(group))]
    return found or [program for program in programs() if re.sub(role, "", program) == f"{chapter}/{name}"]


@dataclasses.dataclass
class Behaviour:
    group: str
    title: str
    hint: str = ""
    page: str = ""
    judges: tuple = ()
    tags: tuple = ()

    @property
    def name(self):  # as CTest has it
        return f"{self.group}.{self.title}"


@functools.cache
def behaviours_of(path, chapter):
    """What the comments above each test of a .bats file say to a program of the chapter."""
    found, above = {}, {}
    for line in path.read_text().splitlines():
        if said := re.match(r"# (?:bats test_)?(hint|page|judges|tags)( ch\w+)?[:=] *(.*)", line):
            if said[2] in (None, f" {chapter}"):
                above[said[1]] = said[3]
        elif start := re.match(r'@test "(.*)" \{', line):
            lists = {key: tuple(re.split(r"[ ,]+", above.pop(key))) for key in ("tags", "judges") if key in above}
            found[start[1]] = Behaviour("", start[1], **lists, **above)
            above = {}
        elif not line.startswith("#"):
            above = {}
    return found


@functools.cache
def entries(build):
    """Of each of the suite's entries: group, title, file of tests/cut, variables. CMake writes them anew after a change."""
    return [line.split("|") for line in (build / "tests/entries").read_text().splitlines()]


def judging(program, build, promises=False):
    """The behaviours that judge a program, in the order of the lesson."""
    chapter = program.split("/")[0]
    chosen = []
    for group, title, file, _ in entries(build):
        if not group.startswith(chapter + ".") or group.endswith(".readme") or not runs(f"{group}.{title}", program):
            continue
        source = tests / (file.rsplit("/", 1)[0].replace(".", "/") + ".bats")
        behaviour = dataclasses.replace(behaviours_of(source, chapter)[title], group=group)
        judged = behaviour.judges or ([program] if behaviour.hint else owners(group)) or [program]
        if (promises or behaviour.hint) and program in judged:
            chosen.append(behaviour)
    return sorted(chosen, key=lambda one: "first" not in one.tags)
